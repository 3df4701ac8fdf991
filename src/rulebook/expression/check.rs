//! Types: every name resolved, every operator given what it can take, every mistake said at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};
use compact_str::CompactString;

use super::fields::{self, ATTRIBUTE, Named};
use super::range::Range;
use super::syntax::{self, MAX_DEPTH, Source, Tree};
use super::typed::{Item, Type, Typed};
use crate::contract::Truth;
use crate::contract::account_key::FreeMail;
use crate::contract::code::{EXPRESSION_TOO_COMPLEX, EXPRESSION_TYPE, EXPRESSION_UNKNOWN_FIELD, EXPRESSION_UNSUPPORTED};
use crate::rulebook::compiled::Attribute;
use crate::rulebook::diagnostic::Sink;
use crate::rulebook::operand::{Arithmetic, Comparison, Field};
use crate::rulebook::predicate::{Day, Number, Predicate, Test, Text};
use crate::rulebook::subject::CountField;
use crate::rulebook::yaml::Span;

/// The most parts of one expression with its variables put in.
const MAX_PARTS: usize = 2_000;
/// The most parts of all expressions of a rulebook.
const MAX_PARTS_ALTOGETHER: usize = 100_000;
/// The most items of a list.
pub const MAX_ITEMS: usize = 10_000;

/// A variable that was read.
#[derive(Debug)]
pub struct Variable {
    /// Its expression.
    pub typed: Typed,
    /// How many parts it has.
    pub parts: usize,
    /// Whether anything names it.
    pub used: bool,
}

/// An expression that was checked.
pub struct Checked {
    /// What it is; [`Typed::Wrong`] where something was reported.
    pub typed: Typed,
    /// How many parts it has, with its variables put in.
    pub parts: usize,
    /// Its place.
    pub span: Span,
}

/// What expressions are checked against.
pub struct Checker<'r> {
    /// The user's own fields.
    pub attributes: &'r [Attribute],
    /// Classes of roles, for comparisons with `person.role_class`.
    pub role_classes: &'r [CompactString],
    /// Roles that are in a class.
    pub roles: &'r [CompactString],
    /// Variables so far.
    pub variables: BTreeMap<String, Variable>,
    /// Where variables are defined.
    pub places: BTreeMap<String, Span>,
    /// Providers of free mail are nobody's company.
    free_mail: Option<FreeMail>,
    parser: cel::Env,
    parts: usize,
}

impl<'r> Checker<'r> {
    pub fn new(attributes: &'r [Attribute], role_classes: &'r [CompactString], roles: &'r [CompactString]) -> Self {
        let parser = cel::Env::default().with_optional_support(false);
        Self { attributes, role_classes, roles, variables: BTreeMap::new(), places: BTreeMap::new(), free_mail: None, parser, parts: 0 }
    }

    /// The list of providers, read when it is first asked for.
    pub fn free_mail(&mut self) -> &FreeMail {
        self.free_mail.get_or_insert_default()
    }

    /// A rule's condition: true, false or unknown.
    pub fn predicate(&mut self, text: &str, span: Span, sink: &mut Sink<'_>) -> Option<Predicate> {
        let checked = self.expression(text, span, sink);
        match checked.typed {
            Typed::Truth(test) => Some(Predicate::new(test, text, checked.span.start..checked.span.end)),
            Typed::Wrong => None,
            other => {
                let found = other.type_of().in_words();
                sink.error(EXPRESSION_TYPE, checked.span, format!("a rule has to be true or false, this is {found}"));
                None
            }
        }
    }

    /// Any expression, with the number of its parts and its place within the quotes.
    pub fn expression(&mut self, text: &str, span: Span, sink: &mut Sink<'_>) -> Checked {
        let source = Source::new(text, span, sink.text());
        let Some(tree) = syntax::parse(source, self.parser.parser(), sink) else { return Checked { typed: Typed::Wrong, parts: 0, span } };
        let mut walk = Walk { checker: self, tree: &tree, sink, parts: 0, refused: false };
        let typed = walk.check(&tree.root, 0);
        let parts = walk.parts;
        let refused = walk.refused;
        let span = tree.span(&tree.root);
        self.parts += parts;
        if self.parts > MAX_PARTS_ALTOGETHER && !refused {
            sink.error(EXPRESSION_TOO_COMPLEX, span, "all expressions together, with their variables put in, have more than 100,000 parts");
            return Checked { typed: Typed::Wrong, parts, span };
        }
        Checked { typed: if refused { Typed::Wrong } else { typed }, parts, span }
    }
}

