//! The functions of the language: `has`, `size`, `duration`, `date`, and what asks into texts.

use std::sync::Arc;

use cel::common::ast::{Expr, IdedExpr};

use super::check::{Walk, clip};
use super::fields::{self, ATTRIBUTE, Named};
use super::range::Range;
use super::syntax;
use super::typed::Typed;
use crate::contract::code::{EXPRESSION_ALWAYS_TRUE, EXPRESSION_NEVER_TRUE, EXPRESSION_PATTERN, EXPRESSION_TYPE, EXPRESSION_UNSUPPORTED};
use crate::contract::interaction::MAX_TEXT_BYTES;
use crate::contract::time::DAY_MS;
use crate::contract::{Date, Truth};
use crate::rulebook::operand::Find;
use crate::rulebook::predicate::{Day, Number, Test, Text};
use crate::rulebook::term::{self, Term};

/// The largest compiled pattern, in bytes.
const MAX_PATTERN_BYTES: usize = 64 * 1024;
/// The most bytes of a pattern's text.
const MAX_PATTERN_TEXT: usize = 1_000;
const FUNCTIONS: &[&str] = &["has", "size", "duration", "date", "contains", "startsWith", "endsWith", "matches"];

impl Walk<'_, '_, '_, '_> {
    pub(super) fn function(&mut self, expr: &IdedExpr, name: &str, target: Option<&IdedExpr>, args: &[IdedExpr], depth: usize) -> Typed {
        match (name, target, args) {
            ("has", None, [argument]) => self.has(expr, argument),
            ("size", None, [argument]) => self.size(argument, depth),
            ("size", Some(target), []) => self.size(target, depth),
            ("duration", None, [argument]) => self.duration(argument, depth),
            ("date", None, [argument]) => self.date(argument, depth),
            ("contains", Some(target), [what]) => self.find(target, Find::Anywhere, what, depth),
            ("startsWith", Some(target), [what]) => self.find(target, Find::AtStart, what, depth),
            ("endsWith", Some(target), [what]) => self.find(target, Find::AtEnd, what, depth),
            ("matches", Some(target), [pattern]) => self.matches(target, pattern, depth),
            _ if FUNCTIONS.contains(&name) => {
                let form = match name {
                    "has" => "has(field)",
                    "size" => "size(text) or text.size()",
                    "duration" => "duration(\"90d\")",
                    "date" => "date(\"2027-01-15\")",
                    _ => "text.name(\"what\")",
                };
                self.unsupported(expr, format!("`{name}` is written {form}"))
            }
            _ => {
                self.sink
                    .error(EXPRESSION_UNSUPPORTED, self.tree.function_name(expr, name), format!("there is no function `{}`", clip(name)))
                    .nearest(name, FUNCTIONS.iter().copied());
                Typed::Wrong
            }
        }
    }

    /// The only question about knowing.
    fn has(&mut self, expr: &IdedExpr, argument: &IdedExpr) -> Typed {
        let field = match (&argument.expr, syntax::path(argument)) {
            (_, Some(path)) => match self.field(argument, &path) {
                Some(Named::Field(field)) => field,
                Some(Named::Counts(_)) => return self.always_known(expr),
                None => return Typed::Wrong,
            },
            (Expr::Call(call), None) => match &call.args[..] {
                [operand, index] if matches!(&operand.expr, Expr::Ident(name) if name == ATTRIBUTE) => match self.check(index, 1) {
                    Typed::Text(Text::Literal(name)) => match self.attribute(&name, self.tree.span(index)) {
                        Some(field) => field,
                        None => return Typed::Wrong,
                    },
                    _ => return self.unsupported(argument, "`has` asks about one field"),
                },
                _ => return self.unsupported(argument, "`has` asks about one field"),
            },
            _ => return self.unsupported(argument, "`has` asks about one field"),
        };
        if fields::always_known(field) {
            return self.always_known(expr);
        }
        Typed::Truth(Test::Known(field))
    }

    fn always_known(&mut self, expr: &IdedExpr) -> Typed {
        self.sink.warning(EXPRESSION_ALWAYS_TRUE, self.tree.span(expr), "this is always true: the field is always known");
        Typed::Truth(Test::Constant(Truth::True))
    }

