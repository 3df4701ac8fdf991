//! What sales has said of a lead: each activity by the latest content of its identifier, whatever the order of arrival.
//!
//! A lead's row keeps a bounded journal. [`Journal::course`] puts it in the order in which things happened and says what became of the
//! lead: when its response clock began, the touches since then, the next step, and how it ended. So an activity that comes late,
//! or is corrected, leads to what it would have led to in time. This file refuses to know what is told, and what is due.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::lead::MAX_RENEWALS;
use crate::contract::Timestamp;
use crate::contract::activity::{Closing, Touch};
use crate::contract::interaction::Amount;
use crate::rulebook::AgreedTerms;

/// Activities that are kept of each lead: more than a seller does in the days in which a connector may repeat itself. What no figure and no
/// deadline rests on makes room first.
pub const MAX_ACTIVITIES: usize = 32;
/// Earlier contents of an activity that are known again: a connector that begins anew sends them all.
const MAX_CONTENTS: usize = 4;
/// Of activities that count for nothing fewer are kept: only an earlier content that comes after a later one would mistake them.
const MAX_NOTHING: usize = 8;

/// An activity, as far as anything may rest on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// A hash of its identifier.
    pub id: u64,
    /// A hash of its content.
    pub content: u64,
    /// Hashes of contents that it had before.
    pub before: Vec<u64>,
    /// When it was entered, as it says itself.
    pub logged_at: Option<Timestamp>,
    /// When it was entered: as it says itself, else when it happened, because transport blames nobody.
    pub entered_at: Timestamp,
    /// When it was known: as it says itself, else when the log took it first.
    pub known_at: Timestamp,
    /// When it happened, as it says.
    pub occurred_at: Timestamp,
    /// The earliest time at which it was said to have happened: an edit begins nothing anew.
    pub first_at: Timestamp,
    /// What it says.
    pub what: Saying,
}

/// What an activity says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Saying {
    /// What counts for nothing, whatever its identifier had said before.
    Nothing,
    /// A person touched the buyer.
    Touched {
        /// How.
        touch: Touch,
        /// By which channel.
        channel: CompactString,
        /// Who, as the CRM names them.
        by: Option<CompactString>,
    },
    /// A person took the lead on.
    Accepted {
        /// Who, as the CRM names them.
        by: Option<CompactString>,
    },
    /// The next step was agreed.
    Step {
        /// For then.
        at: Timestamp,
        /// For then it was agreed first: moving it by an edit begins nothing anew.
        first: Timestamp,
    },
    /// Sales gave it to somebody.
    Assigned {
        /// To whom.
        to: CompactString,
    },
    /// It ended.
    Ended(End),
    /// It was opened again.
    Reopened,
    /// It had been recycled, and came back by the clock: it `occurred` when it was due, and was `entered` when that was told.
    CameBack,
}

/// How a lead ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct End {
    /// How.
    pub closing: Closing,
    /// Why, where that was said.
    pub reason: Option<CompactString>,
    /// Until then the account gets no new lead for the offering; one that was recycled comes back then.
    pub until: Timestamp,
    /// When it was said to come back, where the terms allow no time as late.
    pub cut_from: Option<Timestamp>,
    /// What they bought it for.
    pub value_usd: Option<Amount>,
}

/// What an activity was to the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// Nothing is known of its identifier, or it had another content before.
    News,
    /// A later content is known: this one says at most that something was said before.
    Older,
    /// This content is known.
    Known,
}

/// Everything that sales has said of a lead, in the order of arrival.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Journal(Vec<Said>);

/// What became of a lead, in the order in which it happened. Each time is held within what it belongs to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// What opened it again last, and how it had ended before.
    pub reopened: Option<Reopening>,
    /// When its response clock began.
    pub began: Timestamp,
    /// From when on time may end it: its hand-off, or when it was opened again, a few times between two touches.
    pub lives_from: Timestamp,
    /// How often it was opened again since the last touch.
    reopenings: u8,
    /// The touches since then, up to its end, the earliest first.
    pub touches: Vec<TouchAt>,
    /// The next step: when it was agreed, and for when.
    pub step: Option<(Timestamp, Timestamp)>,
    /// When the first step was to be that was agreed since the last touch.
    pub first_step_at: Option<Timestamp>,
    /// When and how it ended; `None`: it is open.
    pub end: Option<(Timestamp, End)>,
    /// Who was given it last by sales, and when.
    pub assigned: Option<(Timestamp, CompactString)>,
    /// Who accepted it or touched the buyer since its response clock began, the earliest first.
    pub taken: Vec<Taken>,
    /// Identifiers of what all this rests on.
    needed: Vec<u64>,
}

