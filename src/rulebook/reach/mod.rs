//! Can it ever happen? Rules that nothing can meet, routes that no lead reaches, thresholds out of reach, criteria that overlap.
//!
//! Nothing is claimed that is not certain: "never" is proved with everything that can't be decided taken as possible, and each example
//! is one that the rules themselves were asked about. What is too large or not decidable is passed over; how much is said. The work
//! is bounded by steps and not by time, so the same file gets the same answer everywhere. This room refuses to know evidence: a rule
//! is asked about one moment.
//!
//! Examples of the rulebook are not looked at here: they are decided by the very rules when it loads, so one that can't be is an error.

mod case;
mod domain;
mod formula;
mod overlap;
mod points;
mod search;
mod state;

use self::case::name;
use self::domain::Domain;
use self::formula::Term;
pub use self::search::MAX_STEPS;
use self::search::{Answer, Asked, Budget, Goal, search};
use self::state::{State, Want, World};
use super::compiled::Rulebook;
use super::diagnostic::{Diagnostic, Sink};
use super::predicate::Predicate;
use super::subject::{BoolField, TextField};
use super::yaml::Span;
use crate::contract::code::{Code, RULEBOOK_NEVER_MET, RULEBOOK_SHADOWED};
use crate::contract::{Class, Kind};

/// What was found, and how much was looked at.
#[derive(Debug)]
pub struct Looked {
    /// Warnings, in the order of the file.
    pub found: Vec<Diagnostic>,
    /// Questions that were passed over, because they were too large.
    pub passed_over: usize,
    /// Steps that were made, at most [`MAX_STEPS`].
    pub steps: u64,
}

/// Looks at every rule of a rulebook. `file` and `text`: its name and its text, for places.
pub fn look(rulebook: &Rulebook, (file, text): (&str, &str)) -> Looked {
    let mut look = Look { rulebook, world: World::of(rulebook), budget: Budget::new(), sink: Sink::new(file, text), passed_over: 0 };
    match Rules::of(rulebook, &mut look.budget) {
        Some(rules) => look.all(&rules),
        None => look.passed_over += 1,
    }
    Looked { found: look.sink.finish(), passed_over: look.passed_over, steps: look.budget.spent() }
}

/// Every predicate of a rulebook, made ready.
struct Rules<'r> {
    gates: [Asked<'r>; 4],
    fit: Vec<Asked<'r>>,
    intent: Vec<Asked<'r>>,
    disqualifiers: Vec<Asked<'r>>,
    /// Those with a condition, in order; the last has none.
    routes: Vec<Asked<'r>>,
}

impl<'r> Rules<'r> {
    /// `None` where making them ready is more than the budget.
    fn of(rulebook: &'r Rulebook, budget: &mut Budget) -> Option<Self> {
        let gates = &rulebook.gates;
        let mut ready = |predicate: &'r Predicate| Asked::of(predicate, budget);
        Some(Self {
            gates: [ready(&gates.represents_business)?, ready(&gates.able_to_buy)?, ready(&gates.wants_offering)?, ready(&gates.buys_by)?],
            fit: rulebook.fit.criteria.iter().map(|criterion| ready(&criterion.when)).collect::<Option<_>>()?,
            intent: rulebook.intent.criteria.iter().map(|criterion| ready(&criterion.when)).collect::<Option<_>>()?,
            disqualifiers: rulebook.disqualifiers.iter().map(|rule| ready(&rule.when)).collect::<Option<_>>()?,
            routes: rulebook.routes.iter().filter_map(|route| route.when.as_ref()).map(ready).collect::<Option<_>>()?,
        })
    }
}

/// A look at one rulebook.
struct Look<'r> {
    rulebook: &'r Rulebook,
    world: World<'r>,
    budget: Budget,
    sink: Sink<'r>,
    passed_over: usize,
}

impl<'r> Look<'r> {
    fn all(&mut self, rules: &Rules<'r>) {
        for asked in rules.gates.iter().chain(&rules.fit).chain(&rules.disqualifiers) {
            self.single(asked);
        }
        let counts: Vec<bool> = rules.intent.iter().map(|asked| self.single(asked) && self.weighs(asked)).collect();
        let can_be = self.leads(rules);
        self.routes(rules, can_be);
        self.threshold_of_fit(rules, can_be);
        self.threshold_of_intent(rules, &counts);
        self.overlaps(&self.rulebook.fit.criteria, &rules.fit);
        self.overlaps(&self.rulebook.intent.criteria, &rules.intent);
    }

    /// Asks a question, and counts it where it is passed over.
    fn ask(&mut self, goals: &[Goal<'_, 'r>], state: &State) -> Answer {
        let answer = search(goals, state, &self.world, &mut self.budget);
        if self.budget.ran_out() {
            self.passed_over += 1;
        }
        answer
    }

    fn warn(&mut self, code: &'static Code, span: std::ops::Range<usize>, message: String) -> &mut Diagnostic {
        self.sink.warning(code, Span { start: span.start, end: span.end }, message)
    }

    /// Whether a rule can be met at all, as far as is known.
    fn single(&mut self, asked: &Asked<'r>) -> bool {
        let Answer::Never(term) = self.ask(&[(asked, Want::TRUE)], &State::default()) else { return true };
        let because = term.map(|term| format!(": nothing that `{}` can be fits", name(&term, &self.world))).unwrap_or_default();
        self.warn(RULEBOOK_NEVER_MET, asked.predicate.span(), format!("nothing can meet this rule{because}"));
        false
    }