    fn size(&mut self, argument: &IdedExpr, depth: usize) -> Typed {
        match self.check(argument, depth + 1) {
            Typed::Text(text) => Typed::Number(Number::Size(Arc::new(text)), Range::whole(0.0, MAX_TEXT_BYTES as f64)),
            other => self.mismatch(argument, "a text", other.type_of()),
        }
    }

    fn duration(&mut self, argument: &IdedExpr, depth: usize) -> Typed {
        match self.check(argument, depth + 1) {
            Typed::Text(Text::Literal(text)) => match Term::parse(&text) {
                Some(term) => {
                    let days = term.wall_ms() as f64 / DAY_MS as f64;
                    Typed::Days(Number::Literal(days), Range::point(days))
                }
                None => {
                    self.sink.error(EXPRESSION_TYPE, self.tree.span(argument), term::EXPECTED);
                    Typed::Wrong
                }
            },
            Typed::Text(_) => self.unsupported(argument, "a duration has to be a literal"),
            other => self.mismatch(argument, "a duration in quotes, like \"90d\"", other.type_of()),
        }
    }

    fn date(&mut self, argument: &IdedExpr, depth: usize) -> Typed {
        match self.check(argument, depth + 1) {
            Typed::Text(Text::Literal(text)) => match Date::parse(&text) {
                Ok(date) => Typed::Date(Day::Literal(date)),
                Err(error) => {
                    self.sink.error(EXPRESSION_TYPE, self.tree.span(argument), format!("this is {error}"));
                    Typed::Wrong
                }
            },
            Typed::Text(_) => self.unsupported(argument, "a date has to be a literal"),
            other => self.mismatch(argument, "a date in quotes, like \"2027-01-15\"", other.type_of()),
        }
    }

    fn find(&mut self, target: &IdedExpr, find: Find, what: &IdedExpr, depth: usize) -> Typed {
        match (self.check(target, depth + 1), self.check(what, depth + 1)) {
            (Typed::Text(text), Typed::Text(wanted)) => {
                if matches!(&wanted, Text::Literal(literal) if literal.is_empty()) {
                    let message = "this is always true where it is known: every text holds the empty one";
                    self.sink
                        .warning(EXPRESSION_ALWAYS_TRUE, self.tree.span(what), message)
                        .help("to ask whether it is known, write has(…)");
                }
                if matches!(&wanted, Text::Literal(literal) if literal.len() > MAX_TEXT_BYTES) {
                    self.sink.error(EXPRESSION_NEVER_TRUE, self.tree.span(what), "this can never be: texts are cut to 256 bytes");
                }
                Typed::Truth(Test::Find(Arc::new((text, find, wanted))))
            }
            (Typed::Text(_), other) => self.mismatch(what, "a text", other.type_of()),
            (other, _) => self.mismatch(target, "a text", other.type_of()),
        }
    }

    fn matches(&mut self, target: &IdedExpr, pattern: &IdedExpr, depth: usize) -> Typed {
        let text = match self.check(target, depth + 1) {
            Typed::Text(text) => text,
            other => return self.mismatch(target, "a text", other.type_of()),
        };
        let written = match self.check(pattern, depth + 1) {
            Typed::Text(Text::Literal(written)) => written,
            Typed::Text(_) => return self.unsupported(pattern, "a pattern has to be a literal"),
            other => return self.mismatch(pattern, "a pattern in quotes", other.type_of()),
        };
        let span = self.tree.span(pattern);
        if written.len() > MAX_PATTERN_TEXT {
            self.sink.error(EXPRESSION_PATTERN, span, "a pattern has at most 1,000 bytes");
            return Typed::Wrong;
        }
        let compiled =
            regex::RegexBuilder::new(&written).size_limit(MAX_PATTERN_BYTES).dfa_size_limit(MAX_PATTERN_BYTES).nest_limit(32).build();
        match compiled {
            Ok(regex) => Typed::Truth(Test::Matches(Arc::new((text, regex)))),
            Err(regex::Error::CompiledTooBig(_)) => {
                self.sink.error(EXPRESSION_PATTERN, span, "the pattern compiles to more than 64 KiB");
                Typed::Wrong
            }
            Err(error) => {
                let words = error.to_string();
                let why = words.lines().last().unwrap_or_default().trim().trim_start_matches("error: ").to_owned();
                self.sink.error(EXPRESSION_PATTERN, span, format!("this is no pattern: {why}"));
                Typed::Wrong
            }
        }
    }
}