/// A lead was opened again.
#[derive(Clone, Debug, PartialEq)]
pub struct Reopening {
    /// Of the activity.
    pub id: u64,
    /// When that happened: what happened before answers nothing.
    pub from: Timestamp,
    /// When and how the lead had ended.
    pub ended: (Timestamp, End),
}

/// Somebody took a lead on: whoever does so first has one that lies in the queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// When.
    pub at: Timestamp,
    /// Who, as the CRM names them.
    pub by: CompactString,
    /// They touched the buyer; else they accepted the lead.
    pub touched: bool,
    /// Of the activity.
    id: u64,
}

impl Taken {
    fn new(at: Timestamp, by: Option<&CompactString>, touched: bool, id: u64) -> Option<Self> {
        by.map(|by| Self { at, by: by.clone(), touched, id })
    }
}

/// A touch in a lead's course.
#[derive(Clone, Debug, PartialEq)]
pub struct TouchAt {
    /// Of the activity.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// When the first content of its identifier said that it was.
    pub first_at: Timestamp,
    /// When it was entered, as far as the promise goes.
    pub entered_at: Timestamp,
    /// When it is known to have been there.
    pub known_at: Timestamp,
    /// From when it is said to have happened to that, in ms.
    pub known_after_ms: i64,
    /// How.
    pub touch: Touch,
    /// By which channel.
    pub channel: CompactString,
    /// Who.
    pub by: Option<CompactString>,
}

impl Said {
    /// When it happened; nothing happens after it was entered.
    pub fn at(&self) -> Timestamp {
        let at = self.occurred_at.min(self.entered_at);
        if self.what == Saying::Reopened { at.min(self.first_at) } else { at }
    }

    /// The order of things of one instant: what was done, then how it ended, then that it is open again. A sale is the last word of an instant.
    fn rank(&self) -> (u8, u8) {
        match &self.what {
            Saying::Ended(end) if end.closing == Closing::Won => (1, u8::MAX),
            Saying::Ended(end) => (1, end.closing as u8),
            Saying::Reopened | Saying::CameBack => (2, 0),
            _ => (0, 0),
        }
    }

    /// Whether somebody did something with the lead, as it was open.
    fn is_done_with_it(&self) -> bool {
        !matches!(self.what, Saying::Nothing | Saying::Accepted { .. } | Saying::CameBack)
    }

    /// Takes over what an earlier content of the same identifier said first.
    fn continues(&mut self, earlier: &Said) {
        match (&mut self.what, &earlier.what) {
            (Saying::Step { first, .. }, Saying::Step { first: agreed, .. }) => *first = *agreed,
            (Saying::Touched { .. }, Saying::Touched { .. })
            | (Saying::Accepted { .. }, Saying::Accepted { .. })
            | (Saying::Reopened, Saying::Reopened) => {}
            _ => return,
        }
        self.first_at = self.first_at.min(earlier.first_at);
        if self.occurred_at == earlier.occurred_at {
            self.entered_at = self.entered_at.min(earlier.entered_at);
            self.known_at = self.known_at.min(earlier.known_at);
        }
    }

    fn has_said(&mut self, content: u64) {
        if self.before.len() == MAX_CONTENTS {
            self.before.remove(0);
        }
        self.before.push(content);
    }
}

impl End {
    /// Whether it says nothing that another one has not said.
    fn repeats(&self, other: &End) -> bool {
        let value = self.value_usd.is_none() || self.value_usd == other.value_usd;
        let until = self.closing != Closing::Recycled || self.until == other.until;
        self.closing == other.closing && self.reason == other.reason && value && until
    }
}

impl Journal {
    /// How many activities it keeps.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many activities say that it was sold.
    pub(super) fn sales(&self) -> usize {
        self.0.iter().filter(|said| matches!(&said.what, Saying::Ended(end) if end.closing == Closing::Won)).count()
    }

    /// Whether an identifier has said something before.
    pub(super) fn knows(&self, id: u64) -> bool {
        self.0.iter().any(|said| said.id == id)
    }

    /// Whether something counts that an identifier has said.
    pub(super) fn counts(&self, id: u64) -> bool {
        self.0.iter().any(|said| said.id == id && said.what != Saying::Nothing)
    }

