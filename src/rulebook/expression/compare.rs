//! Comparisons and membership, and what of them can never be true.
//!
//! A rule that silently never holds is worse than one that does not load, so values that a field can't have are refused, and names
//! that nobody knows where names are open are warned of.

use std::sync::Arc;

use cel::common::ast::IdedExpr;
use compact_str::CompactString;

use super::check::{Walk, clip};
use super::range::Range;
use super::typed::{Item, Type, Typed};
use crate::contract::account_key::named_domain;
use crate::contract::code::{EXPRESSION_ALWAYS_TRUE, EXPRESSION_NEVER_TRUE, EXPRESSION_TYPE, RULEBOOK_UNKNOWN_KIND};
use crate::contract::interaction::MAX_TEXT_BYTES;
use crate::contract::{Class, Kind, Truth};
use crate::rulebook::diagnostic;
use crate::rulebook::operand::{Comparison, TextSet};
use crate::rulebook::predicate::{Number, Test, Text};
use crate::rulebook::subject::TextField;
use crate::rulebook::yaml::Span;

impl Walk<'_, '_, '_, '_> {
    pub(super) fn compare(&mut self, expr: &IdedExpr, left: &IdedExpr, comparison: Comparison, right: &IdedExpr, depth: usize) -> Typed {
        let test = match (self.check(left, depth + 1), self.check(right, depth + 1)) {
            (Typed::Wrong, _) | (_, Typed::Wrong) => return Typed::Wrong,
            (Typed::Number(a, x), Typed::Number(b, y)) | (Typed::Days(a, x), Typed::Days(b, y)) => {
                return self.compare_numbers(expr, (a, x), comparison, (b, y));
            }
            (Typed::Text(a), Typed::Text(b)) => {
                self.text_values(&a, &b, comparison, self.tree.span(right));
                self.text_values(&b, &a, comparison, self.tree.span(left));
                texts(a, comparison, b)
            }
            (Typed::Date(a), Typed::Date(b)) => Test::Dates(Arc::new((a, comparison, b))),
            (Typed::Truth(a), Typed::Truth(b)) => match comparison {
                Comparison::Equal => Test::Same(Arc::new([a, b])),
                Comparison::Unequal => Test::Not(Arc::new(Test::Same(Arc::new([a, b])))),
                _ => return self.mismatch(expr, "== or != between two truths", Type::Truth),
            },
            (Typed::Date(_), Typed::Text(Text::Literal(text))) | (Typed::Text(Text::Literal(text)), Typed::Date(_)) => {
                self.sink.error(EXPRESSION_TYPE, self.tree.span(expr), "a date is compared with a text");
                self.help(format!("write a date as date(\"{}\")", clip(&text)));
                return Typed::Wrong;
            }
            (a, b) if a.type_of() == b.type_of() => return self.mismatch(expr, "a comparison of single values", a.type_of()),
            (a, b) => {
                let message = format!("{} is compared with {}", a.type_of().in_words(), b.type_of().in_words());
                self.sink.error(EXPRESSION_TYPE, self.tree.span(expr), message);
                return Typed::Wrong;
            }
        };
        self.settle(expr, test)
    }

    fn compare_numbers(&mut self, expr: &IdedExpr, left: (Number, Range), comparison: Comparison, right: (Number, Range)) -> Typed {
        let ((a, x), (b, y)) = (left, right);
        match x.compare(comparison, y) {
            Some(false) => {
                let message = format!("this can never be true: the left side is {}, the right side {}", x.in_words(), y.in_words());
                self.sink.error(EXPRESSION_NEVER_TRUE, self.tree.span(expr), message);
                return Typed::Wrong;
            }
            Some(true) => {
                let message =
                    format!("this is always true where it is known: the left side is {}, the right side {}", x.in_words(), y.in_words());
                self.sink.warning(EXPRESSION_ALWAYS_TRUE, self.tree.span(expr), message).help("to ask whether it is known, write has(…)");
            }
            None => {}
        }
        let test = match (a, b) {
            (Number::Field(field), Number::Literal(number)) => Test::NumberIs(field, comparison, number),
            (a, b) => Test::Numbers(Arc::new((a, comparison, b))),
        };
        Typed::Truth(test)
    }

