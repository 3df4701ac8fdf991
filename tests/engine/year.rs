//! A year of two sales teams, 20,000 leads and 40 sellers, with outages, holidays, changes of the clocks, backfills and calls that are entered
//! late: what the fold tells of each lead is what a slow count says that knows nothing of the engine.
//!
//! The count has the lead's own records as they were folded, one after another, and a picture of the year in minutes: open or closed. It walks
//! through the minutes, and asks of each tick and each call what the words of `docs/activities.md` say. Whose a lead is it takes from the events:
//! that is judged elsewhere.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use relevo::contract::activity::{Activity, Closing, Deed};
use relevo::contract::follow_up::What;
use relevo::contract::log::Record;
use relevo::contract::{AccountKey, Timestamp};
use relevo::engine::{Effect, LeadEvent};

use crate::chance::Chance;
use crate::land::Land;
use crate::world::{Did, PLAIN, START};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
const YEAR_DAYS: i64 = 365;
const LEADS: u64 = 20_000;
const PARTITIONS: usize = 8;

/// Terms of both teams, in minutes of working time.
const RESPOND: i64 = 120;
const REASSIGN: i64 = 240;
const ESCALATE: i64 = 360;
const TOUCH_EVERY: i64 = 24 * 60;
const SILENT_FOR: i64 = 40 * 60;
/// By the clock: `forget_after`, where the terms say nothing of it.
const EXPIRE_DAYS: i64 = 180;

/// A calendar as the count sees it: zone, hours of the day on Monday to Friday, days off.
struct Office {
    zone: &'static str,
    hours: std::ops::Range<i64>,
    days_off: &'static [&'static str],
}

const NEW_YORK: Office = Office { zone: "America/New_York", hours: 9..17, days_off: &["2026-11-26", "2026-12-25", "2027-07-05"] };
const LORD_HOWE: Office = Office { zone: "Australia/Lord_Howe", hours: 8..16, days_off: &["2026-12-25", "2027-01-26"] };

/// Every minute of the year and some weeks more: how many before it were working time, and the other way round.
struct Minutes {
    worked: Vec<i64>,
}

impl Minutes {
    fn of(office: &Office) -> Self {
        let zone = jiff::tz::TimeZone::get(office.zone).expect("a zone");
        let begin = START.as_ms() / MINUTE_MS;
        let mut worked = vec![0];
        for minute in 0..(YEAR_DAYS + 120) * 24 * 60 {
            let there = zone.to_datetime(jiff::Timestamp::from_second((begin + minute) * 60).expect("a time"));
            let weekday = there.weekday().to_monday_one_offset();
            let off = office.days_off.contains(&there.date().to_string().as_str());
            let open = weekday <= 5 && !off && office.hours.contains(&i64::from(there.hour()));
            worked.push(worked[minute as usize] + i64::from(open));
        }
        Self { worked }
    }

    fn index(at: Timestamp) -> usize {
        (at.since_ms(START) / MINUTE_MS) as usize
    }

    /// The first minute by which so many have been worked.
    fn after(&self, at: Timestamp, minutes: i64) -> Timestamp {
        let from = Self::index(at);
        let reached = self.worked.partition_point(|worked| worked - self.worked[from] < minutes);
        assert!(reached < self.worked.len(), "beyond the picture");
        START.plus_ms(reached as i64 * MINUTE_MS)
    }

    fn between_seconds(&self, from: Timestamp, to: Timestamp) -> i64 {
        (self.worked[Self::index(to)] - self.worked[Self::index(from)]) * 60
    }
}

/// What is told of a lead, in the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Verdict {
    respond_by: Timestamp,
    overdue: bool,
    withdrawn: bool,
    escalated: bool,
    touch_due: Vec<Timestamp>,
    hoarded: Vec<Timestamp>,
    expired: bool,
    /// Seconds to the first touch, by the wall's clock and of working time, and whether the promise was kept.
    answer: Option<(i64, i64, bool)>,
}

/// Something that the partition of a lead folded.
#[derive(Clone, Debug)]
enum Item {
    /// Time had passed up to then.
    Tick(Timestamp),
    /// A person touched the buyer then, and entered it at the second time.
    Touch(Timestamp, Timestamp),
    Accepted(Timestamp),
    /// It became somebody's, or nobody's, then.
    Moved(Timestamp, bool),
    Ended,
}

