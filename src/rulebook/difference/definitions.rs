//! Changes of what rules are made of: roles, classes of evidence, attributes, variables, reasons, agreed cases.

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde_json::Value;

use super::lists::{Matched, matched};
use super::told::{Told, becomes, shortened, words_of};
use super::{Part, Sides};
use crate::contract::{Date, Timestamp};
use crate::rulebook::compiled::{Attribute, Example, Expectation, Rulebook, Variable};
use crate::rulebook::page::{attribute_kind, demotions as demoted};
use crate::rulebook::words::{and, spelt, terms};

pub fn roles(before: &Rulebook, after: &Rulebook, told: &mut Told) {
    let by_role = |rulebook: &Rulebook| -> BTreeMap<String, String> {
        let classes = rulebook.roles_by_class();
        let pairs = classes.iter().flat_map(|(class, roles)| roles.iter().map(|role| ((*role).to_owned(), (*class).to_owned())));
        pairs.collect()
    };
    let (was, is) = (by_role(before), by_role(after));
    for (role, class) in &is {
        match was.get(role) {
            Some(other) if other == class => {}
            Some(other) => told.add(Part::Roles, format!("a {} is {} instead of {}", spelt(role), spelt(class), spelt(other))),
            None => told.add(Part::Roles, format!("a {} is now {}", spelt(role), spelt(class))),
        }
    }
    for (role, class) in was.iter().filter(|(role, _)| !is.contains_key(*role)) {
        told.add(Part::Roles, format!("a {} is no longer {}", spelt(role), spelt(class)));
    }
}

pub fn demotions(before: &Rulebook, after: &Rulebook, told: &mut Told) {
    let map = |rulebook: &Rulebook| -> BTreeMap<String, &'static str> {
        demoted(rulebook).into_iter().map(|(kind, class)| (kind.to_owned(), class)).collect()
    };
    let (was, is) = (map(before), map(after));
    for kind in was.keys().chain(is.keys().filter(|kind| !was.contains_key(*kind))) {
        let words = match (was.get(kind), is.get(kind)) {
            (Some(one), Some(other)) if one == other => continue,
            (_, Some(class)) => format!("“{}” counts as {class} evidence only", spelt(kind)),
            (_, None) => format!("“{}” counts as what it is again, no longer as less", spelt(kind)),
        };
        told.add(Part::Evidence, words);
    }
}

pub fn attributes(before: &[Attribute], after: &[Attribute], told: &mut Told) {
    let found = matched(before, after, |attribute| &attribute.name, |_, _| false);
    let Matched { kept, renamed: _, added, removed, moved: _ } = found; // the order of attributes says nothing
    for attribute in added {
        told.add(Part::Attributes, format!("“{}” is added, {}", attribute.name, attribute_kind(attribute.kind)));
    }
    for attribute in removed {
        told.add(Part::Attributes, format!("“{}” is removed", attribute.name));
    }
    for (Attribute { name, kind }, is) in kept {
        let what = format!("“{name}”");
        told.maybe(Part::Attributes, becomes(&what, Some(attribute_kind(*kind)), Some(attribute_kind(is.kind))));
    }
}

pub fn variables(before: &[Variable], after: &[Variable], told: &mut Told) {
    let same = |one: &Variable, other: &Variable| words_of(&one.written) == words_of(&other.written);
    let found = matched(before, after, |variable| &variable.name, same);
    let Matched { kept, renamed, added, removed, moved: _ } = found; // rules have variables put in: their order says nothing
    for Variable { name, written } in added {
        told.add(Part::Variables, format!("`{name}` is added, short for `{written}`"));
    }
    for Variable { name, written } in removed {
        told.add(Part::Variables, format!("`{name}` is removed; it was short for `{written}`"));
    }
    for (was, is) in renamed {
        told.add(Part::Variables, format!("`{}` is now called `{}`", was.name, is.name));
    }
    for (was, is) in kept.into_iter().filter(|(was, is)| !same(was, is)) {
        let (before, after) = shortened(&was.written, &is.written);
        told.add(Part::Variables, format!("`{}` is short for `{after}` instead of `{before}`", is.name));
    }
}