    /// Whether what meets a criterion of intent can weigh anything: relationship evidence never does (QUAL-2).
    fn weighs(&mut self, asked: &Asked<'r>) -> bool {
        let mut state = State::default();
        let light = |kind: &&Kind| self.rulebook.class_of(kind) == Class::Relationship;
        let kinds = Kind::KNOWN.iter().chain(self.rulebook.demoted_kinds()).filter(light);
        let kinds = Domain::texts(kinds.map(|kind| kind.as_str().into()).collect());
        let class = Domain::texts(vec![Class::Relationship.as_str().into()]);
        let restricted = [(TextField::InteractionKind, kinds), (TextField::InteractionClass, class)]
            .into_iter()
            .try_for_each(|(field, domain)| state.restrict(&Term::Text(field), &domain, Want::FALSE, &self.world));
        if restricted.is_err() || !self.ask(&[(asked, Want::TRUE)], &state).is_never() {
            return true;
        }
        let message = "this criterion never gives a point: only interactions of class relationship meet it".to_owned();
        self.warn(RULEBOOK_NEVER_MET, asked.predicate.span(), message).help("time spent together weighs nothing as intent (QUAL-2)");
        false
    }

    /// Whether the gates can hold together, and anybody passes them who is not disqualified.
    fn leads(&mut self, rules: &Rules<'r>) -> bool {
        let gates: Vec<Goal<'_, 'r>> = rules.gates.iter().map(|gate| (gate, Want::TRUE)).collect();
        let alone = |look: &mut Self, gate: &Asked<'r>| look.ask(&[(gate, Want::TRUE)], &State::default()).is_never();
        if rules.gates.iter().any(|gate| alone(self, gate)) {
            return false; // said of the gate itself
        }
        if self.ask(&gates, &State::default()).is_never() {
            let span = rules.gates[0].predicate.span();
            self.warn(RULEBOOK_NEVER_MET, span, "the four gates exclude each other: nobody can ever be a lead".to_owned());
            return false;
        }
        let all: Vec<Goal<'_, 'r>> = self.passing(rules);
        if !rules.disqualifiers.is_empty() && self.ask(&all, &State::default()).is_never() {
            let span = rules.disqualifiers[0].predicate.span();
            self.warn(RULEBOOK_NEVER_MET, span, "whoever passes the four gates is disqualified: nobody can ever be a lead".to_owned());
            return false;
        }
        true
    }

    /// The gates are true and no disqualifier is.
    fn passing<'a>(&self, rules: &'a Rules<'r>) -> Vec<Goal<'a, 'r>> {
        let gates = rules.gates.iter().map(|gate| (gate, Want::TRUE));
        gates.chain(rules.disqualifiers.iter().map(|rule| (rule, Want::NOT_TRUE))).collect()
    }

    /// What is possible of somebody who may become a lead.
    fn of_a_lead(&self) -> State {
        let mut state = State::default();
        if self.rulebook.require_consent {
            let yes = Domain::Truths { yes: true, no: false };
            // Consent can be given: nothing else was asked yet.
            let _ = state.restrict(&Term::Bool(BoolField::PersonConsent), &yes, Want::TRUE, &self.world);
        }
        state
    }

    /// Routes that no lead reaches, because those before take it, or because no lead is like that.
    fn routes(&mut self, rules: &Rules<'r>, can_be: bool) {
        let mut before: Vec<Goal<'_, 'r>> = Vec::new();
        for (index, route) in self.rulebook.routes.iter().enumerate() {
            let own = rules.routes.get(index).filter(|_| route.when.is_some());
            let possible = own.is_none_or(|asked| !self.ask(&[(asked, Want::TRUE)], &State::default()).is_never());
            let mut goals: Vec<Goal<'_, 'r>> = own.into_iter().map(|asked| (asked, Want::TRUE)).chain(before.iter().copied()).collect();
            if !possible {
                self.single_route(rules, index);
            } else if !before.is_empty() && self.ask(&goals, &State::default()).is_never() {
                self.shadowed(rules, index);
            } else if can_be {
                goals.extend(self.passing(rules));
                let state = self.of_a_lead();
                if self.ask(&goals, &state).is_never() {
                    let message = format!("no lead can take the route `{}`: nobody who passes the gates gets here", route.id);
                    self.warn(RULEBOOK_SHADOWED, route.place.clone(), message);
                }
            }
            before.extend(own.map(|asked| (asked, Want::NOT_TRUE)));
        }
    }

    fn single_route(&mut self, rules: &Rules<'r>, index: usize) {
        if let Some(asked) = rules.routes.get(index) {
            self.single(asked);
        }
    }

    /// All that this route would take is taken before it; with a case that shows it, where there is one.
    fn shadowed(&mut self, rules: &Rules<'r>, index: usize) {
        let route = &self.rulebook.routes[index];
        let own = rules.routes.get(index).filter(|_| route.when.is_some());
        let mut shown = None;
        for (earlier, taken) in rules.routes.iter().enumerate().take(index) {
            // Met by the earlier one, and by none before that.
            let mut goals: Vec<Goal<'_, 'r>> = own.into_iter().map(|asked| (asked, Want::TRUE)).collect();
            goals.push((taken, Want::TRUE));
            goals.extend(rules.routes.iter().take(earlier).map(|asked| (asked, Want::NOT_TRUE)));
            if let Answer::Met(case) = self.ask(&goals, &State::default()) {
                shown = Some(format!("for example {case} goes to `{}`", self.rulebook.routes[earlier].id));
                break;
            }
        }
        let message = match &route.when {
            Some(_) => format!("no lead can take the route `{}`: whatever meets it is taken by a route before it", route.id),
            None => format!("no lead can take the route `{}`: the routes before it leave nothing", route.id),
        };
        let diagnostic = self.warn(RULEBOOK_SHADOWED, route.place.clone(), message);
        if let Some(shown) = shown {
            diagnostic.help(shown);
        }
    }
}
