//! From what sales has said of a lead to where it stands: what changes by an activity, and what is told of that.
//!
//! The course of a lead ([`super::journal`]) is looked at as a whole whenever something was said of it. What differs from where the lead
//! stood is told; deadlines are set anew only by what is later than what had set them. This file refuses to know what an activity is.

use compact_str::CompactString;

use super::follow_up::WITHDRAWN_WITHIN_MS;
use super::journal::{Course, End, Said, Saying, TouchAt};
use super::lead::{Due, FollowUp, LeadState, LeadStatus};
use crate::contract::activity::Closing;
use crate::contract::follow_up::{Waited, What};
use crate::contract::time::DAY_MS;
use crate::contract::{Irregularity, Timestamp};
use crate::rulebook::AgreedTerms;

/// A touch that was entered later than this after it happened is backdated; where nobody says when, that came later.
const BACKDATED_AFTER_MS: i64 = DAY_MS;

impl TouchAt {
    /// Whether a promise until then is kept by it.
    fn keeps(&self, respond_by: Timestamp) -> bool {
        self.at <= respond_by && self.entered_at.since_ms(respond_by) <= WITHDRAWN_WITHIN_MS
    }

    /// The same, by what is known and not only said.
    fn keeps_as_known(&self, respond_by: Timestamp) -> bool {
        self.at <= respond_by && self.known_at.since_ms(respond_by) <= WITHDRAWN_WITHIN_MS
    }
}

/// What a course leads to.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// What is told, each with its time, in order.
    pub told: Vec<(What, Timestamp)>,
    /// Terms of now that the lead was opened again with.
    pub terms: Option<AgreedTerms>,
    /// What somebody should know of.
    pub irregular: Vec<Irregularity>,
}

impl LeadState {
    /// The lead stands where its journal says. `opens`: it may be open, because no other lead is for its offering; `now`: terms of today.
    pub(super) fn settle(&mut self, terms: &AgreedTerms, opens: bool, now: impl Fn() -> AgreedTerms) -> (Settled, Course) {
        let mut settled = Settled::default();
        let course = self.follow_up.journal.course(self.clock.handed_off_at, terms);
        if course.end.is_none() && !self.is_open() && !opens {
            return (settled, course); // another lead has taken its place
        }
        let reopening = course.reopened.as_ref().map(|reopened| reopened.id);
        let disposition = self.disposition().cloned();
        let response = self.follow_up.first_touch_at.filter(|_| self.follow_up.response_told).map(|at| (at, self.waited(at, terms)));
        let told = self.follow_up.end.clone().zip(self.follow_up.closed_at).filter(|_| !self.is_open());
        let opened = reopening != self.follow_up.reopening;
        if opened || course.began != self.waits_since() {
            let terms = now();
            if let Some((at, end)) = course.reopened.as_ref().map(|reopened| &reopened.ended).filter(|_| opened && self.is_open()) {
                settled.told.push((self.ends(*at, end, (self.follow_up.overdue_told, false)), *at));
            }
            self.begin_anew(&terms, &course, opened && reopening.is_some());
            settled.terms = Some(terms);
        }
        let renewed = settled.terms.clone();
        let terms = renewed.as_ref().unwrap_or(terms);
        let before = self.follow_up.clone();
        self.follow_up.first_touch_at = course.touches.first().map(|touch| touch.at);
        self.follow_up.last_touch_at = course.last_touch().map(|(at, _)| at);
        match &course.end {
            None => self.opens(&course, (opened, disposition), &mut settled),
            // It was open in between.
            Some(_) => settled.told.extend(course.reopened.as_ref().filter(|_| opened).map(|reopened| {
                let disposition = reopened.ended.1.closing.as_str().into();
                (What::Reopened { disposition }, course.began)
            })),
        }
        let response = response.filter(|(at, _)| *at >= course.began || self.follow_up.response_told).map(|(_, waited)| waited);
        self.judge((&before, response), &course, terms, &mut settled);
        match &course.end {
            Some(end) => self.closes(told.as_ref(), end, (opened, before.overdue_told), &mut settled),
            None => self.awaits(&before, &course, terms),
        }
        let keeps = |touch: &&TouchAt| self.follow_up.respond_by.is_some_and(|respond_by| touch.keeps(respond_by));
        let kept_by = course.touches.iter().find(keeps).map(|touch| touch.id);
        self.follow_up.journal.make_room(&course, kept_by);
        (settled, course)
    }