    /// When the latest content of an identifier was entered, as it says itself.
    pub(super) fn logged_at(&self, id: u64) -> Option<Timestamp> {
        self.0.iter().find(|said| said.id == id)?.logged_at
    }

    /// Takes an activity in: the latest content of an identifier counts, by when it was entered where both say that, else by when it came.
    pub(super) fn admit(&mut self, mut said: Said) -> Admitted {
        let Some(known) = self.0.iter_mut().find(|known| known.id == said.id) else {
            self.0.push(said);
            return Admitted::News;
        };
        // What had counted for nothing may count by the rulebook of now.
        let counts_now = known.what == Saying::Nothing && said.what != Saying::Nothing;
        if known.before.contains(&said.content) || known.content == said.content && !counts_now {
            return Admitted::Known;
        }
        if said.logged_at.zip(known.logged_at).is_some_and(|(this, latest)| this < latest) {
            known.continues(&said);
            known.has_said(said.content);
            return Admitted::Older;
        }
        said.continues(known);
        said.before = std::mem::take(&mut known.before);
        said.has_said(known.content);
        *known = said;
        Admitted::News
    }

    /// Lets what nothing rests on make room, the oldest first; the promise rests on `kept_by`.
    pub(super) fn make_room(&mut self, course: &Course, kept_by: Option<u64>) {
        let is_nothing = |said: &Said| said.what == Saying::Nothing;
        while self.0.len() > MAX_ACTIVITIES || self.0.iter().filter(|said| is_nothing(said)).count() > MAX_NOTHING {
            let order = |place: &usize| {
                let said = &self.0[*place];
                (course.needed.contains(&said.id) || kept_by == Some(said.id), !is_nothing(said), said.at())
            };
            let Some(place) = (0..self.0.len()).min_by_key(order) else { return };
            self.0.remove(place);
        }
    }

    /// What became of a lead whose response clock began at its hand-off then.
    pub(super) fn course(&self, handed_off_at: Timestamp, terms: &AgreedTerms) -> Course {
        let mut order: Vec<&Said> = self.0.iter().collect();
        // Of two things of one kind and instant the one that was entered later is the last word; else any, but always the same.
        order.sort_by_key(|said| (said.at().max(handed_off_at), said.rank(), said.at(), said.entered_at, said.id));
        let mut course = Course { began: handed_off_at, lives_from: handed_off_at, ..Course::default() };
        let mut steps: Vec<&Said> = Vec::new();
        let (mut sold, mut ended_by, mut assigned_by): (_, Option<u64>, _) = (None, None, None);
        for said in order {
            let at = said.at().max(course.began);
            // Something was done with what was to have come back by then: sales knew that it was, before anybody told of it.
            let is_back = |(_, end): &(Timestamp, End)| end.closing == Closing::Recycled && end.until <= said.at();
            if said.is_done_with_it()
                && let Some(ended) = course.end.take_if(|end| is_back(end))
            {
                let (back_at, id) = (ended.1.until.max(course.began), ended_by.map_or(0, |id| !id));
                course.opens_again(Reopening { id, from: back_at, ended }, back_at, ended_by.take());
                steps.clear();
                sold = None;
            }
            match &said.what {
                Saying::Nothing => {}
                Saying::Accepted { .. } | Saying::Touched { .. } | Saying::Step { .. } if course.end.is_some() => {}
                Saying::Accepted { by } => course.taken.extend(Taken::new(at, by.as_ref(), false, said.id)),
                Saying::Touched { by, .. } => {
                    course.touches.extend(said.touch_at(at));
                    course.taken.extend(Taken::new(at, by.as_ref(), true, said.id));
                    course.reopenings = 0;
                }
                Saying::Step { .. } => steps.push(said),
                Saying::Assigned { to } => (course.assigned, assigned_by) = (Some((at, to.clone())), Some(said.id)),
                Saying::Ended(end) => {
                    if course.takes_end(at, end, terms, &mut sold) {
                        ended_by = Some(said.id);
                    }
                }
                Saying::Reopened | Saying::CameBack => {
                    // It came back by an end that is corrected perhaps, and would come back later, or not at all.
                    let is_due = |end: &End| end.closing == Closing::Recycled && end.until <= said.occurred_at;
                    let opens = |(_, end): &(Timestamp, End)| said.what == Saying::Reopened || is_due(end);
                    let Some(ended) = course.end.take_if(|end| opens(end)) else { continue };
                    let began = if said.what == Saying::CameBack { said.entered_at } else { at };
                    course.opens_again(Reopening { id: said.id, from: at, ended }, began, ended_by.take());
                    steps.clear();
                    sold = None;
                }
            }
        }
        course.touches.sort_by_key(|touch| touch.at);
        course.agree(&steps, terms);
        course.needed.extend(ended_by.into_iter().chain(assigned_by));
        course.needed.extend(course.taken.first().map(|taken| taken.id));
        course.needed.extend(course.touches.first().into_iter().chain(course.touches.last()).map(|touch| touch.id));
        course.needed.extend(course.touches.iter().max_by_key(|touch| touch.first_at).map(|touch| touch.id));
        course.needed.extend(course.touches.iter().min_by_key(|touch| touch.entered_at).map(|touch| touch.id));
        course
    }
}

