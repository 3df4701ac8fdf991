//! From a scalar of the file to a syntax tree whose nodes know their place in the file.
//!
//! The parser is `cel`'s; its macros and its interpreter stay unused. Whatever could make it slow or deep is refused before it is
//! asked.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, SourceInfo};

use crate::contract::code::{EXPRESSION_SYNTAX, EXPRESSION_TOO_COMPLEX};
use crate::rulebook::diagnostic::Sink;
use crate::rulebook::yaml::Span;

/// The deepest nesting of an expression.
pub const MAX_DEPTH: usize = 64;
/// The most operators, brackets and calls of one expression, items of lists not counted.
const MAX_OPERATORS: usize = 1_000;

/// The place of an expression's text in the file: a scalar may be quoted, folded or indented.
pub struct Source<'a> {
    /// The expression.
    pub text: &'a str,
    /// For each byte of it, and for its end, the byte of the file.
    places: Vec<usize>,
}

impl<'a> Source<'a> {
    /// Of a scalar's value and its span in the file.
    pub fn new(text: &'a str, span: Span, file: &str) -> Self {
        let written = file.get(span.start..span.end).unwrap_or_default();
        let mut places = Vec::with_capacity(text.len() + 1);
        // Each visible character of the value stands in the file in the same order; what is between them is quotes, escapes,
        // line ends and indentation.
        let mut at = usize::from(written.starts_with(['"', '\'']));
        for character in text.chars() {
            if !character.is_whitespace()
                && let Some(skipped) = written.get(at..).and_then(|rest| rest.find(character))
            {
                at += skipped;
            }
            let place = (span.start + at).min(span.end);
            places.extend(std::iter::repeat_n(place, character.len_utf8()));
            if written.get(at..).is_some_and(|rest| rest.starts_with(character)) {
                at += character.len_utf8();
            }
        }
        places.push((span.start + at).min(span.end));
        Self { text, places }
    }

    /// From bytes of the expression to bytes of the file.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let last = self.places.len() - 1;
        let from = self.places[start.min(last)];
        // Behind the last character, which may be of several bytes and escaped: its own place, and one character on.
        let to = if end > start {
            let before = self.text.floor_char_boundary(end.min(self.text.len()).saturating_sub(1));
            let width = self.text[before..].chars().next().map_or(0, char::len_utf8);
            self.places[before.min(last)] + width
        } else {
            from
        };
        Span { start: from, end: to.max(from) }
    }
}

/// A parsed expression.
pub struct Tree<'a> {
    pub root: IdedExpr,
    pub source: Source<'a>,
    info: SourceInfo,
}

/// Parses; reports what is no expression.
pub fn parse<'a>(source: Source<'a>, parser: cel::parser::Parser, sink: &mut Sink<'_>) -> Option<Tree<'a>> {
    let whole = source.span(0, source.text.len());
    if source.text.trim().is_empty() {
        sink.error(EXPRESSION_SYNTAX, whole, "an expression is expected, and there is nothing")
            .help("for example: company.employees >= 50");
        return None;
    }
    if let Err((at, why)) = bounded(source.text) {
        sink.error(EXPRESSION_TOO_COMPLEX, source.span(at, at + 1), why);
        return None;
    }
    match parser.parse_with_source_info(source.text) {
        Ok((root, info)) => Some(Tree { root, source, info }),
        Err(errors) => {
            // One mistake makes the parser stumble several times: the first place counts.
            let first = errors.errors.into_iter().min_by_key(|error| error.pos)?;
            let at = byte_of(source.text, first.pos);
            let width = source.text[at..].chars().next().map_or(0, char::len_utf8);
            sink.error(EXPRESSION_SYNTAX, source.span(at, at + width), in_words(&first.msg));
            None
        }
    }
}