/// One expression being checked.
pub(super) struct Walk<'w, 'r, 's, 'f> {
    pub checker: &'w mut Checker<'r>,
    pub tree: &'w Tree<'w>,
    pub sink: &'s mut Sink<'f>,
    parts: usize,
    /// A bound was passed; said once.
    refused: bool,
}

impl Walk<'_, '_, '_, '_> {
    pub fn check(&mut self, expr: &IdedExpr, depth: usize) -> Typed {
        self.count(1, expr);
        if self.refused {
            return Typed::Wrong;
        }
        if depth > MAX_DEPTH {
            return self.refuse(expr, "the expression nests deeper than 64");
        }
        match &expr.expr {
            Expr::Literal(literal) => self.literal(expr, literal),
            Expr::Ident(_) | Expr::Select(_) => self.name(expr),
            Expr::List(list) => self.list(&list.elements),
            Expr::Call(call) => self.call(expr, call, depth),
            Expr::Map(_) | Expr::Struct(_) => self.unsupported(expr, "maps are not part of the language"),
            Expr::Comprehension(_) | Expr::Unspecified => self.unsupported(expr, "this is not part of the language"),
        }
    }

    fn count(&mut self, parts: usize, expr: &IdedExpr) {
        self.parts += parts;
        if self.parts > MAX_PARTS && !self.refused {
            self.refuse(expr, "the expression, with its variables put in, has more than 2,000 parts");
        }
    }

    fn refuse(&mut self, expr: &IdedExpr, why: &str) -> Typed {
        if !self.refused {
            self.sink.error(EXPRESSION_TOO_COMPLEX, self.tree.sign(expr), why);
        }
        self.refused = true;
        Typed::Wrong
    }

    pub fn unsupported(&mut self, expr: &IdedExpr, why: impl Into<String>) -> Typed {
        self.sink.error(EXPRESSION_UNSUPPORTED, self.tree.span(expr), why);
        Typed::Wrong
    }

    /// Reports what is there instead of what was expected; a mistake that was reported already stays one mistake.
    pub fn mismatch(&mut self, expr: &IdedExpr, expected: &str, found: Type) -> Typed {
        if found != Type::Wrong {
            self.sink.error(EXPRESSION_TYPE, self.tree.span(expr), format!("expected {expected}, this is {}", found.in_words()));
        }
        Typed::Wrong
    }

    fn literal(&mut self, expr: &IdedExpr, literal: &LiteralValue) -> Typed {
        match literal {
            LiteralValue::Boolean(value) => Typed::constant(*value.inner()),
            LiteralValue::Int(value) => number(*value.inner() as f64),
            LiteralValue::UInt(value) => number(*value.inner() as f64),
            LiteralValue::Double(value) => number(*value.inner()),
            LiteralValue::String(text) => Typed::Text(Text::Literal(text.inner().into())),
            LiteralValue::Null => {
                let typed = self.unsupported(expr, "there is no `null`: what isn't known is unknown");
                self.help("ask with `has(field)` or `!has(field)`");
                typed
            }
            LiteralValue::Bytes(_) => self.unsupported(expr, "bytes are not part of the language"),
        }
    }

    /// Adds help to what was reported last.
    pub fn help(&mut self, help: impl Into<String>) {
        self.sink.help_last(help);
    }

    /// A field, an attribute or a variable.
    fn name(&mut self, expr: &IdedExpr) -> Typed {
        let Some(path) = syntax::path(expr) else {
            return self.unsupported(expr, "only the contract's fields can be named with a dot");
        };
        if let [name] = path[..]
            && let Some(variable) = self.checker.variables.get_mut(name)
        {
            variable.used = true;
            let (typed, parts) = (variable.typed.clone(), variable.parts);
            self.count(parts, expr);
            return typed;
        }
        match self.field(expr, &path) {
            Some(Named::Field(field)) => fields::lower(field, self.checker.attributes),
            Some(Named::Counts(field)) => Typed::Counts(field),
            None => Typed::Wrong,
        }
    }