    /// A test between constants is what it is.
    fn settle(&mut self, expr: &IdedExpr, test: Test) -> Typed {
        match super::check::constant(&test) {
            Some(Truth::True) => {
                self.sink.warning(EXPRESSION_ALWAYS_TRUE, self.tree.span(expr), "this is always true: it names no field");
            }
            Some(_) => {
                self.sink.error(EXPRESSION_NEVER_TRUE, self.tree.span(expr), "this can never be true: it names no field");
                return Typed::Wrong;
            }
            None => {}
        }
        Typed::Truth(test)
    }

    /// `x in [a, b]`, `"x" in account.roles_seen`.
    pub(super) fn membership(&mut self, expr: &IdedExpr, item: &IdedExpr, list: &IdedExpr, depth: usize) -> Typed {
        let item_type = self.check(item, depth + 1);
        let items = match self.check(list, depth + 1) {
            Typed::List(items) => items,
            Typed::Counts(field) => {
                return match item_type {
                    Typed::Text(Text::Literal(name)) => {
                        self.name_of_count(field, &name, self.tree.span(item));
                        Typed::Truth(Test::Seen(field, name))
                    }
                    Typed::Text(_) => self.unsupported(item, "what is looked for in counts has to be a literal"),
                    other => self.mismatch(item, "a name in quotes", other.type_of()),
                };
            }
            other => return self.mismatch(list, "a list or counts by name", other.type_of()),
        };
        let Some((first, _)) = items.first() else {
            self.sink.error(EXPRESSION_NEVER_TRUE, self.tree.span(expr), "this can never be true: the list is empty");
            return Typed::Wrong;
        };
        let wanted = first.type_of();
        match item_type {
            Typed::Wrong => Typed::Wrong,
            Typed::Text(text) if wanted == Type::Text => {
                for (item, span) in items.iter() {
                    if let Item::Text(value) = item {
                        self.text_values(&text, &Text::Literal(value.clone()), Comparison::Equal, *span);
                    }
                }
                let values: Vec<CompactString> = items.iter().filter_map(|(item, _)| as_text(item)).collect();
                let set = Arc::new(TextSet::new(values));
                let test = match text {
                    Text::Field(field) => Test::TextAmong(field, set),
                    text => Test::Among(Arc::new((text, set))),
                };
                self.settle(expr, test)
            }
            Typed::Number(number, range) if wanted == Type::Number => {
                for (item, span) in items.iter() {
                    if let Item::Number(value) = item
                        && range.compare(Comparison::Equal, Range::point(*value)) == Some(false)
                    {
                        let message = format!("this can never be: the left side is {}", range.in_words());
                        self.sink.error(EXPRESSION_NEVER_TRUE, *span, message);
                    }
                }
                let mut values: Vec<f64> = items.iter().filter_map(|(item, _)| as_number(item)).collect();
                values.sort_by(f64::total_cmp);
                self.settle(expr, Test::NumberAmong(Arc::new((number, values.into()))))
            }
            Typed::Date(day) if wanted == Type::Date => {
                let mut values: Vec<_> =
                    items.iter().filter_map(|(item, _)| if let Item::Date(date) = item { Some(*date) } else { None }).collect();
                values.sort_unstable();
                self.settle(expr, Test::DateAmong(Arc::new((day, values.into()))))
            }
            other => self.mismatch(item, &format!("{} like the list's items", wanted.in_words()), other.type_of()),
        }
    }