/// The slow count.
fn count(minutes: &Minutes, (handed_off_at, begins_at): (Timestamp, Timestamp), items: &[Item]) -> Verdict {
    let respond_by = minutes.after(begins_at, RESPOND);
    let escalate_at = minutes.after(respond_by, ESCALATE);
    let mut verdict = Verdict { respond_by, ..Verdict::default() };
    let mut touch_by = minutes.after(respond_by, TOUCH_EVERY);
    let (mut first, mut last): (Option<Timestamp>, Option<Timestamp>) = (None, None);
    // A reminder that was told is not told again for what comes late.
    let mut reminded_at: Option<Timestamp> = None;
    // Since when somebody has it in hand, and when that becomes hoarding.
    let (mut held, mut hoards_at): (Option<Timestamp>, Option<Timestamp>) = (None, None);
    let mut kept = false;
    let mut expires_at = handed_off_at.plus_ms(EXPIRE_DAYS * DAY_MS);
    for item in items {
        match *item {
            Item::Ended => break,
            Item::Tick(now) => {
                let clock = now.min(expires_at);
                if first.is_none() {
                    verdict.overdue |= respond_by <= clock;
                    verdict.escalated |= escalate_at <= clock;
                }
                if let Some(at) = hoards_at.take_if(|at| *at <= clock) {
                    verdict.hoarded.push(at);
                }
                if touch_by <= clock {
                    verdict.touch_due.push(touch_by);
                    reminded_at = Some(touch_by);
                    touch_by = minutes.after(touch_by, TOUCH_EVERY);
                    if touch_by <= clock {
                        touch_by = minutes.after(clock, TOUCH_EVERY);
                    }
                }
                if expires_at <= now {
                    verdict.expired = true;
                    break;
                }
            }
            Item::Touch(at, entered_at) => {
                first = Some(first.map_or(at, |first| first.min(at)));
                expires_at = expires_at.max(at.plus_ms(EXPIRE_DAYS * DAY_MS));
                let in_time = at <= respond_by && entered_at.since_ms(respond_by) <= DAY_MS;
                kept |= in_time;
                verdict.withdrawn |= in_time && verdict.overdue;
                if last < Some(at) {
                    last = Some(at);
                    let due_at = minutes.after(at, TOUCH_EVERY);
                    if reminded_at < Some(due_at) {
                        touch_by = due_at;
                    }
                    held = held.max(Some(at));
                    hoards_at = held.map(|since| minutes.after(since, SILENT_FOR));
                }
            }
            Item::Accepted(at) => {
                if held.is_none() {
                    held = Some(at);
                    hoards_at = Some(minutes.after(at, SILENT_FOR));
                }
            }
            Item::Moved(at, to_somebody) => {
                held = Some(at).filter(|_| to_somebody && first.is_some());
                hoards_at = held.map(|since| minutes.after(since, SILENT_FOR));
            }
        }
    }
    verdict.answer = first.map(|first| (first.since_ms(handed_off_at) / 1_000, minutes.between_seconds(handed_off_at, first), kept));
    verdict
}

fn rules() -> String {
    let terms = |calendar: &str| {
        format!(
            "{{ calendar: {calendar}, respond_within: {RESPOND}m, reassign_after: {REASSIGN}m, escalate_after: {ESCALATE}m, \
             touch_every: {TOUCH_EVERY}m, hoarding: {{ silent_for: {SILENT_FOR}m, take_back: true }}, escalate_to: ines }}"
        )
    };
    let calendar = |name: &str, office: &Office| {
        let Office { zone, hours, days_off } = office;
        let hours = format!("{:02}:00-{:02}:00", hours.start, hours.end);
        format!("  {name}: {{ time_zone: {zone}, hours: {{ mon-fri: [\"{hours}\"] }}, holidays: [{}] }}\n", days_off.join(", "))
    };
    PLAIN
        .replace("  - { id: rest, team: mid }", "  - { id: far, when: offering == \"erp\", team: far }\n  - { id: rest, team: mid }")
        .replace("  mid: {}", &format!("  mid: {}\n  far: {}", terms("new-york"), terms("lord-howe")))
        + "calendars:\n"
        + &calendar("new-york", &NEW_YORK)
        + &calendar("lord-howe", &LORD_HOWE)
}

