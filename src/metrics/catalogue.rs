//! The catalogue: every metric with its labels, its unit, and the fact that feeds it.
//!
//! Nothing is registered that is not here, and nothing stands here that is not registered: a test compares the two. Labels
//! are bounded, and bear no account, person or campaign (PII-1).

/// What kind of series a metric is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Only grows; starts at zero with the process.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by size, with these upper bounds.
    Histogram(&'static [f64]),
}

impl Kind {
    /// The word in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram(_) => "histogram",
        }
    }
}

/// One metric.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The name behind `relevo_`.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// Its labels, in the order in which values are given.
    pub labels: &'static [&'static str],
    /// What one of it is.
    pub unit: &'static str,
    /// What it says.
    pub help: &'static str,
    /// The fact behind it, and when it is counted.
    pub fed_by: &'static str,
}

/// What all names begin with.
pub const PREFIX: &str = "relevo_";
/// The most teams (and the most routes) that get a label of their own; the others share [`OTHER`].
pub const MAX_TEAMS: usize = 50;
/// The label of what is beyond a bound.
pub const OTHER: &str = "other";

/// Delays of machines, in seconds.
const MACHINE: &[f64] = &[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0];

/// Delays of people, in seconds: from a minute to a week.
pub(super) const PEOPLE: &[f64] = &[60.0, 300.0, 900.0, 1800.0, 3600.0, 14_400.0, 28_800.0, 86_400.0, 172_800.0, 259_200.0, 604_800.0];

const fn counter(
    name: &'static str,
    labels: &'static [&'static str],
    unit: &'static str,
    help: &'static str,
    fed_by: &'static str,
) -> Entry {
    Entry { name, kind: Kind::Counter, labels, unit, help, fed_by }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], unit: &'static str, help: &'static str, fed_by: &'static str) -> Entry {
    Entry { name, kind: Kind::Gauge, labels, unit, help, fed_by }
}

