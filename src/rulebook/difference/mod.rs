//! What changes from one rulebook to another, in words that a sales director reads.
//!
//! Every part of a rulebook is taken apart here by name, so that a new one does not compile before its changes are told. Expressions
//! are compared by their words, white space aside, and by what they ask once variables are put in. Comments and layout are no
//! difference. This room refuses to know what a change does to decisions.

mod definitions;
mod lists;
mod rules;
mod teams;
#[cfg(test)]
mod tests;
mod told;

use super::compiled::Rulebook;
use super::words::{duration, terms};
use told::{Told, becomes, moves};

/// A part of a rulebook, in the order in which changes are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Revision, dates, consent, how old things may be.
    Header,
    /// The four questions.
    Gates,
    /// Points for who they are.
    Fit,
    /// Points for what they do.
    Intent,
    /// Whom nobody calls.
    Disqualifiers,
    /// Who gets the lead.
    Routes,
    /// What sales promises.
    Teams,
    /// Working hours.
    Calendars,
    /// Who is who.
    Roles,
    /// What kinds count as.
    Evidence,
    /// The user's own fields.
    Attributes,
    /// Expressions with a name.
    Variables,
    /// Reasons that sales may reject with.
    RejectionReasons,
    /// Agreed cases.
    Examples,
}

impl Part {
    /// Its name for people.
    pub const fn title(self) -> &'static str {
        match self {
            Part::Header => "The agreement",
            Part::Gates => "The four questions",
            Part::Fit => "Who they are (fit)",
            Part::Intent => "What they did (intent)",
            Part::Disqualifiers => "Whom we never call",
            Part::Routes => "Who gets the lead",
            Part::Teams => "What sales promises",
            Part::Calendars => "Working hours",
            Part::Roles => "Who is who",
            Part::Evidence => "What counts as what",
            Part::Attributes => "Our own fields",
            Part::Variables => "Names in the file",
            Part::RejectionReasons => "Why sales may reject a lead",
            Part::Examples => "Agreed cases",
        }
    }
}

/// One thing that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where.
    pub part: Part,
    /// What, in words, on one line, without a full stop.
    pub words: String,
}

/// Everything that changes from `before` to `after`, by part; empty where the two agree on the same.
pub fn differences(before: &Rulebook, after: &Rulebook) -> Vec<Difference> {
    let mut told = Told::default();
    // Taken apart whole: a field that is new has to be told, or named here as none.
    let Rulebook {
        revision,
        digest: _, // of the bytes, comments too
        previous,
        effective_from,
        time_zone,
        require_consent,
        max_handoff_age_ms,
        forget_after_ms,
        forget_reached_after_ms,
        forget_refusals_after_ms,
        attributes,
        role_classes: _,   // by class, below
        dated_holidays: _, // in the calendars
        demotions: _,      // sorted, below
        variables,
        fit,
        intent,
        gates,
        disqualifiers,
        routes,
        teams,
        calendars,
        rejection_reasons,
        examples,
        warnings: _, // said by `check`
    } = before;
    if *revision != after.revision {
        told.add(Part::Header, format!("revision {} instead of {revision}", after.revision));
    }
    told.maybe(Part::Header, becomes("the digest of the revision before", previous.as_deref(), after.previous.as_deref()));
    let instant = |rulebook: &Rulebook| {
        format!("{} ({})", terms::instant(rulebook.effective_from, &rulebook.time_zone), terms::zone(&rulebook.time_zone))
    };
    if *effective_from != after.effective_from {
        told.add(Part::Header, format!("it takes force from {} instead of {}", instant(after), instant(before)));
    }
    told.maybe(Part::Header, becomes("the time zone of “today”", Some(terms::zone(time_zone)), Some(terms::zone(&after.time_zone))));
    if *require_consent != after.require_consent {
        let now =
            if after.require_consent { "a lead now needs the person's consent" } else { "a lead no longer needs the person's consent" };
        told.add(Part::Header, now.to_owned());
    }
    let ages = [
        ("the age from which an interaction is old news (`max_handoff_age`)", *max_handoff_age_ms, after.max_handoff_age_ms),
        ("the age from which evidence counts no more (`forget_after`)", *forget_after_ms, after.forget_after_ms),
        (
            "the time after which accounts that were only reached are forgotten (`forget_reached_after`)",
            *forget_reached_after_ms,
            after.forget_reached_after_ms,
        ),
        (
            "the age from which a refusal to be contacted is forgotten (`forget_refusals_after`)",
            *forget_refusals_after_ms,
            after.forget_refusals_after_ms,
        ),
    ];
    for (what, before, after) in ages {
        told.maybe(Part::Header, moves(what, before, after, |ms| duration(*ms)));
    }
    let sides = Sides { before, after };
    rules::gates(sides, gates, &after.gates, &mut told);
    rules::fit(sides, fit, &after.fit, &mut told);
    rules::intent(sides, intent, &after.intent, &mut told);
    rules::disqualifiers(sides, disqualifiers, &after.disqualifiers, &mut told);
    rules::routes(sides, routes, &after.routes, &mut told);
    teams::teams(teams, &after.teams, &mut told);
    teams::calendars(calendars, &after.calendars, &mut told);
    definitions::roles(before, after, &mut told);
    definitions::demotions(before, after, &mut told);
    definitions::attributes(attributes, &after.attributes, &mut told);
    definitions::variables(variables, &after.variables, &mut told);
    definitions::rejection_reasons(rejection_reasons, &after.rejection_reasons, &mut told);
    definitions::examples(sides, examples, &after.examples, &mut told);
    told.finish()
}

/// Both rulebooks, for the names that expressions are put into words with.
#[derive(Clone, Copy)]
struct Sides<'a> {
    before: &'a Rulebook,
    after: &'a Rulebook,
}