/// Twenty sellers a team, each with a fortnight off, and hours of their own.
fn roster(chance: &mut Chance) -> String {
    let seller = |team: &str, index: u64, chance: &mut Chance| {
        let from = START.plus_ms((5 + chance.below(340) as i64) * DAY_MS).utc_date();
        let calendar = if chance.one_in(3) { "calendar: night, " } else { "" };
        let weight = 1 + chance.below(4);
        format!("{team}-{index:02}: {{ {calendar}weight: {weight}, absences: [{{ from: {from}, until: {} }}] }}", from.plus_days(13))
    };
    let mut team = |team: &str| {
        let sellers: Vec<String> = (0..20).map(|index| seller(team, index, chance)).collect();
        format!("  {team}: {{ calendar: day, open_leads_at_most: 300, sellers: {{ {} }} }}\n", sellers.join(", "))
    };
    team("mid") + &team("far")
}

/// Windows of outages: when each begins, and how long it lasts.
fn windows(chance: &mut Chance, hours: u64) -> Vec<std::ops::Range<Timestamp>> {
    let window = |number: i64, chance: &mut Chance| {
        let begin = START.plus_ms((number * 24 + 3 + chance.below(14 * 24) as i64) * HOUR_MS);
        begin..begin.plus_ms((1 + chance.below(hours) as i64) * HOUR_MS)
    };
    (0..22).map(|number| window(number * 16, chance)).collect()
}

/// What happens in the world outside.
enum Outside {
    Asks(u64),
    /// Old news: a year's backfill.
    Imported(u64),
    Sells(AccountKey, String),
    Tick,
}

struct Year {
    land: Land,
    chance: Chance,
    coming: BinaryHeap<Reverse<(Timestamp, u64)>>,
    what: BTreeMap<u64, Outside>,
    number: u64,
    /// The connector says when what it sends was entered.
    says_when: bool,
    feed_outages: Vec<std::ops::Range<Timestamp>>,
    decide_outages: Vec<std::ops::Range<Timestamp>>,
    /// By lead: whose, the team, when it was handed off, and when its promise begins: with the next opening, where nobody was on duty.
    leads: BTreeMap<String, (AccountKey, bool, Timestamp, Timestamp)>,
    told: BTreeMap<String, Verdict>,
    /// By lead: moves as they were told, by the land's own count.
    moves: BTreeMap<String, Vec<(u64, Item)>>,
}

impl Year {
    fn new() -> Self {
        let mut chance = Chance(2_027);
        let mut land = Land::new(PARTITIONS, &rules().replace("2027-01-15", "2029-01-01"));
        let roster = roster(&mut chance);
        land.rostered(&roster, 1);
        let (feed_outages, decide_outages) = (windows(&mut chance, 9), windows(&mut chance, 6));
        let mut year = Self {
            land,
            chance,
            coming: BinaryHeap::new(),
            what: BTreeMap::new(),
            number: 0,
            says_when: true,
            feed_outages,
            decide_outages,
            leads: BTreeMap::new(),
            told: BTreeMap::new(),
            moves: BTreeMap::new(),
        };
        let minutes = YEAR_DAYS as u64 * 24 * 60;
        for number in 0..LEADS {
            let at = START.plus_ms(year.chance.below(minutes) as i64 * MINUTE_MS);
            year.comes(at, Outside::Asks(number));
        }
        for number in 0..3_000 {
            let at = START.plus_ms((100 * 24 * 60 + number % 200) as i64 * MINUTE_MS);
            year.comes(at, Outside::Imported(number));
        }
        for hour in 0..YEAR_DAYS * 24 + 24 {
            year.comes(START.plus_ms(hour * HOUR_MS), Outside::Tick);
        }
        year
    }

    fn comes(&mut self, at: Timestamp, what: Outside) {
        self.number += 1;
        self.coming.push(Reverse((at, self.number)));
        self.what.insert(self.number, what);
    }

