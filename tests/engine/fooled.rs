//! Every attempt to make the figures of the response look better than it is, and how each shows.
//!
//! One lead, one promise of half an hour in an office of eight hours; what is done to it, and what a scrape says a day later.

use std::sync::Arc;

use relevo::contract::Timestamp;
use relevo::contract::follow_up::PromiseOutcome;
use relevo::engine::Step;
use relevo::metrics::{Metrics, Stage, Status};
use relevo::pipeline::facts::{Facts, FollowUpFact};
use relevo::pipeline::observe::Counting;
use relevo::pipeline::{Observer as _, StageName};

use crate::sold::{MINUTE_MS, PROOF, Sold, rules, told};
use crate::world::{DAY_MS, START};

const HOUR_MS: i64 = 60 * MINUTE_MS;
/// When the figures are read.
const LATER: Timestamp = START.plus_ms(DAY_MS + 12 * HOUR_MS);

/// A lead, and whoever counts what becomes of it.
struct Watched {
    sold: Sold,
    metrics: Arc<Metrics>,
    counting: Arc<Counting>,
}

impl Watched {
    fn new() -> Self {
        let hoarding = "cooldown: { rejected: 30d }, hoarding: { silent_for: 4h }";
        let sold = Sold::under(&rules().replace("cooldown: { rejected: 30d }", hoarding));
        let status = Status::new(true);
        let metrics = Metrics::new(Arc::clone(&status));
        status.add_worker(Stage::Decide, 0, START).open_leads(vec![sold.world.store.open_leads()]);
        let counting = Counting::into(Arc::clone(&metrics));
        let mut watched = Self { sold, metrics, counting };
        watched.commits(&[]);
        watched
    }

    /// What steps told becomes true, and is counted.
    fn commits(&mut self, steps: &[Step]) {
        let mut facts = Facts::default();
        for step in steps {
            facts.record("intake", step.outcome.as_str());
            facts.irregular.extend(step.irregular.iter().copied());
            facts.follow_ups.extend(told(step).into_iter().map(FollowUpFact::of));
        }
        self.counting.committed(StageName::Decide, &facts);
        self.sold.world.store.write_staged(1, |_, _| {});
        self.sold.world.store.promote(1);
    }

    fn does(&mut self, kind: &str, actor: &str, more: &str) {
        let step = self.sold.does(kind, actor, more);
        self.commits(&[step]);
    }

    /// A touch that is said to have happened then, and comes into the log at the second time.
    fn logs(&mut self, id: &str, occurred_at: Timestamp, entered_at: Timestamp) {
        self.sold.now = entered_at;
        let step = self.sold.logs(id, "contacted", "person", occurred_at, PROOF);
        self.commits(&[step]);
    }

    fn waits_until(&mut self, at: Timestamp) {
        let step = self.sold.waits_until(at);
        self.commits(&[step]);
    }

    fn figure(&self, series: &str) -> f64 {
        let text = self.metrics.scrape(LATER);
        let line = text.lines().find(|line| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0.0)
    }

