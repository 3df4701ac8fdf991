//! Who is who and what counts as what: attributes, roles and their classes, kinds that are lowered.

use compact_str::CompactString;
// hash-order: looked up by key, never walked.
use rustc_hash::FxHashMap;

use super::read;
use crate::contract::code::{
    RULEBOOK_CEILING, RULEBOOK_ROLE_TWICE, RULEBOOK_SHAPE, RULEBOOK_TOO_LARGE, RULEBOOK_UNKNOWN_KIND, RULEBOOK_VALUE,
};
use crate::contract::interaction::MAX_ATTRIBUTES;
use crate::contract::{Class, Kind};
use crate::rulebook::compiled::{Attribute, AttributeKind};
use crate::rulebook::diagnostic::Sink;
use crate::rulebook::expression::clip;
use crate::rulebook::yaml::{Node, Span};

const TYPES: &[(&str, AttributeKind)] =
    &[("bool", AttributeKind::Bool), ("int", AttributeKind::Int), ("double", AttributeKind::Double), ("string", AttributeKind::Text)];
/// The most roles of all classes.
const MAX_ROLES: usize = 1_000;

/// Reads `attributes`: the user's own fields, typed.
pub fn attributes(node: &Node, sink: &mut Sink<'_>) -> Vec<Attribute> {
    let mut attributes = Vec::new();
    for (key, value) in read::entries(node, "`attributes`", sink).unwrap_or_default() {
        if attributes.len() == MAX_ATTRIBUTES {
            sink.error(RULEBOOK_TOO_LARGE, key.span, format!("a rulebook reads at most {MAX_ATTRIBUTES} attributes"));
            break;
        }
        if key.name.is_empty() || key.name.len() > 64 || key.name.chars().any(char::is_control) {
            sink.error(RULEBOOK_VALUE, key.span, "the name of an attribute has 1 to 64 bytes");
            continue;
        }
        let Some((word, _)) = read::scalar(value, "a type: bool, int, double or string", sink) else { continue };
        match TYPES.iter().find(|(name, _)| *name == word) {
            Some((_, kind)) => attributes.push(Attribute { name: key.name.as_str().into(), kind: *kind }),
            None => {
                let message = format!("there is no type `{}`", clip(word));
                sink.error(RULEBOOK_VALUE, value.span, message).nearest(word, TYPES.iter().map(|(name, _)| *name));
            }
        }
    }
    attributes
}

/// Roles by class.
#[derive(Default)]
pub struct Roles {
    /// Role → class.
    pub classes: FxHashMap<CompactString, CompactString>,
    /// Names of classes, in the order of the file.
    pub class_names: Vec<CompactString>,
    /// Names of roles, in the order of the file.
    pub role_names: Vec<CompactString>,
}

/// Reads `roles`.
pub fn roles(node: &Node, sink: &mut Sink<'_>) -> Roles {
    let mut roles = Roles::default();
    for (key, value) in read::entries(node, "`roles`", sink).unwrap_or_default() {
        let Some(class) = read::check_name(&key.name, key.span, "a class of roles", sink) else { continue };
        for node in read::list(value, "a class of roles", MAX_ROLES, sink) {
            let Some((role, _)) = read::scalar(node, "a role", sink) else { continue };
            if role.trim().is_empty() {
                sink.error(RULEBOOK_VALUE, node.span, "a role has a name");
            } else if let Some(other) = roles.classes.get(role) {
                let message = format!("the role `{}` is in class `{other}` already", clip(role));
                sink.error(RULEBOOK_ROLE_TWICE, node.span, message);
            } else {
                roles.classes.insert(role.into(), class.clone());
                roles.role_names.push(role.into());
            }
        }
        roles.class_names.push(class);
    }
    if roles.role_names.len() > MAX_ROLES {
        sink.error(RULEBOOK_TOO_LARGE, node.span, format!("a rulebook has at most {MAX_ROLES} roles"));
    }
    roles
}

/// Reads `evidence.demote`: kinds that count as less than the contract lets them (QUAL-1, QUAL-2).
pub fn demotions(node: &Node, sink: &mut Sink<'_>) -> FxHashMap<Kind, Class> {
    // hash-order: looked up by key, never walked.
    let mut demotions = FxHashMap::default();
    let Some(fields) = read::Fields::of(node, "`evidence`", &["demote"], sink) else { return demotions };
    let Some(demote) = fields.get("demote") else { return demotions };
    for (key, value) in read::entries(demote, "`demote`", sink).unwrap_or_default() {
        let kind = Kind::parse(&key.name);
        if matches!(kind, Kind::Other(_)) {
            unknown_kind(&key.name, key.span, sink);
        }
        let Some((word, _)) = read::scalar(value, "a class", sink) else { continue };
        let Some(class) = Class::ALL.into_iter().find(|class| class.as_str() == word) else {
            let message = format!("there is no class `{}`", clip(word));
            sink.error(RULEBOOK_VALUE, value.span, message).nearest(word, Class::ALL.map(Class::as_str));
            continue;
        };
        let ceiling = kind.ceiling();
        if class > ceiling {
            let message = format!("`{}` is {ceiling} at most, and can't be raised to {class}", clip(&key.name));
            sink.error(RULEBOOK_CEILING, value.span, message).help("a rulebook may lower a kind's class, never raise it (QUAL-1)");
        } else {
            demotions.insert(kind, class);
        }
    }
    demotions
}

fn unknown_kind(name: &str, span: Span, sink: &mut Sink<'_>) {
    let message = format!("nobody knows a kind of interaction `{}`: it is weak, if it is one of your own", clip(name));
    sink.warning(RULEBOOK_UNKNOWN_KIND, span, message).nearest(name, Kind::KNOWN.iter().map(Kind::as_str));
}

/// Reads `rejection_reasons`.
pub fn rejection_reasons(node: &Node, sink: &mut Sink<'_>) -> Vec<CompactString> {
    let mut reasons = Vec::new();
    for node in read::list(node, "`rejection_reasons`", 100, sink) {
        let Some(reason) = read::name(node, "a reason", sink) else { continue };
        if reasons.contains(&reason) {
            sink.error(RULEBOOK_SHAPE, node.span, format!("the reason `{reason}` stands in the list already"));
        } else {
            reasons.push(reason);
        }
    }
    reasons
}