    /// The response clock begins anew, with a promise by the terms of now.
    /// `fresh`: it was opened again; else an edit shows that this was at another time, or not at all.
    fn begin_anew(&mut self, terms: &AgreedTerms, course: &Course, fresh: bool) {
        self.follow_up.stop_asking();
        let mut before = std::mem::take(&mut self.follow_up);
        let (first_touch_at, response_told) = (before.first_touch_at, before.response_told);
        let counted = std::mem::take(&mut before.counted_promises);
        let counted_promises = match &course.reopened {
            Some(reopened) if fresh => counted.begins_anew(&before, reopened.ended.0),
            Some(_) => counted,
            None => counted.goes_back(),
        };
        let FollowUp { assignee, assigned_at, journal, assigned_by, requests, waits, counted, renewals, .. } = before;
        let reopening = course.reopened.as_ref().map(|reopened| reopened.id);
        let reopened_at = reopening.map(|_| course.began);
        let begun = FollowUp::begun(terms, course.began);
        self.follow_up = FollowUp {
            assignee,
            assigned_at,
            journal,
            assigned_by,
            requests,
            waits,
            counted,
            renewals,
            reopened_at,
            reopening,
            counted_promises,
            ..begun
        };
        if !fresh {
            (self.follow_up.first_touch_at, self.follow_up.response_told) = (first_touch_at, response_told);
        }
        self.follow_up.renew();
    }

    /// It is open, if it was not: opened again, or what had ended it was no end.
    fn opens(&mut self, course: &Course, (opened, disposition): (bool, Option<CompactString>), settled: &mut Settled) {
        if !opened && disposition.is_none() {
            return;
        }
        self.status = LeadStatus::Open;
        self.follow_up.closed_at = None;
        self.follow_up.end = None;
        let left = course.reopened.as_ref().map(|reopened| reopened.ended.1.closing.as_str().into());
        let since = course.touches.last().filter(|_| !opened).map_or(course.began, |touch| touch.at);
        if let Some(disposition) = disposition.or(left) {
            settled.told.push((What::Reopened { disposition }, since));
        }
    }

    /// Whether it was answered, and the promise kept.
    fn judge(&mut self, (before, told): (&FollowUp, Option<Waited>), course: &Course, terms: &AgreedTerms, settled: &mut Settled) {
        let respond_by = self.follow_up.respond_by;
        let in_time = |respond_by| course.touches.iter().any(|touch| touch.keeps(respond_by));
        let ended_at = course.end.as_ref().map(|(at, _)| *at);
        let kept = respond_by.and_then(|respond_by| match (course.touches.first(), ended_at) {
            (Some(_), _) => Some(in_time(respond_by)),
            (None, Some(ended_at)) => (ended_at > respond_by).then_some(false),
            (None, None) => before.kept.filter(|kept| !kept),
        });
        self.follow_up.kept = kept;
        let by_its_word = |respond_by| !course.touches.iter().any(|touch| touch.keeps_as_known(respond_by));
        if kept == Some(true) && before.kept != kept && respond_by.is_some_and(by_its_word) {
            settled.irregular.push(Irregularity::EntryUnknown);
        }
        let withdrawn = self.follow_up.overdue_told && kept != Some(false);
        self.follow_up.overdue_told &= !withdrawn;
        let first = course.touches.first();
        let otherwise = |touch: &TouchAt| {
            let waited = told.is_some_and(|told| told != self.waited(touch.at, terms));
            before.first_touch_at != Some(touch.at) || waited || before.kept != kept
        };
        match first {
            Some(touch) if otherwise(touch) => {
                let what = self.response(touch, (before, told), terms);
                settled.told.push((what, touch.at));
                settled.irregular.extend(before.first_touch_at.filter(|first| *first < touch.at).map(|_| Irregularity::ResponseTakenBack));
                self.follow_up.response_told = true;
            }
            None if before.first_touch_at.is_some() => {
                settled.told.push((What::ResponseWithdrawn { respond_by, instead_of: told }, self.waits_since()));
                settled.irregular.push(Irregularity::ResponseTakenBack);
            }
            _ => {}
        }
        if let Some(respond_by) = respond_by.filter(|_| withdrawn) {
            let at = first.map(|touch| touch.at).or(ended_at).unwrap_or(respond_by);
            settled.told.push((What::OverdueWithdrawn { respond_by }, at));
        }
    }

    /// How long a first touch has let them wait.
    fn waited(&self, at: Timestamp, terms: &AgreedTerms) -> Waited {
        let began = self.waits_since();
        Waited {
            response_seconds: at.since_ms(began).max(0) / 1_000,
            business_seconds: terms.business_seconds(began, at),
            buyer_wait_seconds: at.since_ms(self.clock.occurred_at).max(0) / 1_000,
        }
    }

    fn response(&self, touch: &TouchAt, (before, told): (&FollowUp, Option<Waited>), terms: &AgreedTerms) -> What {
        let FollowUp { respond_by, kept, response_told, .. } = self.follow_up;
        let Waited { response_seconds, business_seconds, buyer_wait_seconds } = self.waited(touch.at, terms);
        What::Responded {
            business_seconds,
            respond_by,
            met: kept,
            corrects: response_told || told.is_some(),
            instead_of: told,
            was_overdue: before.overdue_told,
            withdraws_missed: before.kept == Some(false) && kept == Some(true),
            touch: touch.touch,
            channel: touch.channel.clone(),
            response_seconds,
            buyer_wait_seconds,
            backdated: touch.known_after_ms > BACKDATED_AFTER_MS,
        }
    }

