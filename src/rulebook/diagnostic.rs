//! What is wrong with a rulebook, where, and what to do: all of it at once.
//!
//! A diagnostic is a plain value; [`render`] draws it into the source for people. Both may quote the rulebook, which is the
//! writers' own text, but never what an example's person is called (PII-1).

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::compiled::MAX_DIAGNOSTICS;
use super::yaml::Span;
use crate::contract::Code;
use crate::contract::code::{
    RULEBOOK_KEY_MISSING, RULEBOOK_KEY_TWICE, RULEBOOK_SHAPE, RULEBOOK_TOO_LARGE, RULEBOOK_UNKNOWN_KEY, RULEBOOK_VALUE, RULEBOOK_YAML,
};
use crate::contract::unseen::shown;

/// Whether the rulebook loads all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It does not load.
    Error,
    /// It loads, and says something that its writers hardly meant.
    Warning,
}

/// One thing that is wrong with a rulebook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its code, one of the 2000s.
    pub code: &'static Code,
    /// Error or warning.
    pub severity: Severity,
    /// The file's name, as the caller called it.
    pub file: String,
    /// Line from 1 on.
    pub line: usize,
    /// Column from 1 on, in characters.
    pub column: usize,
    /// The same place as bytes of the file.
    pub span: Range<usize>,
    /// What is wrong and what was expected.
    pub message: String,
    /// What to do, where more can be said: the nearest name, an example.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at a place of a file, given by its name and text.
    pub fn error_at(code: &'static Code, (file, text): (&str, &str), span: Range<usize>, message: String, help: Option<String>) -> Self {
        let mut sink = Sink::new(file, text);
        let diagnostic = sink.error(code, Span { start: span.start, end: span.end }, message);
        diagnostic.help = help;
        diagnostic.clone()
    }

    /// Whether the rulebook does not load because of it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}:{}:{}: {}", self.code, self.file, self.line, self.column, self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, " ({help})"))
    }
}

/// Draws diagnostics into the file's text, one after another, without colours.
pub fn render(diagnostics: &[Diagnostic], source: &str) -> String {
    render_with(diagnostics, source, &Renderer::plain())
}

/// The same with the terminal's colours.
pub fn render_coloured(diagnostics: &[Diagnostic], source: &str) -> String {
    render_with(diagnostics, source, &Renderer::styled())
}

fn render_with(diagnostics: &[Diagnostic], source: &str, renderer: &Renderer) -> String {
    let mut drawn = String::new();
    for diagnostic in diagnostics {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let code = diagnostic.code.to_string();
        let start = source.floor_char_boundary(diagnostic.span.start);
        let end = source.ceil_char_boundary(diagnostic.span.end.max(start));
        // A place that spans lines is drawn by its first: what counts is where it begins.
        let end = source[start..end].find('\n').map_or(end, |newline| start + newline);
        let annotation = AnnotationKind::Primary.span(start..end);
        let snippet = Snippet::source(source).path(&diagnostic.file).annotation(annotation);
        let mut group = level.primary_title(&diagnostic.message).id(&code).element(snippet);
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(help));
        }
        drawn.push_str(&renderer.render(&[group]));
        drawn.push_str("\n\n");
    }
    drawn.truncate(drawn.trim_end().len());
    drawn
}

/// What a language that is written in YAML calls itself, and its codes for what any such file can get wrong.
#[derive(Debug)]
pub(crate) struct Language {
    /// `a rulebook`
    pub name: &'static str,
    pub yaml: &'static Code,
    pub too_large: &'static Code,
    pub unknown_key: &'static Code,
    pub key_twice: &'static Code,
    pub key_missing: &'static Code,
    pub shape: &'static Code,
    pub value: &'static Code,
}

/// The language of this room.
const RULEBOOK: Language = Language {
    name: "a rulebook",
    yaml: RULEBOOK_YAML,
    too_large: RULEBOOK_TOO_LARGE,
    unknown_key: RULEBOOK_UNKNOWN_KEY,
    key_twice: RULEBOOK_KEY_TWICE,
    key_missing: RULEBOOK_KEY_MISSING,
    shape: RULEBOOK_SHAPE,
    value: RULEBOOK_VALUE,
};

/// Collects diagnostics while a file is read; knows the file's text to turn bytes into lines and columns.
pub(crate) struct Sink<'a> {
    /// The language that is read.
    pub language: &'static Language,
    file: &'a str,
    text: &'a str,
    line_starts: Vec<usize>,
    found: Vec<Diagnostic>,
}

impl<'a> Sink<'a> {
    /// For a rulebook.
    pub fn new(file: &'a str, text: &'a str) -> Self {
        Self::of(&RULEBOOK, file, text)
    }

    /// For a file in this language.
    pub fn of(language: &'static Language, file: &'a str, text: &'a str) -> Self {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { language, file, text, line_starts: std::iter::once(0).chain(newlines).collect(), found: Vec::new() }
    }

    /// The file's text.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The line of a place, from 1.
    pub fn line(&self, at: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= at)
    }

    pub fn error(&mut self, code: &'static Code, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Error, code, span, message.into())
    }

    pub fn warning(&mut self, code: &'static Code, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Warning, code, span, message.into())
    }

    fn add(&mut self, severity: Severity, code: &'static Code, span: Span, message: String) -> &mut Diagnostic {
        let start = self.text.floor_char_boundary(span.start);
        let end = self.text.ceil_char_boundary(span.end.max(start));
        let line = self.line(start);
        let column = self.text[self.line_starts[line - 1]..start].chars().count() + 1;
        self.found.push(Diagnostic { code, severity, file: self.file.to_owned(), line, column, span: start..end, message, help: None });
        self.found.last_mut().expect("one was pushed")
    }

    /// Adds help to what was reported last.
    pub fn help_last(&mut self, help: impl Into<String>) {
        if let Some(last) = self.found.last_mut() {
            last.help = Some(help.into());
        }
    }

    /// Whether the file does not load.
    pub fn has_errors(&self) -> bool {
        self.found.iter().any(Diagnostic::is_error)
    }

    /// How many errors there are so far.
    pub fn errors(&self) -> usize {
        self.found.iter().filter(|diagnostic| diagnostic.is_error()).count()
    }

    /// What was found: errors first, each in the order of the file, at most [`MAX_DIAGNOSTICS`].
    pub fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|diagnostic| (diagnostic.severity, diagnostic.span.start));
        self.found.dedup();
        for diagnostic in &mut self.found {
            // Names out of the file may have line breaks in them; a message is one line.
            diagnostic.message = shown(&diagnostic.message).into_owned();
            diagnostic.help = diagnostic.help.take().map(|help| shown(&help).into_owned());
        }
        self.found.truncate(MAX_DIAGNOSTICS);
        self.found
    }
}

impl Diagnostic {
    pub(crate) fn help(&mut self, help: impl Into<String>) {
        self.help = Some(help.into());
    }

    /// Names the nearest of the known names, or all of them where none is near and they are few.
    pub(crate) fn nearest<'n>(&mut self, name: &str, known: impl IntoIterator<Item = &'n str>) {
        let known: Vec<&str> = known.into_iter().collect();
        if let Some(near) = nearest(name, known.iter().copied()) {
            self.help(format!("did you mean `{near}`?"));
        } else if (1..=12).contains(&known.len()) {
            let list: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            self.help(format!("known here: {}", list.join(", ")));
        }
    }
}

/// The known name that is near enough to be meant.
pub(crate) fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    if name.len() > 128 {
        return None;
    }
    known
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, known)| *distance <= 1 + known.chars().count().min(name.chars().count()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}