impl Said {
    fn touch_at(&self, at: Timestamp) -> Option<TouchAt> {
        let Saying::Touched { touch, channel, by } = &self.what else { return None };
        Some(TouchAt {
            id: self.id,
            at,
            first_at: self.first_at,
            entered_at: self.entered_at,
            known_at: self.known_at,
            known_after_ms: self.known_at.since_ms(self.occurred_at),
            touch: *touch,
            channel: channel.clone(),
            by: by.clone(),
        })
    }
}

impl Course {
    /// It is open again, and its response clock begins anew.
    fn opens_again(&mut self, reopening: Reopening, began: Timestamp, ended_by: Option<u64>) {
        self.began = began;
        self.reopenings = self.reopenings.saturating_add(1);
        if self.reopenings <= MAX_RENEWALS {
            self.lives_from = began;
        }
        self.touches.clear();
        self.taken.clear();
        self.needed = vec![reopening.id];
        self.needed.extend(ended_by);
        self.reopened = Some(reopening);
    }

    /// An ending, in its turn: the later one corrects the one before, and what was sold is not forgotten by it. True where it counts.
    fn takes_end(&mut self, at: Timestamp, end: &End, terms: &AgreedTerms, sold: &mut Option<Amount>) -> bool {
        *sold = end.value_usd.or(*sold);
        if let Some((_, opted_out)) = self.end.as_mut().filter(|(_, end)| end.closing == Closing::OptedOut) {
            // Who does not want to be contacted does not change their mind by what sales enters. What
            // they bought, they bought.
            opted_out.value_usd = *sold;
            return false;
        }
        let end = End { value_usd: *sold, ..end.clone() };
        let counts = match &self.end {
            // Time ends what nothing has happened with.
            None if end.closing == Closing::Expired => {
                let lives = self.touches.iter().map(|touch| touch.at).chain([self.lives_from]);
                lives.map(|since| terms.expires_at(since)).all(|expires_at| expires_at <= at)
            }
            None => true,
            Some(_) if end.closing == Closing::Expired => false,
            Some((_, before)) => !end.repeats(before),
        };
        if counts {
            self.end = Some((at, end));
        }
        counts
    }

    /// The next step: of those since the last touch the one that was agreed last, for no longer after that touch than the terms allow.
    fn agree(&mut self, steps: &[&Said], terms: &AgreedTerms) {
        let touched_at = self.touches.last().map(|touch| touch.at);
        let latest = self.last_touch().map(|(last, _)| terms.latest_step(last));
        let target = |said: &Said| match said.what {
            Saying::Step { at, first } => (at, first),
            _ => (said.occurred_at, said.occurred_at),
        };
        let set_at = |said: &Said| said.at().max(self.began);
        let stands =
            |said: &&&Said| touched_at.is_none_or(|last| set_at(said) >= last) && latest.is_none_or(|latest| set_at(said) < latest);
        let last = steps.iter().filter(stands).max_by_key(|said| (set_at(said), target(said)));
        let first = steps.iter().filter(stands).min_by_key(|said| (said.first_at, target(said)));
        let (Some(last), Some(first)) = (last, first) else { return };
        let at = target(last).0;
        self.step = Some((set_at(last), latest.map_or(at, |latest| at.min(latest))));
        self.first_step_at = Some(target(first).1);
        self.needed.extend([last.id, first.id]);
    }

    /// The last touch, and by whom. An edit moves it to no later time than it was said to be at first.
    pub(super) fn last_touch(&self) -> Option<(Timestamp, Option<&str>)> {
        let last = self.touches.iter().max_by_key(|touch| (touch.first_at, touch.at))?;
        Some((last.first_at.min(last.at).max(self.began), last.by.as_deref()))
    }
}