    /// The field of this path; reports an unknown one with the nearest name.
    pub fn field(&mut self, expr: &IdedExpr, path: &[&str]) -> Option<Named> {
        if let [ATTRIBUTE, name] = path {
            return self.attribute(name, self.tree.last_name(expr)).map(Named::Field);
        }
        let joined = path.join(".");
        if let Some(named) = fields::field(&joined) {
            return Some(named);
        }
        let span = if path.len() > 1 && fields::paths().any(|known| known.starts_with(&format!("{}.", path[0]))) {
            self.tree.last_name(expr)
        } else {
            self.tree.span(expr)
        };
        let own: Vec<String> = self.checker.attributes.iter().map(|attribute| format!("{ATTRIBUTE}.{}", attribute.name)).collect();
        let variables: Vec<String> = self.checker.variables.keys().cloned().collect();
        let known: Vec<&str> =
            fields::paths().collect::<Vec<&str>>().into_iter().chain(own.iter().chain(&variables).map(String::as_str)).collect();
        let within: Vec<&str> = known.iter().copied().filter(|known| known.starts_with(&format!("{}.", path[0]))).collect();
        let diagnostic = self.sink.error(EXPRESSION_UNKNOWN_FIELD, span, format!("there is no field `{}`", clip(&joined)));
        let last = path.last().copied().unwrap_or_default();
        let elsewhere = || known.iter().copied().find(|known| known.rsplit('.').next() == Some(last));
        if let Some(near) = crate::rulebook::diagnostic::nearest(&joined, known.iter().copied()).or_else(elsewhere) {
            diagnostic.help(format!("did you mean `{near}`?"));
        } else if !within.is_empty() {
            diagnostic.nearest(&joined, within);
        } else {
            diagnostic
                .help("fields begin with interaction, campaign, person, company, declared, account or attribute, or are offering or today");
        }
        None
    }

    /// The user's own field of this name.
    pub fn attribute(&mut self, name: &str, span: Span) -> Option<Field> {
        if let Some(index) = self.checker.attributes.iter().position(|attribute| attribute.name == name) {
            return Some(Field::Attribute(index));
        }
        let known: Vec<&str> = self.checker.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
        let message = format!("the rulebook declares no attribute `{}`", clip(name));
        let diagnostic = self.sink.error(EXPRESSION_UNKNOWN_FIELD, span, message);
        diagnostic.nearest(name, known);
        if diagnostic.help.is_none() {
            diagnostic.help(format!("declare it with its type: attributes: {{ {}: int }}", clip(name)));
        }
        None
    }

    fn list(&mut self, elements: &[IdedExpr]) -> Typed {
        let mut items: Vec<(Item, Span)> = Vec::with_capacity(elements.len());
        if elements.len() > MAX_ITEMS {
            return self.refuse(&elements[MAX_ITEMS], "a list has at most 10,000 items");
        }
        for element in elements {
            let span = self.tree.span(element);
            let depth_of_a_list = 1;
            // Items don't count as parts: their number has a bound of its own.
            let parts = self.parts;
            let item = match self.check(element, depth_of_a_list) {
                Typed::Text(Text::Literal(text)) => Item::Text(text),
                Typed::Number(Number::Literal(number), _) => Item::Number(number),
                Typed::Date(Day::Literal(date)) => Item::Date(date),
                Typed::Wrong => return Typed::Wrong,
                _ => return self.unsupported(element, "lists hold literals only"),
            };
            self.parts = parts;
            if let Some((first, _)) = items.first()
                && first.type_of() != item.type_of()
            {
                let expected = format!("{} like the items before", first.type_of().in_words());
                return self.mismatch(element, &expected, item.type_of());
            }
            items.push((item, span));
        }
        Typed::List(items.into())
    }

