//! What a million open leads cost: nothing while nothing is due, and how long new interactions wait while a hundred thousand are.
//!
//! `cargo bench --bench open_leads [-- LEADS]`. Folds in memory, without Kafka: the state of one partition, its deadlines and its rows. Prints the
//! machine, and each figure beside a baseline of the same run: a partition with a thousand leads. A figure of one run on a shared machine
//! says little; the ratios say more.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use compact_str::CompactString;
use relevo::contract::account_key::FreeMail;
use relevo::contract::interaction::Interaction;
use relevo::contract::log::{InForce, Record, Watermark};
use relevo::contract::{AccountKey, Timestamp};
use relevo::engine::{self, Append, Effect, Entry};
use relevo::rulebook;
use relevo::state::Store;

/// 2026-11-01T00:00:00Z.
const START: Timestamp = Timestamp::from_ms(1_793_491_200_000);
const MINUTE_MS: i64 = 60_000;
const BASELINE: usize = 1_000;
const DUE: usize = 100_000;

const RULES: &str = r#"api: relevo/v1
kind: Rulebook
revision: 1
effective_from: 2026-01-01T00:00:00Z
time_zone: UTC
max_handoff_age: 7d
forget_after: 180d
fit:
  threshold: 0
  criteria: [{ id: big, when: company.employees >= 50, points: 30 }]
intent:
  threshold: 10
  half_life: 14d
  criteria: [{ id: demo, when: interaction.kind == "demo_requested", points: 60 }]
gates:
  represents_business: has(company.domain)
  able_to_buy: declared.budget_usd > 0
  wants_offering: has(offering)
  buys_by: declared.buy_by >= today
routes: [{ id: rest, team: mid }]
teams:
  mid: { calendar: office, respond_within: 30d, touch_every: 30d }
calendars:
  office: { time_zone: America/New_York, hours: { mon-fri: ["09:00-17:00"] } }
"#;

struct Partition {
    store: Store,
    offset: i64,
}

impl Partition {
    fn with(leads: usize, due_at_once: usize) -> Self {
        let mut partition = Self { store: Store::new(0, 1), offset: 0 };
        let digest = rulebook::digest(RULES.as_bytes());
        let law = InForce { file: RULES.into(), digest, revision: 1, ..InForce::default() };
        partition.folds("law", Record::PolicyInForce(law), START);
        for number in 0..leads {
            // The first ones come within a minute, so their promises end within one; all others later, so time goes on.
            let minutes = if number < due_at_once { 30 * 24 * 60 } else { 40 * 24 * 60 + (number * 10_000 / leads) as i64 };
            partition.asks(number, START.plus_ms(minutes * MINUTE_MS));
            if number % 10_000 == 0 {
                partition.commits();
            }
        }
        partition.commits();
        partition
    }

    fn folds(&mut self, key: &str, record: Record<'_>, at: Timestamp) -> Vec<Effect> {
        let moment = self.store.moment(at, at);
        self.offset += 1;
        let cause = compact_str::format_compact!("log-0-{}", self.offset);
        let entry = Entry { key: AccountKey::from_trusted(key), record, source: cause.clone(), cause };
        let step = engine::step(&mut self.store, &entry, moment);
        self.store.stage(step.changes);
        step.effects
    }

    fn asks(&mut self, number: usize, at: Timestamp) {
        let json = format!(
            r#"{{"interaction_id":"i-{number}","occurred_at":"{at}","kind":"demo_requested","campaign":{{"id":"c-1"}},"offering":"crm-suite","person":{{"id":"p-{number}","role":"cfo"}},"company":{{"domain":"c-{number}.example","employees":200}},"declared":{{"budget_usd":40000,"buy_by":"2027-06-01"}}}}"#
        );
        let interaction = Interaction::parse(json.as_bytes()).expect("a good interaction");
        let key = interaction.account_key(&FreeMail::default());
        self.folds(key.as_str(), Record::Interaction(CompactString::const_new("web"), Box::new(interaction)), at);
    }

    fn commits(&mut self) {
        self.store.write_staged(self.offset, |_, _| {});
        self.store.promote(self.offset);
    }