    /// Whether a field can have the value that it is compared with.
    fn text_values(&mut self, field: &Text, value: &Text, comparison: Comparison, span: Span) {
        let (Text::Field(_) | Text::Attribute(_), Text::Literal(value)) = (field, value) else { return };
        if !matches!(comparison, Comparison::Equal | Comparison::Unequal) {
            return;
        }
        if value.trim().is_empty() {
            self.impossible(span, "an empty text is unknown, never a value").help("to ask whether it is known, write has(…)");
            return;
        }
        if value.len() > MAX_TEXT_BYTES {
            self.impossible(span, "texts are cut to 256 bytes");
            return;
        }
        let Text::Field(field) = field else { return };
        match field {
            TextField::InteractionKind => self.warn_of_unknown_kind(value, span),
            TextField::InteractionClass if !Class::ALL.iter().any(|class| class.as_str() == value) => {
                let names = Class::ALL.map(Class::as_str);
                self.impossible(span, "there is no such class of interactions").nearest(value, names);
            }
            TextField::PersonRoleClass => {
                let classes = self.checker.role_classes;
                if !classes.contains(value) {
                    self.impossible(span, "`roles` has no such class").nearest(value, classes.iter().map(CompactString::as_str));
                }
            }
            TextField::PersonRole => self.warn_of_unknown_role(value, span),
            TextField::CompanyDomain => self.check_domain(value, span),
            _ => {}
        }
    }

    fn impossible(&mut self, span: Span, why: &str) -> &mut diagnostic::Diagnostic {
        self.sink.error(EXPRESSION_NEVER_TRUE, span, format!("this can never be: {why}"))
    }

    /// `company.domain` is the registrable domain in lower case, so nothing else equals it.
    fn check_domain(&mut self, value: &CompactString, span: Span) {
        let registrable = named_domain(value, self.checker.free_mail());
        if registrable.as_ref() == Some(value) {
            return;
        }
        let diagnostic = self.impossible(span, "`company.domain` is a company's registrable domain in lower case");
        if let Some(registrable) = registrable {
            diagnostic.help(format!("write \"{registrable}\""));
        }
    }

    /// Kinds are open: a slip of the pen can only be guessed.
    pub(super) fn warn_of_unknown_kind(&mut self, name: &str, span: Span) {
        if Kind::KNOWN.iter().any(|kind| kind.as_str() == name) {
            return;
        }
        let message = format!("nobody knows a kind of interaction `{}`: it counts as weak, if it is one of your own", clip(name));
        self.sink.warning(RULEBOOK_UNKNOWN_KIND, span, message).nearest(name, Kind::KNOWN.iter().map(Kind::as_str));
    }

    /// Roles are open too: only one that is nearly another is suspicious.
    pub(super) fn warn_of_unknown_role(&mut self, name: &str, span: Span) {
        let roles = self.checker.roles;
        if roles.iter().any(|role| role == name) {
            return;
        }
        if let Some(near) = diagnostic::nearest(name, roles.iter().map(CompactString::as_str)) {
            let message = format!("no class of `roles` has a role `{}`", clip(name));
            self.sink.warning(RULEBOOK_UNKNOWN_KIND, span, message).help(format!("did you mean `{near}`?"));
        }
    }
}

fn as_text(item: &Item) -> Option<CompactString> {
    if let Item::Text(text) = item { Some(text.clone()) } else { None }
}

fn as_number(item: &Item) -> Option<f64> {
    if let Item::Number(number) = item { Some(*number) } else { None }
}

fn texts(left: Text, comparison: Comparison, right: Text) -> Test {
    match (left, comparison, right) {
        (Text::Field(field), Comparison::Equal, Text::Literal(text)) | (Text::Literal(text), Comparison::Equal, Text::Field(field)) => {
            Test::TextIs(field, text)
        }
        (Text::Field(field), Comparison::Unequal, Text::Literal(text)) | (Text::Literal(text), Comparison::Unequal, Text::Field(field)) => {
            Test::Not(Arc::new(Test::TextIs(field, text)))
        }
        (left, comparison, right) => Test::Texts(Arc::new((left, comparison, right))),
    }
}