    fn runs(&mut self) {
        while let Some(Reverse((at, number))) = self.coming.pop() {
            let what = self.what.remove(&number).expect("it was noted");
            self.land.now = self.land.now.max(at);
            let down = self.decide_outages.iter().any(|window| window.contains(&at));
            self.land.stalled = if down { (0..PARTITIONS).collect() } else { Default::default() };
            match what {
                Outside::Asks(number) => self.asks(number, at),
                Outside::Imported(number) => {
                    let mut did = self.did(number + LEADS, at.plus_ms(-(10 + (number % 355) as i64) * DAY_MS));
                    did.id = format!("old-{number}");
                    self.land.does(&did);
                }
                Outside::Sells(key, json) => self.land.sells(&key, json),
                Outside::Tick => {
                    // While the feed is not read, no time passes.
                    let outage = self.feed_outages.iter().find(|window| window.contains(&at));
                    let as_of = outage.map_or(at, |window| window.start);
                    self.land.ticks(as_of);
                    if self.chance.one_in(2_500) && !down {
                        self.land.restarts();
                    }
                }
            }
            self.land.runs();
            self.hear();
        }
    }

    fn did(&self, number: u64, at: Timestamp) -> Did {
        let mut did = Did::new(&format!("i-{number}"), at, "demo_requested").buying();
        did.domain = Some(format!("c-{number}.example"));
        did.offering = Some(if number.is_multiple_of(3) { "erp" } else { "crm-suite" });
        did.declared = did.declared.replace("2027-01-15", "2029-01-01");
        did
    }

    fn asks(&mut self, number: u64, at: Timestamp) {
        let did = self.did(number, at);
        self.land.does(&did);
    }