pub fn rejection_reasons(before: &[CompactString], after: &[CompactString], told: &mut Told) {
    let Matched { kept: _, renamed: _, added, removed, moved } = matched(before, after, |reason| reason, |_, _| false);
    let names = |reasons: &[&CompactString]| and(&reasons.iter().map(|reason| format!("“{}”", spelt(reason))).collect::<Vec<_>>());
    if !added.is_empty() {
        told.add(Part::RejectionReasons, format!("{} may be given as well", names(&added)));
    }
    if !removed.is_empty() {
        told.add(Part::RejectionReasons, format!("{} may no longer be given", names(&removed)));
    }
    if !moved.is_empty() {
        told.add(Part::RejectionReasons, "the reasons stand in another order".to_owned());
    }
}

pub fn examples(sides: Sides<'_>, before: &[Example], after: &[Example], told: &mut Told) {
    let given = |one: &Example, other: &Example| story(one, sides.before) == story(other, sides.after);
    let same = |one: &Example, other: &Example| given(one, other) && one.expect == other.expect;
    let Matched { kept, renamed, added, removed, moved } = matched(before, after, |example| &example.name, same);
    for example in added {
        told.add(Part::Examples, format!("“{}” is added: {}", example.name, terms::expected(&example.expect)));
    }
    for example in removed {
        told.add(Part::Examples, format!("“{}” is removed", example.name));
    }
    for (was, is) in renamed {
        told.add(Part::Examples, format!("“{}” is now called “{}”", was.name, is.name));
    }
    for (was, is) in kept {
        // The moment is that of the rulebook's force, told in the header; line and place are the file's layout.
        let Example { name, line: _, span: _, given: _, at: _, expect } = was;
        let Expectation { decision: _, reason: _, route: _ } = expect;
        if !given(was, is) {
            let (before, after) = (terms::given(was, &sides.before.time_zone), terms::given(is, &sides.after.time_zone));
            let words = match (before.join("; "), after.join("; ")) {
                (before, after) if before == after => format!("“{name}” is given something else about the person"),
                (before, after) => {
                    let (before, after) = shortened(&before, &after);
                    format!("“{name}” is given “{after}” instead of “{before}”")
                }
            };
            told.add(Part::Examples, words);
        }
        if *expect != is.expect {
            told.add(Part::Examples, format!("“{name}” is to be {} instead of {}", terms::expected(&is.expect), terms::expected(expect)));
        }
    }
    if !moved.is_empty() {
        let names: Vec<String> = moved.iter().map(|(example, _, _)| format!("“{}”", example.name)).collect();
        told.add(Part::Examples, format!("the order of the cases changes, which decides nothing: {}", and(&names)));
    }
}

/// What an example is given, with times counted from its moment, and without the ids that its place in the file gave it.
fn story(example: &Example, rulebook: &Rulebook) -> Vec<Value> {
    let documents = example.given.iter().filter_map(|document| serde_json::from_slice::<Value>(document).ok());
    documents.map(|document| relative(document, "", example.at, rulebook)).collect()
}

fn relative(value: Value, key: &str, at: Timestamp, rulebook: &Rulebook) -> Value {
    match value {
        Value::Object(entries) => {
            let own_id = |key: &str, value: &Value| key == "interaction_id" && value.as_str().is_some_and(|id| id.starts_with("example-"));
            let kept = entries.into_iter().filter(|(key, value)| !own_id(key, value));
            Value::Object(
                kept.map(|(key, value)| {
                    let inner = relative(value, &key, at, rulebook);
                    (key, inner)
                })
                .collect(),
            )
        }
        Value::String(text) if matches!(key, "occurred_at" | "at") => {
            Timestamp::parse(&text).map_or(Value::String(text), |time| Value::from(time.since_ms(at)))
        }
        Value::String(text) if key == "buy_by" => {
            let today = terms::date(at, &rulebook.time_zone);
            match (Date::parse(&text), today) {
                (Ok(day), Some(today)) => Value::from(day.as_days() - today.as_days()),
                _ => Value::String(text),
            }
        }
        other => other,
    }
}
