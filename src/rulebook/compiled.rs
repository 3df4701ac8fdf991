//! A rulebook that was checked: every name resolved, every expression typed and lowered, every bound held.
//!
//! Only [`super::compile`] makes one. Durations are milliseconds of wall time; terms of teams, which run in the time
//! of a calendar, keep the words of the file.

use std::collections::BTreeMap;
use std::ops::Range;

use compact_str::CompactString;
// hash-order: looked up by key, or sorted at once.
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::diagnostic::Diagnostic;
use super::predicate::Predicate;
use super::special_days::{Dated, SpecialDays};
use super::subject::Scope;
use super::term::Term;
use crate::contract::decision::Points;
use crate::contract::time::{DAY_MS, HOUR_MS};
use crate::contract::{Class, Decision, Kind, Reason, Timestamp};

/// The most criteria of fit and of intent together.
pub const MAX_CRITERIA: usize = 500;
/// The most bytes of a rulebook's file.
pub const MAX_FILE_BYTES: usize = 256 * 1024;
/// The most teams: they label metrics.
pub const MAX_TEAMS: usize = 50;
/// The most calendars.
pub const MAX_CALENDARS: usize = 50;
/// The most diagnostics of one file: who has more begins with these.
pub const MAX_DIAGNOSTICS: usize = 200;

/// The agreement of one revision.
#[derive(Debug)]
pub struct Rulebook {
    /// Its number; grows by one.
    pub revision: u32,
    /// `sha256:` and the hexadecimal hash of the file's exact bytes.
    pub digest: CompactString,
    /// The digest of the revision before.
    pub previous: Option<CompactString>,
    /// From when on it may become law.
    pub effective_from: Timestamp,
    /// The zone of `today`.
    pub time_zone: jiff::tz::TimeZone,
    /// Whether a lead needs the person's consent.
    pub require_consent: bool,
    /// Older interactions and evidence open no lead (QUAL-6), in ms.
    pub max_handoff_age_ms: i64,
    /// Older evidence and declarations count no more, in ms.
    pub forget_after_ms: i64,
    /// An account that was only reached is forgotten when nothing has been heard of it for so long, in ms.
    pub forget_reached_after_ms: i64,
    /// So long a refusal to be contacted is remembered, also of somebody of whom nothing else is, in ms.
    pub forget_refusals_after_ms: i64,
    /// The user's own fields that rules read, with their types.
    pub attributes: Vec<Attribute>,
    /// Role → class of roles.
    pub role_classes: FxHashMap<CompactString, CompactString>,
    /// Kinds whose class was lowered.
    pub demotions: FxHashMap<Kind, Class>,
    /// Expressions and lists with a name, in the order of the file.
    pub variables: Vec<Variable>,
    /// Points for who they are.
    pub fit: Fit,
    /// Points for what they do.
    pub intent: Intent,
    /// What has to be true.
    pub gates: GateRules,
    /// What must not be true, in order.
    pub disqualifiers: Vec<Disqualifier>,
    /// Who gets the lead: the first that matches; the last always does.
    pub routes: Vec<Route>,
    /// Terms by team.
    pub teams: BTreeMap<CompactString, Team>,
    /// Working hours by name.
    pub calendars: BTreeMap<CompactString, Calendar>,
    /// Of calendars whose holidays all have their year: the last one, and where the list stands.
    pub dated_holidays: BTreeMap<CompactString, Dated>,
    /// Reasons that sales may reject with.
    pub rejection_reasons: Vec<CompactString>,
    /// Agreed cases.
    pub examples: Vec<Example>,
    /// What its writers hardly meant: it loads all the same.
    pub warnings: Vec<Diagnostic>,
}

impl Rulebook {
    /// The classes of roles with their roles, both in order.
    pub fn roles_by_class(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut classes = BTreeMap::<&str, Vec<&str>>::new();
        for (role, class) in &self.role_classes {
            classes.entry(class).or_default().push(role);
        }
        classes.values_mut().for_each(|roles| roles.sort_unstable());
        classes
    }

    /// Kinds whose class was lowered, in order.
    pub fn demoted_kinds(&self) -> Vec<&Kind> {
        let mut kinds: Vec<&Kind> = self.demotions.keys().collect();
        kinds.sort_unstable();
        kinds
    }

    /// The class that a kind counts as under this rulebook: never above the contract's ceiling.
    pub fn class_of(&self, kind: &Kind) -> Class {
        let ceiling = kind.ceiling();
        self.demotions.get(kind).map_or(ceiling, |lowered| ceiling.min(*lowered))
    }
}

/// A user's own field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name under `attributes`.
    pub name: CompactString,
    /// Its type.
    pub kind: AttributeKind,
}

/// The types of attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeKind {
    /// `bool`
    Bool,
    /// `int`: a number without a fraction; others are unknown.
    Int,
    /// `double`
    Double,
    /// `string`
    Text,
}

/// An expression or a list with a name. Rules have it put in, so that only readers need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: CompactString,
    /// The expression as the file has it; a list as expressions write one.
    pub written: String,
}

/// Something that earns points.
#[derive(Debug)]
pub struct Criterion {
    /// Unique in the rulebook.
    pub id: CompactString,
    /// When it counts.
    pub when: Predicate,
    /// What it gives, positive or negative.
    pub points: Points,
    /// The most that it gives altogether, after decay (intent only).
    pub at_most: Option<Points>,
    /// The agreed words for it.
    pub because: Option<String>,
}