    fn call(&mut self, expr: &IdedExpr, call: &CallExpr, depth: usize) -> Typed {
        match (call.func_name.as_str(), &call.target, &call.args[..]) {
            (operators::LOGICAL_AND, None, [left, right]) => self.logic(left, right, depth, true),
            (operators::LOGICAL_OR, None, [left, right]) => self.logic(left, right, depth, false),
            (operators::LOGICAL_NOT, None, [operand]) => match self.check(operand, depth + 1) {
                Typed::Truth(Test::Constant(truth)) => Typed::Truth(Test::Constant(truth.negate())),
                Typed::Truth(test) => Typed::Truth(Test::Not(Arc::new(test))),
                other => self.mismatch(operand, "true or false", other.type_of()),
            },
            (operators::CONDITIONAL, None, [condition, then, otherwise]) => self.choice(condition, then, otherwise, depth),
            (operators::NEGATE, None, [operand]) => match self.check(operand, depth + 1) {
                Typed::Number(value, range) => calculate(number(0.0), Arithmetic::Subtract, value, range),
                other => self.mismatch(operand, "a number", other.type_of()),
            },
            (operators::INDEX, None, [operand, index]) => self.index(operand, index, depth),
            (operators::IN, None, [item, list]) => self.membership(expr, item, list, depth),
            (name, None, [left, right]) if comparison(name).is_some() => {
                let comparison = comparison(name).unwrap_or(Comparison::Equal);
                self.compare(expr, left, comparison, right, depth)
            }
            (name, None, [left, right]) if arithmetic(name).is_some() => {
                let arithmetic = arithmetic(name).unwrap_or(Arithmetic::Add);
                self.arithmetic(left, arithmetic, right, depth)
            }
            (operators::MODULO, ..) => self.unsupported(expr, "there is no remainder `%` in the language"),
            (_, target, args) => self.function(expr, &call.func_name, target.as_deref(), args, depth),
        }
    }

    fn logic(&mut self, left: &IdedExpr, right: &IdedExpr, depth: usize, and: bool) -> Typed {
        let mut tests = Vec::new();
        let mut wrong = false;
        for side in [left, right] {
            match self.check(side, depth + 1) {
                // `a && b && c` comes as a tree: one flat list is faster to ask.
                Typed::Truth(Test::All(more)) if and => tests.extend(more.iter().cloned()),
                Typed::Truth(Test::Any(more)) if !and => tests.extend(more.iter().cloned()),
                Typed::Truth(test) => tests.push(test),
                other => {
                    self.mismatch(side, "true or false", other.type_of());
                    wrong = true;
                }
            }
        }
        match (wrong, and) {
            (true, _) => Typed::Wrong,
            (false, true) => Typed::Truth(Test::All(tests.into())),
            (false, false) => Typed::Truth(Test::Any(tests.into())),
        }
    }

    fn choice(&mut self, condition: &IdedExpr, then: &IdedExpr, otherwise: &IdedExpr, depth: usize) -> Typed {
        let test = match self.check(condition, depth + 1) {
            Typed::Truth(test) => Some(test),
            other => {
                self.mismatch(condition, "true or false", other.type_of());
                None
            }
        };
        let branches = (self.check(then, depth + 1), self.check(otherwise, depth + 1));
        let Some(test) = test else { return Typed::Wrong };
        match branches {
            (Typed::Truth(a), Typed::Truth(b)) => Typed::Truth(Test::Choose(Arc::new([test, a, b]))),
            (Typed::Number(a, x), Typed::Number(b, y)) => Typed::Number(Number::Choose(Arc::new((test, a, b))), x.or(y)),
            (Typed::Days(a, x), Typed::Days(b, y)) => Typed::Days(Number::Choose(Arc::new((test, a, b))), x.or(y)),
            (Typed::Text(a), Typed::Text(b)) => Typed::Text(Text::Choose(Arc::new((test, a, b)))),
            (Typed::Date(a), Typed::Date(b)) => Typed::Date(Day::Choose(Arc::new((test, a, b)))),
            (Typed::Wrong, _) | (_, Typed::Wrong) => Typed::Wrong,
            (a, b) if a.type_of() == b.type_of() => self.mismatch(then, "a single value", a.type_of()),
            (a, b) => self.mismatch(otherwise, &format!("{} like the other branch", a.type_of().in_words()), b.type_of()),
        }
    }

    /// `account.kinds_seen["demo_requested"]`, `attribute["any name"]`.
    fn index(&mut self, operand: &IdedExpr, index: &IdedExpr, depth: usize) -> Typed {
        let is_attribute = matches!(&operand.expr, Expr::Ident(name) if name == ATTRIBUTE);
        let counts = if is_attribute { None } else { Some(self.check(operand, depth + 1)) };
        let name = match self.check(index, depth + 1) {
            Typed::Text(Text::Literal(name)) => name,
            Typed::Text(_) => return self.unsupported(index, "the name in brackets has to be a literal"),
            other => return self.mismatch(index, "a name in quotes", other.type_of()),
        };
        match counts {
            None => {
                self.attribute(&name, self.tree.span(index)).map_or(Typed::Wrong, |field| fields::lower(field, self.checker.attributes))
            }
            Some(Typed::Counts(field)) => {
                self.name_of_count(field, &name, self.tree.span(index));
                Typed::Number(Number::Count(field, name), Range::of_count(field))
            }
            Some(other) => self.mismatch(operand, "counts by name, like `account.kinds_seen`", other.type_of()),
        }
    }