    /// It has ended: nothing is due of it any more.
    fn closes(
        &mut self,
        told: Option<&(End, Timestamp)>,
        (at, end): &(Timestamp, End),
        (opened, was_overdue): (bool, bool),
        settled: &mut Settled,
    ) {
        if opened || told.is_none_or(|(told, _)| told != end) {
            let what = self.ends(*at, end, (was_overdue, told.is_some()));
            settled.told.push((what, *at));
        }
        self.status = LeadStatus::Closed { disposition: end.closing.as_str().into(), until: end.until };
        self.follow_up.closed_at = Some(*at);
        self.follow_up.end = Some(end.clone());
        self.follow_up.due = Due::default();
        self.follow_up.stop_asking();
        self.update_due = None;
        // What was told as overdue, and was not, is told after its end.
        if let Some(place) = settled.told.iter().position(|(what, _)| matches!(what, What::OverdueWithdrawn { .. })) {
            let withdrawn = settled.told.remove(place);
            settled.told.push(withdrawn);
        }
    }

    /// What is told of its end.
    pub(super) fn ends(&self, at: Timestamp, end: &End, (was_overdue, corrects): (bool, bool)) -> What {
        let untouched = self.follow_up.first_touch_at.is_none();
        What::Closed {
            disposition: end.closing,
            reason: end.reason.clone(),
            until: end.until,
            cut_from: end.cut_from,
            value_usd: end.value_usd,
            age_seconds: at.since_ms(self.clock.handed_off_at).max(0) / 1_000,
            touched: !untouched,
            overdue: untouched && self.follow_up.respond_by.is_some_and(|respond_by| respond_by < at),
            was_overdue,
            corrects,
        }
    }

    /// It is open: when the next touch is due, if that has changed.
    fn awaits(&mut self, before: &FollowUp, course: &Course, terms: &AgreedTerms) {
        let last = course.last_touch();
        let lives_from = course.touches.last().map(|touch| touch.at).max(Some(course.lives_from));
        self.follow_up.lives_until = lives_from.map(|since| terms.expires_at(since));
        let follow_up = &mut self.follow_up;
        follow_up.next_step = course.step;
        follow_up.first_step_at = course.first_step_at;
        // A reminder that was told once is not told again, and no step is to come that it was about.
        let reminded = follow_up.is_reminded(terms);
        let step = course.step.filter(|_| !reminded);
        let was_closed = before.end.is_some();
        if was_closed {
            follow_up.due = follow_up.first_due(terms, course.began);
        }
        match last {
            Some((at, by)) if before.last_touch_at < Some(at) => {
                follow_up.renewals = 0;
                follow_up.hold(by, at, terms);
                follow_up.await_touch(terms);
            }
            Some(_) if was_closed || before.last_touch_at != follow_up.last_touch_at || before.next_step != step => {
                follow_up.await_touch(terms);
            }
            // What had been told as the first touch was none.
            None if before.last_touch_at.is_some() => {
                (follow_up.due, follow_up.held) = (follow_up.first_due(terms, course.began), None);
            }
            _ => {}
        }
        follow_up.next_step = step;
    }

    /// Nothing has happened with it for as long as its terms say: time ends it.
    pub(super) fn expire(&mut self, due_at: Timestamp, until: Timestamp, terms: &AgreedTerms) -> Settled {
        let end = End { closing: Closing::Expired, reason: None, until, cut_from: None, value_usd: None };
        self.passes(due_at, due_at, Saying::Ended(end), terms, || terms.clone())
    }

    /// It was to come back then, and does.
    pub(super) fn come_back(&mut self, due_at: Timestamp, at: Timestamp, terms: &AgreedTerms) -> Settled {
        self.passes(due_at, at, Saying::CameBack, terms, || terms.clone())
    }

    /// Time does something with it.
    fn passes(&mut self, due_at: Timestamp, at: Timestamp, what: Saying, terms: &AgreedTerms, now: impl Fn() -> AgreedTerms) -> Settled {
        let name = if what == Saying::CameBack { "came back" } else { "expired" };
        let id = super::evidence::identity_hash(name, &format!("{due_at} {at}"));
        let (occurred_at, entered_at, first_at) = (due_at, at, due_at);
        let said = Said { id, content: id, before: Vec::new(), logged_at: None, entered_at, known_at: at, occurred_at, first_at, what };
        self.follow_up.journal.admit(said);
        self.settle(terms, true, now).0
    }
}