    /// Promises of this outcome, without those that have another one now.
    fn outcome(&self, outcome: &str) -> f64 {
        self.figure(&format!(r#"relevo_response_outcomes_total{{outcome="{outcome}",team="mid"}}"#)) - self.corrected(outcome)
    }

    fn corrected(&self, outcome: &str) -> f64 {
        self.figure(&format!(r#"relevo_response_outcomes_corrected_total{{outcome="{outcome}",team="mid"}}"#))
    }

    fn outcomes(&self) -> f64 {
        PromiseOutcome::ALL.iter().map(|outcome| self.outcome(outcome.as_str())).sum()
    }

    /// The share of promises that were kept, as dashboards and alerts take it; `None`: none has ended.
    fn kept(&self) -> Option<f64> {
        let all = self.outcomes();
        (all > 0.0).then(|| self.outcome("met") / all)
    }

    fn untouched(&self) -> f64 {
        self.figure(r#"relevo_untouched_leads{age_le="+Inf",clock="wall",team="mid"}"#)
    }

    fn oldest_hours(&self) -> f64 {
        self.figure(r#"relevo_untouched_oldest_seconds{team="mid"}"#) / 3_600.0
    }

    fn responses(&self) -> f64 {
        self.figure(r#"relevo_first_response_seconds_count{clock="wall",team="mid"}"#)
    }

    fn events(&self, event: &str) -> f64 {
        self.figure(&format!(r#"relevo_follow_ups_total{{event="{event}",team="mid"}}"#))
    }
}

/// Tries to fool the figures: kept, responses, untouched, and the hours that the oldest has waited.
fn check(attempt: &str, kept: Option<f64>, responses: f64, untouched: f64, tries: impl FnOnce(&mut Watched)) -> Watched {
    let mut watched = Watched::new();
    tries(&mut watched);
    watched.waits_until(LATER);
    assert_eq!(watched.kept(), kept, "{attempt}: kept");
    assert_eq!(watched.responses(), responses, "{attempt}: responses");
    assert_eq!(watched.untouched(), untouched, "{attempt}: untouched");
    if untouched > 0.0 {
        assert_eq!(watched.oldest_hours(), 36.0, "{attempt}: the oldest");
    }
    watched
}

const AT_ONCE: Timestamp = START.plus_ms(10 * MINUTE_MS);

#[test]
fn fu_2_silence_flatters_nobody() {
    check("never answer", Some(0.0), 0.0, 1.0, |_| {});
    // An average over answers would be perfect: it has a lead that nobody answered beside it.
    let watched = check("answer by a machine", Some(0.0), 0.0, 1.0, |watched| watched.does("contacted", "automation", PROOF));
    assert_eq!(watched.figure(r#"relevo_records_total{input="intake",outcome="automated"}"#), 1.0);
    check("answer without proof", Some(0.0), 0.0, 1.0, |watched| watched.does("met", "person", r#","proof":{"channel":"","ref":""}"#));
    check("set a next step instead", Some(0.0), 0.0, 1.0, |watched| {
        let next = LATER.plus_ms(30 * DAY_MS);
        watched.does("next_step_set", "person", &format!(r#","next_step_at":"{next}""#));
    });
    let watched = check("accept it, and keep it in the drawer", Some(0.0), 0.0, 1.0, |watched| watched.does("accepted", "person", ""));
    assert_eq!(watched.events("hoarded"), 1.0);
}

#[test]
fn fu_1_closing_and_opening_again_is_no_answer() {
    let watched = check("close it at once", Some(0.0), 0.0, 0.0, |watched| watched.does("lost", "person", r#","reason":"price""#));
    assert_eq!((watched.outcome("closed_early"), watched.outcome("missed")), (1.0, 0.0));
    let watched = check("close it late", Some(0.0), 0.0, 0.0, |watched| {
        watched.waits_until(START.plus_ms(HOUR_MS));
        watched.does("lost", "person", r#","reason":"price""#);
    });
    assert_eq!((watched.outcome("closed_late"), watched.outcome("missed"), watched.corrected("missed")), (1.0, 0.0, 1.0));
    // A new clock for an old lead: the first promise stays broken, and the second one runs.
    let mut watched = Watched::new();
    watched.does("lost", "person", r#","reason":"price""#);
    watched.does("reopened", "person", "");
    let step = watched.sold.touched();
    watched.commits(&[step]);
    assert_eq!((watched.kept(), watched.events("reopened")), (Some(0.5), 1.0));
    // For a reason that nobody agreed on it does not close at all.
    let watched = check("reject it for a reason of one's own", Some(0.0), 0.0, 1.0, |watched| {
        watched.does("rejected", "person", r#","reason":"did_not_feel_like_it""#);
    });
    assert_eq!(watched.figure(r#"relevo_records_total{input="intake",outcome="reason_not_agreed"}"#), 1.0);
}

#[test]
fn fu_3_times_that_are_made_up_show() {
    // A call that is remembered two days later saves no promise, and is counted as what it is. Where nobody says when it was entered, a
    // late connector would be blamed on sales: it counts, and is counted as well.
    for (says_when, kept, unknown) in [(true, 0.0, 0.0), (false, 1.0, 1.0)] {
        let mut watched = Watched::new();
        let later = START.plus_ms(2 * DAY_MS);
        watched.waits_until(later);
        let logged_at = if says_when { format!(r#","logged_at":"{later}""#) } else { String::new() };
        let step = watched.sold.logs("remembered", "contacted", "person", AT_ONCE, &format!("{logged_at}{PROOF}"));
        watched.commits(&[step]);
        assert_eq!((watched.kept(), watched.figure(r#"relevo_backdated_touches_total{team="mid"}"#)), (Some(kept), 1.0));
        assert_eq!(watched.figure(r#"relevo_irregularities_total{kind="entry_unknown"}"#), unknown);
    }
    // One that is entered within the day, and had happened in time, does: nobody is blamed for paperwork. It is told as taken back.
    let watched = check("enter it in the evening", Some(1.0), 1.0, 0.0, |watched| {
        watched.waits_until(START.plus_ms(HOUR_MS));
        watched.logs("evening", AT_ONCE, START.plus_ms(10 * HOUR_MS));
    });
    assert_eq!((watched.outcome("missed"), watched.corrected("missed"), watched.events("overdue_withdrawn")), (0.0, 1.0, 1.0));
    // A call in the future has not taken place.
    check("call it tomorrow's", Some(0.0), 0.0, 1.0, |watched| watched.logs("ahead", LATER, START.plus_ms(20 * MINUTE_MS)));
    // One from before the lead was about something else.
    let watched = check("an old call", Some(0.0), 0.0, 1.0, |watched| watched.logs("old", START.plus_ms(-20 * DAY_MS), AT_ONCE));
    assert_eq!(watched.figure(r#"relevo_records_total{input="intake",outcome="noted"}"#), 1.0);
    // Many calls are one answer, and the same record twice is one call.
    let watched = check("call ten times", Some(1.0), 1.0, 0.0, |watched| {
        for call in 0..10 {
            let at = AT_ONCE.plus_ms(call / 2 * MINUTE_MS);
            watched.logs(&format!("call-{}", call / 2), at, at);
        }
    });
    assert_eq!((watched.outcome("met"), watched.events("responded")), (1.0, 1.0));
    assert_eq!(watched.figure(r#"relevo_records_total{input="intake",outcome="seen_before"}"#), 5.0);
}

#[test]
fn fu_5_giving_a_lead_away_gives_its_clock_away_too() {
    let watched = check("reassign it, again and again", Some(0.0), 0.0, 1.0, |watched| {
        for seller in ["luis", "marta", "eva", "luis"] {
            watched.does("assigned", "person", &format!(r#","assignee":"{seller}""#));
        }
    });
    assert_eq!(watched.events("reassigned"), 4.0);
    // Nobody lets time pass faster or slower than the log's own: a pod whose clock is ahead blames nobody early.
    let mut watched = Watched::new();
    let ahead = relevo::contract::log::Watermark { as_of: [("none".into(), LATER)].into(), sources: 1 };
    let step = watched.sold.world.fold("watermark", relevo::contract::log::Record::Watermark(ahead), AT_ONCE);
    watched.commits(&[step]);
    assert_eq!((watched.kept(), watched.events("overdue")), (None, 0.0));
    assert_eq!(watched.untouched(), 1.0);
}

/// A pod of Decide whose clock is ahead hands leads off later than they came: the promise begins there, and the pipeline's own delay shows
/// it; one whose clock is behind takes the log's time.
#[test]
fn fu_3_the_clock_of_a_pod_shows_as_the_pipelines_delay_and_not_as_peoples() {
    for (wall_ms, delay_ms) in [(HOUR_MS, HOUR_MS), (-HOUR_MS, 0)] {
        let mut world = crate::world::World::under(&rules());
        let did = crate::world::Did::new("i-1", START, "demo_requested").buying();
        let effects = world.does_at(&did, START, START.plus_ms(wall_ms));
        let lead = crate::world::leads(&effects)[0].1.clone();
        assert_eq!(lead.clock.handed_off_at.since_ms(lead.clock.ingested_at), delay_ms);
        assert_eq!(lead.promise.respond_by, Some(lead.clock.handed_off_at.plus_ms(30 * MINUTE_MS)));
    }
}

/// One figure: what was corrected is counted as it is, and what was told before is not counted any more.
#[test]
fn fu_2_a_figure_that_is_corrected_is_one_figure() {
    let sums = |watched: &Watched| {
        let wall = watched.figure(r#"relevo_first_response_seconds_sum{clock="wall",team="mid"}"#);
        (wall, watched.figure(r#"relevo_buyer_wait_seconds_sum{team="mid"}"#), watched.responses())
    };
    let mut watched = Watched::new();
    watched.waits_until(START.plus_ms(20 * MINUTE_MS));
    watched.logs("late", START.plus_ms(HOUR_MS), START.plus_ms(HOUR_MS));
    assert_eq!((sums(&watched), watched.kept()), ((3_600.0, 3_660.0, 1.0), Some(0.0)));
    watched.logs("earlier", AT_ONCE, START.plus_ms(HOUR_MS + 1_000));
    assert_eq!((sums(&watched), watched.kept()), ((600.0, 660.0, 1.0), Some(1.0)));
    assert_eq!((watched.outcome("missed"), watched.corrected("missed"), watched.events("overdue_withdrawn")), (0.0, 1.0, 0.0));
    // The earlier one is edited: it was no call, but the later one was.
    watched.sold.now = START.plus_ms(2 * HOUR_MS);
    let step = watched.sold.logs("earlier", "contacted", "automation", AT_ONCE, PROOF);
    watched.commits(&[step]);
    assert_eq!(sums(&watched), (3_600.0, 3_660.0, 1.0));
    assert_eq!(watched.figure(r#"relevo_irregularities_total{kind="response_taken_back"}"#), 1.0);
    assert_eq!((watched.outcomes(), watched.outcome("missed"), watched.outcome("met")), (1.0, 1.0, 0.0));
    // The later one was none either: nobody has answered, and it is one broken promise.
    watched.sold.now = START.plus_ms(3 * HOUR_MS);
    let step = watched.sold.logs("late", "contacted", "automation", START.plus_ms(HOUR_MS), PROOF);
    watched.commits(&[step]);
    assert_eq!((sums(&watched).0, watched.outcomes(), watched.outcome("missed")), (0.0, 1.0, 1.0));
    // A call in time that was none: the promise that counted as kept runs out.
    let watched = check("call, and take it back", Some(0.0), 1.0, 1.0, |watched| {
        watched.does("contacted", "person", PROOF);
        assert_eq!((watched.outcomes(), watched.outcome("met")), (1.0, 1.0));
        watched.sold.now = AT_ONCE;
        let step = watched.sold.logs("a-1", "contacted", "automation", AT_ONCE, PROOF);
        watched.commits(&[step]);
        assert_eq!((watched.outcomes(), watched.corrected("met")), (0.0, 1.0), "it waits again");
    });
    assert_eq!((watched.outcomes(), watched.outcome("missed")), (1.0, 1.0));
    // An end that was a call in truth.
    let watched = check("an end that becomes a call", Some(1.0), 1.0, 0.0, |watched| {
        watched.does("lost", "person", r#","reason":"price""#);
        assert_eq!((watched.outcomes(), watched.outcome("closed_early")), (1.0, 1.0));
        watched.sold.now = AT_ONCE;
        let step = watched.sold.logs("a-1", "contacted", "person", AT_ONCE, PROOF);
        watched.commits(&[step]);
    });
    assert_eq!((watched.outcomes(), watched.outcome("met")), (1.0, 1.0));
    // Opened again, which begins a second promise; and then it never was, and there is one.
    let mut watched = Watched::new();
    watched.does("lost", "person", r#","reason":"price""#);
    watched.does("reopened", "person", "");
    watched.does("contacted", "person", PROOF);
    assert_eq!((watched.outcomes(), watched.outcome("closed_early"), watched.outcome("met")), (2.0, 1.0, 1.0));
    let reopened_at = watched.sold.now.plus_ms(-MINUTE_MS);
    let step = watched.sold.logs("a-2", "received", "person", reopened_at, "");
    watched.commits(&[step]);
    assert_eq!((watched.outcomes(), watched.outcome("closed_early")), (1.0, 1.0), "it ended untouched, and never was opened again");
    // An end that is corrected is one end, and one that was told late is no second promise.
    let watched = check("close it twice", Some(0.0), 0.0, 0.0, |watched| {
        watched.does("lost", "person", r#","reason":"price""#);
        watched.does("rejected", "person", r#","reason":"no_budget""#);
    });
    assert_eq!((watched.outcome("closed_early"), watched.events("closed")), (1.0, 2.0));
}