/// The parser tells line and column, both from 1, the column in characters.
fn byte_of(text: &str, (line, column): (isize, isize)) -> usize {
    let line = usize::try_from(line).unwrap_or(1).max(1);
    let column = usize::try_from(column).unwrap_or(1).max(1);
    let start = if line == 1 { 0 } else { text.match_indices('\n').nth(line - 2).map_or(text.len(), |(at, _)| at + 1) };
    start + text[start..].char_indices().nth(column - 1).map_or(text.len() - start, |(at, _)| at)
}

/// The parser's message in our words; its lists of tokens help nobody.
fn in_words(message: &str) -> String {
    let message = message.strip_prefix("Syntax error: ").unwrap_or(message);
    if message.contains("'<EOF>' expecting") || message.contains("at input '<EOF>'") {
        return "the expression ends too early".to_owned();
    }
    if message.starts_with("extraneous input") || message.contains("expecting <EOF>") {
        return "the expression should have ended before this".to_owned();
    }
    if message.starts_with("token recognition error") {
        return "no word or sign of the language; is a quotation mark missing?".to_owned();
    }
    if message.starts_with("mismatched input") || message.starts_with("no viable alternative") || message.starts_with("missing") {
        return "something else is expected here: a field, a literal or an operator".to_owned();
    }
    match message {
        "invalid int literal" | "invalid uint literal" | "invalid double literal" => "this number is out of range".to_owned(),
        _ => "this is no expression".to_owned(),
    }
}

/// Counts brackets and operators outside texts: what the parser would have to recurse into.
fn bounded(text: &str) -> Result<(), (usize, &'static str)> {
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut operators, mut run, mut choices) = (0, 0_usize, 0_usize, 0_usize, 0_usize);
    while at < bytes.len() {
        let byte = bytes[at];
        if matches!(byte, b'"' | b'\'') {
            at = end_of_text(bytes, at);
            run = 0;
            continue;
        }
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'?' => choices += 1,
            _ => {}
        }
        run = match byte {
            b'!' | b'-' => run + 1,
            byte if byte.is_ascii_whitespace() => run,
            _ => 0,
        };
        let in_number = at > 0 && bytes[at - 1].is_ascii_digit() && byte == b'.';
        let sign = byte == b'-' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        let operator =
            matches!(byte, b'+' | b'-' | b'*' | b'/' | b'%' | b'.' | b'!' | b'<' | b'>' | b'=' | b'&' | b'|' | b'(' | b'[' | b'{' | b'?');
        operators += usize::from(operator && !in_number && !sign);
        if depth > MAX_DEPTH || run > MAX_DEPTH || choices > MAX_DEPTH {
            return Err((at, "the expression nests deeper than 64"));
        }
        if operators > MAX_OPERATORS {
            return Err((at, "the expression has more than 1,000 operators"));
        }
        at += 1;
    }
    Ok(())
}

/// The byte behind a text that begins at `start`, with escapes and three quotes understood.
fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let quote = bytes[start];
    let raw = start > 0 && matches!(bytes[start - 1], b'r' | b'R');
    let long = bytes[start..].starts_with(&[quote; 3]);
    let mut at = start + if long { 3 } else { 1 };
    while at < bytes.len() {
        if bytes[at] == b'\\' && !raw {
            at += 2;
        } else if long && bytes[at..].starts_with(&[quote; 3]) {
            return at + 3;
        } else if !long && bytes[at] == quote {
            return at + 1;
        } else {
            at += 1;
        }
    }
    bytes.len()
}