    fn ticks(&mut self, at: Timestamp) -> Vec<Effect> {
        self.folds("watermark", Record::Watermark(Watermark { as_of: [("none".into(), at)].into(), sources: 1 }), at)
    }

    /// The median of what a tick costs while nothing is due, its commit included.
    fn idle_tick(&mut self, from: Timestamp) -> Duration {
        let mut took: Vec<Duration> = (1..=1_001)
            .map(|second| {
                let began = Instant::now();
                assert!(self.ticks(from.plus_ms(second * 1_000)).is_empty());
                self.commits();
                began.elapsed()
            })
            .collect();
        took.sort();
        took[took.len() / 2]
    }
}

/// CPU seconds of this process so far.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks: f64 = [11, 12].iter().filter_map(|place| fields.get(*place)?.parse::<f64>().ok()).sum();
    ticks / 100.0
}

fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn main() {
    let leads = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(1_000_000);
    let cpus = std::thread::available_parallelism().map_or(0, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find(|line| line.starts_with("model name")).and_then(|line| line.split(": ").nth(1)).unwrap_or("unknown");
    println!("machine: {cpus} CPUs, {model}");
    let mut few = Partition::with(BASELINE, 0);
    let (before, began) = (cpu_seconds(), Instant::now());
    let mut many = Partition::with(leads, DUE.min(leads / 2));
    let cpu = cpu_seconds() - before;
    println!(
        "{leads} leads: made in {:.1} s, {:.1} CPU s per million; {} MiB resident, {} bytes of state each",
        began.elapsed().as_secs_f64(),
        cpu * 1e6 / leads as f64,
        resident_mib(),
        many.store.accounts_bytes() / leads,
    );
    let idle_from = START.plus_ms((40 * 24 * 60 + 10_001) * MINUTE_MS);
    let (of_few, of_many) = (few.idle_tick(idle_from), many.idle_tick(idle_from));
    println!(
        "a tick while nothing is due: {of_few:?} with {BASELINE} leads, {of_many:?} with {leads}: ratio {:.2}",
        of_many.as_secs_f64() / of_few.as_secs_f64()
    );
    flood(&mut many, leads);
}

/// A hundred thousand are due in the same minute. The log goes on: interactions come at 2,000/s, and each `continue` stands behind those that
/// came before it. The longest time between two interactions is what a new one may wait.
fn flood(many: &mut Partition, leads: usize) {
    // 30 working days of the office later, and some.
    let late = START.plus_ms((30 * 24 * 60 + 43 * 24 * 60) * MINUTE_MS);
    let mut log: VecDeque<Option<Record<'static>>> = VecDeque::new();
    log.push_back(Some(Record::Watermark(Watermark { as_of: [("none".into(), late)].into(), sources: 1 })));
    let (mut number, mut told, mut records) = (leads, 0, 0);
    let (mut longest, mut last) = (Duration::ZERO, Instant::now());
    let (before, began) = (cpu_seconds(), Instant::now());
    let mut in_transaction = 0;
    loop {
        // What has come since, at 2,000/s, stands in the log before whatever is appended next.
        while number - leads < (began.elapsed().as_secs_f64() * 2_000.0) as usize {
            log.push_back(None);
            number += 1;
        }
        let Some(record) = log.pop_front() else { break };
        match record {
            Some(record) => {
                let effects = many.folds("log", record, late);
                records += 1;
                told += effects.iter().filter(|effect| matches!(effect, Effect::FollowedUp(_))).count();
                log.extend(
                    effects.iter().any(|effect| matches!(effect, Effect::Append(_, Append::Continue))).then_some(Some(Record::Continue)),
                );
            }
            None => {
                many.asks(number + 10_000_000, late);
                longest = longest.max(last.elapsed());
                last = Instant::now();
            }
        }
        in_transaction += 1;
        if in_transaction == 100 || log.is_empty() {
            many.commits();
            in_transaction = 0;
        }
    }
    println!(
        "{told} events of deadlines in {records} records, {:.2} s, {:.1} CPU s per million; the longest that an interaction waited: {longest:?}",
        began.elapsed().as_secs_f64(),
        (cpu_seconds() - before) * 1e6 / told.max(1) as f64,
    );
}