    /// What was told since: leads get their sellers' habits, and verdicts are noted.
    fn hear(&mut self) {
        for effect in std::mem::take(&mut self.land.told) {
            match effect {
                Effect::Lead { event: LeadEvent::Qualified, lead, .. } => {
                    let (key, at) = (lead.account.key.clone(), lead.clock.handed_off_at);
                    let id = lead.lead_id.to_string();
                    assert!(!lead.evidence[0].interaction_id.starts_with("old-"), "old news makes no lead");
                    let opens_at =
                        lead.assignment.reason.split("before ").nth(1).and_then(|text| Timestamp::parse(text.split(',').next()?).ok());
                    let begins_at = opens_at.map_or(at, |opens_at| opens_at.max(at));
                    self.leads.insert(id.clone(), (key.clone(), lead.assignment.team == "far", at, begins_at));
                    self.told.insert(id.clone(), Verdict { respond_by: lead.promise.respond_by.expect("a promise"), ..Verdict::default() });
                    self.habits(&key, &id, at);
                }
                Effect::FollowedUp(event) => {
                    let id = event.lead_id.to_string();
                    let verdict = self.told.get_mut(&id).expect("it was handed off");
                    match event.what {
                        What::Overdue { .. } => verdict.overdue = true,
                        What::OverdueWithdrawn { .. } => verdict.withdrawn = true,
                        What::Escalated { .. } => verdict.escalated = true,
                        What::TouchDue { touch_by, .. } => verdict.touch_due.push(touch_by),
                        What::Closed { disposition: Closing::Expired, .. } => verdict.expired = true,
                        What::Hoarded { .. } => verdict.hoarded.push(event.occurred_at),
                        What::Responded { response_seconds, business_seconds, met, .. } => {
                            verdict.answer = Some((response_seconds, business_seconds.expect("a calendar"), met.expect("a promise")));
                        }
                        What::Reassigned { to, .. } => {
                            let count = event.lineage.cause.rsplit('-').next().and_then(|text| text.parse().ok()).expect("a count");
                            self.moves.entry(id).or_default().push((count, Item::Moved(event.occurred_at, to.is_some())));
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
    }

    /// What sales will do with a lead: nothing, at once, late, once only; and the CRM learns of it at once, late, or when the feed is back.
    fn habits(&mut self, key: &AccountKey, lead: &str, at: Timestamp) {
        let minutes = |chance: &mut Chance, from: u64, to: u64| (from + chance.below(to - from)) as i64 * MINUTE_MS;
        let mut occurs = at;
        let touches = match self.chance.below(6) {
            0 => 0,
            1 => 5,
            count => count - 1,
        };
        if self.chance.one_in(4) {
            // Many CRMs send it with every save.
            for _ in 0..=self.chance.below(3) {
                let accepted = at.plus_ms(minutes(&mut self.chance, 1, 600));
                self.enters(key, lead, "accepted", accepted, accepted);
            }
        }
        // A meeting that is planned before anybody has called, and a call from before the lead was there: both answer nothing.
        if self.chance.one_in(5) {
            self.enters(key, lead, "met", at.plus_ms(4 * DAY_MS), at.plus_ms(MINUTE_MS));
        }
        if self.chance.one_in(5) {
            let before = at.plus_ms(-minutes(&mut self.chance, 60, 40_000));
            self.transports(key, lead, ("met", before, before.plus_ms(MINUTE_MS)), at.plus_ms(MINUTE_MS));
        }
        for touch in 0..touches {
            let within = [(5, 100), (60, 600), (600, 8_000)][self.chance.below(3) as usize];
            occurs = if touch == 0 { occurs } else { occurs.plus_ms(minutes(&mut self.chance, 600, 6_000)) };
            occurs = occurs.plus_ms(minutes(&mut self.chance, within.0, within.1));
            let late = match self.chance.below(10) {
                0 => minutes(&mut self.chance, 60, 20 * 60),
                1 => minutes(&mut self.chance, 20 * 60, 40 * 60),
                _ => minutes(&mut self.chance, 1, 5),
            };
            let kind = if self.chance.one_in(9) { "attempted" } else { "contacted" };
            // Some are completed ten minutes later, under their own identifier.
            if self.chance.one_in(7) {
                self.enters(key, lead, "without proof", occurs, occurs.plus_ms(late));
                self.enters(key, lead, kind, occurs, occurs.plus_ms(late + 10 * MINUTE_MS));
            } else {
                self.says_when = !self.chance.one_in(4);
                self.enters(key, lead, kind, occurs, occurs.plus_ms(late));
                self.says_when = true;
            }
            // What proves nothing, and what a machine does, changes nothing.
            if self.chance.one_in(8) {
                self.enters(key, lead, "machine", at.plus_ms(MINUTE_MS), at.plus_ms(2 * MINUTE_MS));
            }
        }
        // Long after everything that may be entered late.
        let end = occurs.plus_ms(minutes(&mut self.chance, 3 * 24 * 60, 20 * 24 * 60));
        if touches > 0 || self.chance.one_in(2) {
            self.enters(key, lead, "won", end, end);
        }
    }

    fn enters(&mut self, key: &AccountKey, lead: &str, kind: &str, occurred_at: Timestamp, entered_at: Timestamp) {
        // Some connectors are late; whatever was told meanwhile is taken back.
        let late_ms = if self.chance.one_in(12) { self.chance.below(30 * 60) as i64 * MINUTE_MS } else { 0 };
        self.transports(key, lead, (kind, occurred_at, entered_at), entered_at.plus_ms(late_ms));
    }

    fn transports(&mut self, key: &AccountKey, lead: &str, (kind, occurred_at, entered_at): (&str, Timestamp, Timestamp), at: Timestamp) {
        let proof = if kind == "without proof" { "" } else { r#","proof":{"channel":"phone","ref":"c-1"}"# };
        let (kind, actor) = match kind {
            "machine" => ("contacted", "automation"),
            "without proof" => ("contacted", "person"),
            kind => (kind, "person"),
        };
        // What is completed has the identifier of what it completes.
        let id = format!("{}-{}", if actor == "person" { kind } else { "machine" }, occurred_at.as_ms());
        let id = if ["attempted", "contacted"].contains(&kind) && actor == "person" { format!("t-{}", occurred_at.as_ms()) } else { id };
        let logged_at = if self.says_when { format!(r#","logged_at":"{entered_at}""#) } else { String::new() };
        let json = format!(
            r#"{{"activity_id":"{id}","lead_id":"{lead}","occurred_at":"{occurred_at}"{logged_at},"kind":"{kind}","actor":{{"kind":"{actor}","id":"eva"}}{proof}}}"#
        );
        // The log has it when the feed is read again.
        let outage = self.feed_outages.iter().find(|window| window.contains(&at));
        let arrives = outage.map_or(at, |window| window.end);
        self.comes(arrives, Outside::Sells(key.clone(), json));
    }

    /// What the partition of each lead folded, in its order.
    fn items(&self) -> BTreeMap<String, Vec<Item>> {
        let mut ticks = vec![Vec::new(); PARTITIONS];
        let mut clocks = [Timestamp::EPOCH; PARTITIONS];
        let mut of_leads = BTreeMap::<String, Vec<(u64, Item)>>::new();
        for (partition, count, record, logged_at) in &self.land.folded {
            match record {
                Record::Watermark(told) => {
                    let as_of = told.as_of.values().min().copied().expect("a source").min(*logged_at);
                    clocks[*partition] = clocks[*partition].max(as_of);
                    ticks[*partition].push((*count, Item::Tick(clocks[*partition])));
                }
                Record::Activity(activity) => {
                    let item = self.item(activity, *logged_at);
                    of_leads.entry(activity.lead_id.to_string()).or_default().extend(item.map(|item| (*count, item)));
                }
                _ => {}
            }
        }
        let mut all = BTreeMap::new();
        for (id, (key, ..)) in &self.leads {
            let mut items = of_leads.remove(id).unwrap_or_default();
            items.extend(self.moves.get(id).into_iter().flatten().cloned());
            let ticks = &ticks[self.land.partition_of(key)];
            items.extend(ticks.iter().cloned());
            items.sort_by_key(|(count, item)| (*count, matches!(item, Item::Moved(..))));
            all.insert(id.clone(), items.into_iter().map(|(_, item)| item).collect());
        }
        all
    }

    fn item(&self, activity: &Activity<'_>, logged_at: Timestamp) -> Option<Item> {
        let handed_off_at = self.leads[activity.lead_id.as_str()].2;
        let person = activity.actor.kind == relevo::contract::activity::ActorKind::Person;
        // Where nobody says when it was entered, it counts as entered when it happened; that alone is nothing from before the lead.
        let entered_at = activity.logged_at.unwrap_or(activity.occurred_at).min(logged_at);
        if activity.logged_at.is_some_and(|at| at < handed_off_at) || activity.occurred_at > entered_at.plus_ms(5 * MINUTE_MS) {
            return None; // it can't be about the lead, or has not taken place
        }
        let at = activity.occurred_at.min(entered_at).max(handed_off_at);
        match &activity.deed {
            Deed::Touched(_, Some(_)) if person => Some(Item::Touch(at, entered_at)),
            Deed::Accepted => Some(Item::Accepted(at)),
            Deed::Closed { .. } => Some(Item::Ended),
            _ => None,
        }
    }
}

#[test]
fn fu_1_2_3_4_5_a_years_verdicts_are_those_of_a_slow_count() {
    let mut year = Year::new();
    year.runs();
    let offices = [Minutes::of(&NEW_YORK), Minutes::of(&LORD_HOWE)];
    let (mut seen, items) = (BTreeMap::<&str, usize>::new(), year.items());
    for (id, (_, far, handed_off_at, begins_at)) in &year.leads {
        let expected = count(&offices[usize::from(*far)], (*handed_off_at, *begins_at), &items[id]);
        let told = &year.told[id];
        assert_eq!(told, &expected, "{id}, handed off at {handed_off_at}");
        for (what, holds) in [
            ("overdue", told.overdue),
            ("withdrawn", told.withdrawn),
            ("escalated", told.escalated),
            ("reminded", !told.touch_due.is_empty()),
            ("expired", told.expired),
            ("hoarded", !told.hoarded.is_empty()),
            ("in time", told.answer.is_some_and(|(.., kept)| kept)),
            ("late", told.answer.is_some_and(|(.., kept)| !kept)),
            ("never answered", told.answer.is_none()),
            ("moved", year.moves.contains_key(id)),
        ] {
            *seen.entry(what).or_default() += usize::from(holds);
        }
    }
    println!("{} leads: {seen:?}", year.leads.len());
    assert_eq!(year.leads.len() as u64, LEADS);
    assert!(seen.values().all(|count| *count > 200), "too tame to show anything: {seen:?}");
}