impl Criterion {
    /// What the answer depends on: `Evidence` only, `Account` only, or both.
    pub fn reads(&self, scope: Scope) -> bool {
        self.when.reads(scope)
    }
}

/// Points for who they are: 0 to 100.
#[derive(Debug)]
pub struct Fit {
    /// What has to be reached.
    pub threshold: Points,
    /// Where the threshold stands in the file, in bytes.
    pub place: Range<usize>,
    /// In the file's order.
    pub criteria: Vec<Criterion>,
}

/// A half-life that is shorter than this is counted in hours.
const IN_HOURS_BELOW_MS: i64 = 7 * DAY_MS;

/// Points for what they do, halved every `half_life_ms`.
#[derive(Debug)]
pub struct Intent {
    /// What has to be reached.
    pub threshold: Points,
    /// Where the threshold stands in the file, in bytes.
    pub place: Range<usize>,
    /// In ms, positive.
    pub half_life_ms: i64,
    /// In the file's order.
    pub criteria: Vec<Criterion>,
}

impl Intent {
    /// In which whole units the age of evidence counts: days, or hours where points halve in less than a week.
    /// A score that fell with every millisecond would be decided by how long a record was under way.
    pub fn age_unit_ms(&self) -> i64 {
        if self.half_life_ms < IN_HOURS_BELOW_MS { HOUR_MS } else { DAY_MS }
    }
}

/// The four questions (QUAL-3).
#[derive(Debug)]
pub struct GateRules {
    /// `represents_business`
    pub represents_business: Predicate,
    /// `able_to_buy`
    pub able_to_buy: Predicate,
    /// `wants_offering`
    pub wants_offering: Predicate,
    /// `buys_by`
    pub buys_by: Predicate,
}

impl GateRules {
    /// The rules, in the order of [`crate::contract::decision::Gates::NAMES`].
    pub fn each(&self) -> [&Predicate; 4] {
        let Self { represents_business, able_to_buy, wants_offering, buys_by } = self;
        [represents_business, able_to_buy, wants_offering, buys_by]
    }
}

/// What must not be true.
#[derive(Debug)]
pub struct Disqualifier {
    /// Unique in the rulebook.
    pub id: CompactString,
    /// When it holds.
    pub when: Predicate,
    /// The agreed words for it.
    pub because: Option<String>,
}

/// Who gets the lead.
#[derive(Debug)]
pub struct Route {
    /// Unique in the rulebook.
    pub id: CompactString,
    /// Where the id stands in the file, in bytes.
    pub place: Range<usize>,
    /// When it matches; `None`: always.
    pub when: Option<Predicate>,
    /// A team of the rulebook.
    pub team: CompactString,
    /// A topic that gets a copy.
    pub also_to: Option<CompactString>,
}

/// A team's terms, resolved over `like`. They run in the time of the calendar; without one, by the clock on all days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Team {
    /// The calendar's name.
    pub calendar: Option<CompactString>,
    /// The first touch.
    pub respond_within: Option<Term>,
    /// After `respond_by` has passed.
    pub reassign_after: Option<Term>,
    /// The same.
    pub escalate_after: Option<Term>,
    /// Between touches.
    pub touch_every: Option<Term>,
    /// What counts as keeping a lead in the drawer.
    pub hoarding: Option<Hoarding>,
    /// After the last touch: a next step counts for no longer, by the clock.
    pub next_step_at_most: Option<Term>,
    /// A lead that was recycled comes back no later, by the clock.
    pub recycled_at_most: Option<Term>,
    /// A lead ends that nobody touches, and on whose side nothing happens, for so long, by the clock.
    pub expire_after: Option<Term>,
    /// Who is told.
    pub escalate_to: Option<CompactString>,
    /// Disposition → how long no new lead for the same offering is made, in ms.
    pub cooldown_ms: BTreeMap<CompactString, i64>,
}

/// When somebody who has a lead keeps it in the drawer: they took it, or touched the buyer, and then nothing came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hoarding {
    /// As long as this.
    pub silent_for: Term,
    /// Whether the lead is taken from them then.
    pub take_back: bool,
}

impl Rulebook {
    /// The calendar in whose time a team's terms run; `None`: by the clock.
    pub fn calendar_of(&self, team: &Team) -> Option<&Calendar> {
        self.calendars.get(team.calendar.as_ref()?)
    }
}

/// Working hours in a time zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    /// Of the hours.
    pub time_zone: jiff::tz::TimeZone,
    /// Of a week, ascending, none over another.
    pub shifts: Vec<Shift>,
    /// Holidays, and days of which only some hours stay.
    pub special: SpecialDays,
}

/// A stretch of working time that recurs every week, by the clock on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Minutes from Monday, 00:00.
    pub start_minute: u16,
    /// How long, at most a day; a night's shift ends on the next day.
    pub minutes: u16,
}

/// An agreed case: what is given, and what must be decided about the last interaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Its name.
    pub name: String,
    /// Line of the file, from 1.
    pub line: usize,
    /// Its place in the file's bytes: where a failure is drawn.
    pub span: Range<usize>,
    /// Interactions as JSON documents of the contract, complete, oldest first.
    pub given: Vec<Vec<u8>>,
    /// The time at which they are decided.
    pub at: Timestamp,
    /// What is expected.
    pub expect: Expectation,
}

/// What an example expects; what is absent may be anything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expectation {
    /// The decision about the last interaction; `joined` counts as itself.
    pub decision: Option<Decision>,
    /// Its reason.
    pub reason: Option<Reason>,
    /// The route of the lead.
    pub route: Option<CompactString>,
}
