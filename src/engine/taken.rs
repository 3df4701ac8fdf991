//! Whose a lead becomes by what sales says: somebody was given it in the CRM, or took it from the queue.
//!
//! Both follow from the lead's course as a whole, so the order of arrival does not matter. This file
//! refuses to know whose turn it is.

use super::journal::{Course, Taken};
use super::lead::{AssignedBy, FollowUp, LeadState};
use crate::contract::Timestamp;
use crate::contract::follow_up::What;
use crate::rulebook::AgreedTerms;
use crate::rulebook::roster::TeamRoster;

/// Sales has given it to somebody, after it came to whoever has it.
pub(super) fn given(lead: &mut LeadState, course: &Course, terms: &AgreedTerms) -> Option<(What, Timestamp)> {
    let (at, to) = course.assigned.as_ref().filter(|(at, _)| lead.is_open() && *at >= lead.follow_up.assigned_at)?;
    if lead.follow_up.assignee.as_ref() == Some(to) {
        (lead.follow_up.assigned_by, lead.follow_up.assigned_at) = (AssignedBy::Sales, *at);
        return None;
    }
    Some((lead.follow_up.give(to, *at, terms), *at))
}

/// Who is the first to take a lead that lies in the queue has it: who is on its team and accepts it or touches the
/// buyer. Where no roster says who is on the team, it is whose who accepts it.
pub(super) fn from_queue(
    lead: &mut LeadState,
    course: &Course,
    team: Option<&TeamRoster>,
    terms: &AgreedTerms,
) -> Option<(What, Timestamp)> {
    let FollowUp { assignee, assigned_by, assigned_at: queued_at, .. } = &lead.follow_up;
    // Who took it is still asked for: somebody who was earlier may be known later.
    let is_free = assignee.is_none() || *assigned_by == AssignedBy::Taken;
    if !lead.is_open() || !is_free {
        return None;
    }
    let may_take = |taken: &&Taken| match team {
        Some(team) => team.sellers.contains_key(&taken.by),
        None => !taken.touched,
    };
    let queued_at = *queued_at;
    let Taken { at, by, .. } = course.taken.iter().filter(|taken| taken.at >= queued_at).find(may_take)?;
    if assignee.as_ref() == Some(by) {
        return None;
    }
    Some((lead.follow_up.take(by, (*at, queued_at), terms), *at))
}

impl LeadState {
    /// Whoever is not on the team has no lead of its queue in hand, whatever they have done with it.
    pub(super) fn lies_in_the_queue(&mut self) {
        if self.is_open() && self.follow_up.assignee.is_none() {
            self.follow_up.held = None;
            self.follow_up.due.hoards_at = None;
        }
    }
}