impl Tree<'_> {
    /// The place of a node with all that is in it.
    pub fn span(&self, expr: &IdedExpr) -> Span {
        let (start, end) = self.extent(expr, 0);
        self.source.span(start, end)
    }

    /// The place of a node's own sign: its operator, its literal.
    pub fn sign(&self, expr: &IdedExpr) -> Span {
        let (start, end) = self.token(expr);
        self.source.span(start, end)
    }

    fn token(&self, expr: &IdedExpr) -> (usize, usize) {
        let text_len = self.source.text.len();
        self.info
            .offset_for(expr.id)
            .map_or((0, text_len), |(start, stop)| ((start as usize).min(text_len), (stop as usize + 1).min(text_len)))
    }

    fn extent(&self, expr: &IdedExpr, depth: usize) -> (usize, usize) {
        let (mut start, mut end) = self.token(expr);
        if depth > MAX_DEPTH {
            return (start, end);
        }
        let mut widen = |child: &IdedExpr| {
            let (from, to) = self.extent(child, depth + 1);
            start = start.min(from);
            end = end.max(to);
        };
        match &expr.expr {
            Expr::Select(select) => {
                widen(&select.operand);
                end = end.max(self.field_end(expr, &select.field));
            }
            Expr::Call(CallExpr { func_name, target, args }) => {
                target.iter().for_each(|target| widen(target));
                args.iter().for_each(&mut widen);
                let text = self.source.text.as_bytes();
                let (own, _) = self.token(expr);
                match text.get(own) {
                    // A call's own sign is its bracket: the name stands before it.
                    Some(b'(') if target.is_none() => start = start.min(own.saturating_sub(func_name.len())),
                    _ => {}
                }
                end = close(text, own, end);
            }
            // A number's sign is no part of its own token.
            Expr::Literal(LiteralValue::Int(_) | LiteralValue::Double(_)) => {
                let before = self.source.text[..start].trim_end();
                start = if before.ends_with('-') && !self.binary_minus(before) { before.len() - 1 } else { start };
            }
            Expr::List(list) => {
                list.elements.last().into_iter().for_each(&mut widen);
                end = close(self.source.text.as_bytes(), start, end);
            }
            _ => {}
        }
        (start, end)
    }

    /// Whether the minus at the end has something to its left that it takes from.
    fn binary_minus(&self, up_to_minus: &str) -> bool {
        let left = up_to_minus[..up_to_minus.len() - 1].trim_end();
        left.ends_with(|last: char| last.is_alphanumeric() || matches!(last, '_' | ')' | ']' | '"' | '\''))
    }

    /// A selection's own sign is its dot: the field's name stands behind it.
    fn field_end(&self, expr: &IdedExpr, field: &str) -> usize {
        let (dot, end) = self.token(expr);
        self.source.text[dot..].find(field).map_or(end, |at| dot + at + field.len())
    }

    /// The place of a called function's name: a call's own sign is its bracket, and the name stands before it.
    pub fn function_name(&self, call: &IdedExpr, name: &str) -> Span {
        let (bracket, _) = self.token(call);
        let before = self.source.text[..bracket].trim_end();
        if before.ends_with(name) { self.source.span(before.len() - name.len(), before.len()) } else { self.sign(call) }
    }

    /// The place of a path's last name.
    pub fn last_name(&self, expr: &IdedExpr) -> Span {
        match &expr.expr {
            Expr::Select(select) => {
                let end = self.field_end(expr, &select.field);
                self.source.span(end.saturating_sub(select.field.len()), end)
            }
            _ => self.sign(expr),
        }
    }
}

/// The byte behind the closing bracket, where a bracket opens at `open`.
fn close(text: &[u8], open: usize, end: usize) -> usize {
    let wanted = match text.get(open) {
        Some(b'(') => b')',
        Some(b'[') => b']',
        _ => return end,
    };
    text[end.min(text.len())..].iter().position(|byte| *byte == wanted).map_or(end, |at| end + at + 1)
}

/// The names of a path: `company.domain` is `["company", "domain"]`; `None` for anything else.
pub fn path(expr: &IdedExpr) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut expr = expr;
    loop {
        match &expr.expr {
            Expr::Ident(name) => {
                names.push(name.as_str());
                names.reverse();
                return Some(names);
            }
            Expr::Select(select) if !select.test && names.len() < MAX_DEPTH => {
                names.push(select.field.as_str());
                expr = &select.operand;
            }
            _ => return None,
        }
    }
}