    /// Kinds are open, so one that nobody knows is only worth a warning.
    pub fn name_of_count(&mut self, field: CountField, name: &str, span: Span) {
        match field {
            CountField::KindsSeen => self.warn_of_unknown_kind(name, span),
            CountField::RolesSeen => self.warn_of_unknown_role(name, span),
            CountField::SenioritiesSeen => {}
        }
    }

    fn arithmetic(&mut self, left: &IdedExpr, arithmetic: Arithmetic, right: &IdedExpr, depth: usize) -> Typed {
        match (self.check(left, depth + 1), self.check(right, depth + 1)) {
            (Typed::Wrong, _) | (_, Typed::Wrong) => Typed::Wrong,
            (number @ Typed::Number(..), Typed::Number(value, range)) => calculate(number, arithmetic, value, range),
            (Typed::Date(day), Typed::Days(Number::Literal(days), _)) if matches!(arithmetic, Arithmetic::Add | Arithmetic::Subtract) => {
                if days.fract() != 0.0 {
                    return self.mismatch(right, "whole days, like duration(\"90d\")", Type::Days);
                }
                let days = if arithmetic == Arithmetic::Add { days } else { -days };
                Typed::Date(Day::Moved(Arc::new(day), days as i32))
            }
            (Typed::Date(to), Typed::Date(from)) if arithmetic == Arithmetic::Subtract => {
                Typed::Days(Number::DaysBetween(Arc::new((to, from))), Range { whole: true, ..Range::ANY })
            }
            (Typed::Date(_), Typed::Number(..)) => {
                self.mismatch(right, "a span of time", Type::Number);
                self.help("write days as duration(\"90d\")");
                Typed::Wrong
            }
            (Typed::Text(_), Typed::Text(_)) => self.mismatch(left, "a number or a date: texts are not put together", Type::Text),
            (Typed::Date(_), other) => self.mismatch(right, "a span of time, like duration(\"90d\")", other.type_of()),
            (Typed::Number(..), other) => self.mismatch(right, "a number", other.type_of()),
            (other, _) => self.mismatch(left, "a number or a date", other.type_of()),
        }
    }
}

fn number(value: f64) -> Typed {
    Typed::Number(Number::Literal(value), Range::point(value))
}

fn calculate(left: Typed, arithmetic: Arithmetic, right: Number, right_range: Range) -> Typed {
    let Typed::Number(left, left_range) = left else { return Typed::Wrong };
    let range = left_range.calculate(arithmetic, right_range);
    if let (Number::Literal(a), Number::Literal(b)) = (&left, &right)
        && let Some(result) = arithmetic.of(*a, *b)
    {
        return number(result);
    }
    Typed::Number(Number::Calculated(Arc::new((left, arithmetic, right))), range)
}

fn comparison(name: &str) -> Option<Comparison> {
    Some(match name {
        operators::EQUALS => Comparison::Equal,
        operators::NOT_EQUALS => Comparison::Unequal,
        operators::LESS => Comparison::Less,
        operators::LESS_EQUALS => Comparison::AtMost,
        operators::GREATER => Comparison::Greater,
        operators::GREATER_EQUALS => Comparison::AtLeast,
        _ => return None,
    })
}

fn arithmetic(name: &str) -> Option<Arithmetic> {
    Some(match name {
        operators::ADD => Arithmetic::Add,
        operators::SUBSTRACT => Arithmetic::Subtract,
        operators::MULTIPLY => Arithmetic::Multiply,
        operators::DIVIDE => Arithmetic::Divide,
        _ => return None,
    })
}

/// A name of the file for a message: not longer than a message may be.
pub fn clip(name: &str) -> String {
    if name.chars().count() <= 60 { name.to_owned() } else { format!("{}…", name.chars().take(60).collect::<String>()) }
}

/// The answer that a test always gives, where it reads nothing.
pub(super) fn constant(test: &Test) -> Option<Truth> {
    test.constant()
}