const fn histogram(name: &'static str, labels: &'static [&'static str], help: &'static str, fed_by: &'static str) -> Entry {
    Entry { name, kind: Kind::Histogram(MACHINE), labels, unit: "seconds", help, fed_by }
}

/// A histogram of what people need time for.
const fn of_people(name: &'static str, labels: &'static [&'static str], help: &'static str, fed_by: &'static str) -> Entry {
    Entry { name, kind: Kind::Histogram(PEOPLE), labels, unit: "seconds", help, fed_by }
}

/// Every metric of this release.
pub const CATALOGUE: &[Entry] = &[
    counter(
        "decisions_total",
        &["decision", "reason"],
        "decisions",
        "Decisions about interactions.",
        "each decision whose transaction has committed",
    ),
    counter(
        "leads_total",
        &["team", "route"],
        "leads",
        "Leads handed off to sales.",
        "each first record of a lead whose transaction has committed; updates are not counted",
    ),
    counter(
        "copies_left_out_total",
        &["reason"],
        "copies",
        "Copies of leads that were left out: `not_allowed` (the rulebook names a topic that is not among `routes.allowed_topics`) or `not_writable` (the topic is missing, or takes no records). The leads are on the main topic.",
        "each copy that a route wanted and that was not written, whose transaction has committed",
    ),
    counter(
        "follow_ups_total",
        &["team", "event"],
        "events",
        "What becomes of leads that were handed off: responded, response_withdrawn (the activity was corrected, and there was no answer), overdue, overdue_withdrawn, touch_due (nobody was in touch for as long as was agreed), hoarded, escalated, scheduled, reassigned, closed, reopened.",
        "each event on the follow-up topic whose transaction has committed, but for owners' signals",
    ),
    of_people(
        "first_response_seconds",
        &["team", "clock"],
        "From the hand-off of a lead to the first touch by a person, by the wall's clock and in the team's business hours. Leads that nobody touched are not in it.",
        "each first response whose transaction has committed; automation, and touches without proof, never. One figure a lead: where `responded` is told again with `corrects`, the figure before is taken out of the sum at once, and of counts, which never fall, with what comes next",
    ),
    counter(
        "response_outcomes_total",
        &["team", "outcome"],
        "promises",
        "Promises to respond: met, missed (nobody had answered in time), closed_early and closed_late (the lead ended untouched, before and after the promised time). Each has one outcome; less those of response_outcomes_corrected_total.",
        "each outcome that becomes known, and each other one that takes its place, whose transaction has committed. A promise kept: met - corrected met, of all - all corrected",
    ),
    counter(
        "response_outcomes_corrected_total",
        &["team", "outcome"],
        "promises",
        "Outcomes of promises to respond that were counted in response_outcomes_total and are not true any more: a touch in time came late into the log, a call was none, an end was corrected. A counter cannot fall, so this one is taken from it.",
        "each outcome that another one takes the place of, or none, whose transaction has committed",
    ),
    gauge(
        "open_leads",
        &["team", "standing"],
        "leads",
        "Open leads: assigning (their team is asked who gets them), waiting (nobody has touched the buyer), overdue (and the promised time is over), working, scheduled, or silent (touched, and then not again for as long as was agreed). Of the partitions of this process: sum over all.",
        "kept up with each commit of Decide, and after a restart from the state",
    ),
    gauge(
        "untouched_leads",
        &["team", "clock", "age_le"],
        "leads",
        "Leads that nobody has touched and that have waited at most so many seconds, by the wall's clock; +Inf: all of them. Cumulative, as a histogram's buckets.",
        "the age is taken at the scrape, to the minute: a lead that is left alone grows older by itself",
    ),
    gauge(
        "untouched_oldest_seconds",
        &["team"],
        "seconds",
        "How long the lead has waited that has waited longest untouched; 0: none waits.",
        "the age is taken at the scrape, to the minute",
    ),
    gauge(
        "queued_leads",
        &["team"],
        "leads",
        "Leads in the queue of a team of the roster: nobody is on duty, or everybody on duty has as many open leads as they may have. Leads of teams without a roster are not in it.",
        "kept up with each commit of Decide, and after a restart from the state",
    ),
    gauge(
        "queued_oldest_seconds",
        &["team"],
        "seconds",
        "How long the lead has waited for a seller that has waited longest in the team's queue; where nobody was on duty, from the next opening on; 0: none waits.",
        "the age is taken at the scrape, to the minute",
    ),
    of_people(
        "buyer_wait_seconds",
        &["team"],
        "From the interaction that opened a lead to the first touch by a person: as long as the buyer has waited, plumbing included.",
        "each first response whose transaction has committed",
    ),
    counter(
        "backdated_touches_total",
        &["team"],
        "touches",
        "First responses that were entered into the CRM, or without a word of that came, more than a day after they are said to have happened.",
        "each first response whose transaction has committed",
    ),
    counter(
        "records_total",
        &["input", "outcome"],
        "records",
        "Records read, by what became of them: each has exactly one outcome.",
        "each input record of a committed transaction; `input` is interactions, accounts, activities or intake (the log, as Decide reads it); records that an input's map does not take are `map_ignored`, those in which its `when` finds none of its fields `map_found_nothing`, those without a value `tombstone`; of an activity the log's outcome says what it led to, or why to nothing: `unknown_lead`, `lead_closed`, `automated`, `no_proof`, `reason_not_agreed` …",
    ),
    counter(
        "irregularities_total",
        &["kind"],
        "records",
        "What is no error and ought to be rare: refusal_made_room (an account has more refusals of people than are kept: who comes new to it may be contacted only after a consent that is later), postponement_cut (a next step, or the coming back of a recycled lead, was said to be later than the team's terms allow), domain_claimed_twice (an update of a CRM's account claims a domain that another of its accounts claimed first, whose facts hold), account_not_kept (a person of no known company, for whom the partition has no room: decided about, and not kept), proof_used_before (a touch whose channel and reference had shown the touch of another lead, of the last 4,096 of the partition), repeat_forgotten (an interaction whose repeat could still make a lead is known no more, because its account had more than the 4,096 that are remembered), consent_unclear (an interaction says of consent neither true nor false, and it counts as a refusal; or the consent's time cannot be read, or is later than the interaction), consent_dead_lettered (a dead letter that speaks of consent: it may be a refusal, to which nobody keeps), before_the_lead (an activity that was entered before its lead was handed off, or a touch from before the buyer had asked), response_taken_back (a first response that had been told turned out to be later, or none), entry_unknown (a promise counts as kept by a touch that came more than a day after it had run out, and does not say when it was entered: `logged_at`), company_unclear (a website, or a person's e-mail, names two companies: neither makes the account), mail_of_another_company (the website makes the account, and the work e-mail is of another company), phone_as_identifier (a person's identifier that looks like a telephone number).",
        "each record of the log whose transaction has committed",
    ),
    counter(
        "dead_letters_total",
        &["code"],
        "records",
        "Records that could not be read and went to the dead letters.",
        "each dead letter whose transaction has committed, by its error code",
    ),
    histogram(
        "handoff_delay_seconds",
        &["stage"],
        "How long the plumbing takes, apart from people: source (it happened to it reached Kafka), intake (to the log), decide (to the hand-off).",
        "source and intake: each interaction forwarded; decide: each lead handed off; when the transaction has committed",
    ),
    histogram(
        "deadline_lateness_seconds",
        &[],
        "How much later than its own time a deadline fired: an outage and a feed that lags delay verdicts, and never invent one.",
        "each deadline that is told (overdue, touch_due, hoarded, escalated), from its time to the commit of the transaction that tells it",
    ),
    gauge(
        "oldest_unprocessed_seconds",
        &["stage"],
        "seconds",
        "Age of the oldest record that was read and is not committed yet, or waits to be read.",
        "published by the workers; the age is taken at the scrape, so a stuck worker is seen growing",
    ),
    counter(
        "transactions_total",
        &["stage", "result"],
        "transactions",
        "Kafka transactions by how they ended: committed, rolled_back, unclear (settled by reading the offsets) or fenced.",
        "each end of a transaction",
    ),
    histogram(
        "commit_seconds",
        &["stage"],
        "How long it took to commit a transaction, from the drain to Kafka's word.",
        "each committed transaction",
    ),
    histogram(
        "restore_seconds",
        &[],
        "How long it took to read a partition's state back from the changelog.",
        "each restore that ended well",
    ),
    gauge("restoring", &[], "partitions", "Partitions whose state is being read back now.", "published by the workers of Decide"),
    gauge(
        "partitions_owned",
        &["stage"],
        "partitions",
        "Partitions that this process works on.",
        "published by the workers at each assignment",
    ),
    gauge(
        "partitions_expected",
        &["stage"],
        "partitions",
        "Partitions that there are; owned by all processes together, else figures are unknown, not zero.",
        "the topics' partition counts at the start; those of the inputs are asked for again every five seconds",
    ),
    gauge("state_accounts", &[], "accounts", "Accounts held in memory.", "published by the workers of Decide after each commit"),
    gauge(
        "state_bytes",
        &[],
        "bytes",
        "Bytes of the accounts held in memory, as stored.",
        "published by the workers of Decide after each commit",
    ),
    gauge(
        "worker_heartbeat_timestamp_seconds",
        &["worker"],
        "seconds since 1970",
        "When a worker last went around its loop.",
        "each turn of a worker's loop; `/livez` looks at the same",
    ),
    gauge(
        "rulebook_info",
        &["revision", "digest", "unsigned"],
        "1",
        "The rulebook in force; `unsigned` is true when nobody signed it.",
        "the last law that entered a partition of this process; 1, one series",
    ),
    gauge(
        "roster_info",
        &["revision", "digest", "unsigned"],
        "1",
        "The roster in force; `unsigned` is true when nobody signed it.",
        "the last roster that entered a partition of this process; 1, one series, none without a roster",
    ),
    gauge(
        "unsigned_allowed",
        &[],
        "1 or 0",
        "Whether rulebooks and rosters that nobody signed may take force here.",
        "1 in a process that was started with `--allow-unsigned` or `rulebook.allow_unsigned`",
    ),
    gauge(
        "charter_info",
        &["digest"],
        "1",
        "The charter by which rulebooks and rosters are judged.",
        "the charter that was read last; 1, one series, none without a charter",
    ),
    gauge(
        "rulebook_refused",
        &["code"],
        "files",
        "Rulebook files that were refused and do not replace the law in force.",
        "each file in the folder that is refused now, by its error code",
    ),
    gauge(
        "log_blocked_seconds",
        &[],
        "seconds",
        "How long an open transaction of somebody has kept records from being read.",
        "published by the workers; the age is taken at the scrape",
    ),
    gauge(
        "interactions_held_back_seconds",
        &[],
        "seconds",
        "How long Intake has read no interactions: until every partition has a law, or while Decide is more than a minute behind.",
        "published by the watch on Decide, where Intake runs; the age is taken at the scrape",
    ),
    gauge(
        "input_lag_records",
        &["input"],
        "records",
        "Records of an input (and markers of transactions) between what Intake has committed and the ends of its partitions, open transactions of producers included. Every process with Intake shows the whole input: take the greatest.",
        "Kafka is asked every 5 s for the ends and for the offsets of Intake's group",
    ),
    gauge(
        "input_stalled_seconds",
        &["input"],
        "seconds",
        "How long nothing of some partition of an input was taken although something lies in it: a partition that is halted or that nobody owns, or a producer's transaction that was left open. 0: all move, or interactions are held back.",
        "the same; the age is taken at the scrape",
    ),
    gauge(
        "clock_behind_seconds",
        &[],
        "seconds",
        "How far the slowest partition's clock is behind now.",
        "the partitions' clocks, published by the workers of Decide; the difference is taken at the scrape",
    ),
    gauge(
        "clock_skew_seconds",
        &[],
        "seconds",
        "By how much this process's clock is ahead of the brokers', at least; negative: behind. Absent while nothing tells it: what can't be known, because of how seldom is asked, is left out, so 0 means less than about a second. Where brokers differ, the worst.",
        "Kafka is asked once a second for the newest record of each partition of the log: one that was not there before was appended in between",
    ),
    gauge(
        "activity_feed_silence_seconds",
        &["topic"],
        "seconds",
        "How long nothing has come on the feed of activities: since its newest record, by that record's own time. Absent while nobody knows: a feed on which nothing ever came, or a broker that does not say. Every process with Intake shows the whole feed: take the least.",
        "Kafka is asked once a second for the newest record of all partitions, so it is right after a restart too; the age is taken at the scrape",
    ),
    gauge(
        "stopped_partitions",
        &["code"],
        "partitions",
        "Partitions that this process has stopped working on, by error code.",
        "published by the workers when a partition is stopped or goes on",
    ),
    gauge(
        "settings_differ",
        &["group"],
        "pods",
        "Other pods that run with other settings of this group, where all must have the same; absent: none does.",
        "the notes beside Decide's offsets, read once a second by the watch on Decide; a pod that is gone counts for half a minute at most",
    ),
    gauge(
        "brokers_unverified",
        &[],
        "1",
        "1 where `kafka.tls.insecure` lets Relevo speak with brokers that nobody verified, else 0.",
        "the settings, at the start",
    ),
    gauge("build_info", &["version"], "1", "The release that runs.", "constant"),
];

/// The entry of this name.
pub fn entry(name: &str) -> &'static Entry {
    CATALOGUE.iter().find(|entry| entry.name == name).unwrap_or_else(|| panic!("`{name}` is not in the catalogue of metrics"))
}

/// The catalogue as a table of Markdown.
pub fn to_markdown() -> String {
    let mut text = String::from(
        "# Metrics\n\nServed at `/metrics`. Counters and histograms count committed facts only: what an aborted transaction did is never seen.\n\n\
         | Metric | Type | Labels | Unit | What it says | Fed by |\n|---|---|---|---|---|---|\n",
    );
    for Entry { name, kind, labels, unit, help, fed_by } in CATALOGUE {
        let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
        text.push_str(&format!("| `{PREFIX}{name}` | {} | {} | {unit} | {help} | {fed_by} |\n", kind.as_str(), labels.join(", ")));
    }
    let listed = |buckets: &[f64]| buckets.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    text.push_str(&format!("\nBuckets of histograms, in seconds: {}; of what people need time for: {}", listed(MACHINE), listed(PEOPLE)));
    text.push_str(&format!(
        ".\nAt most {MAX_TEAMS} teams and {MAX_TEAMS} routes have labels of their own; further ones share `{OTHER}`. No label names an account, a person or a campaign.\n"
    ));
    text
}
