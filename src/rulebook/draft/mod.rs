//! From the file to the rulebook: every section read and checked, all mistakes at once.

pub(super) mod calendars;
mod examples;
pub(super) mod hours;
mod people;
pub(crate) mod read;
mod rules;
mod special;
mod teams;

use std::collections::BTreeMap;

use compact_str::CompactString;

use self::read::Fields;
use super::compiled::{MAX_CRITERIA, MAX_FILE_BYTES, Rulebook};
use super::diagnostic::{Diagnostic, Sink};
use super::expression::Checker;
use super::unseen;
use super::yaml::{self, Node, Span};
use crate::contract::Timestamp;
use crate::contract::code::{RULEBOOK_SHAPE, RULEBOOK_TOO_LARGE, RULEBOOK_UNUSED, RULEBOOK_VALUE, RULEBOOK_YAML};
use crate::contract::time::DAY_MS;

pub(super) const KEYS: &[&str] = &[
    "api",
    "kind",
    "revision",
    "previous",
    "effective_from",
    "time_zone",
    "require_consent",
    "max_handoff_age",
    "forget_after",
    "forget_reached_after",
    "forget_refusals_after",
    "attributes",
    "roles",
    "evidence",
    "variables",
    "fit",
    "intent",
    "gates",
    "disqualify",
    "routes",
    "teams",
    "calendars",
    "rejection_reasons",
    "examples",
];

/// What reading the deepest file that is allowed needs at most, with room to spare.
const STACK_BYTES: usize = 16 * 1024 * 1024;
/// Where they are not said.
const DEFAULT_HANDOFF_AGE_MS: i64 = 7 * DAY_MS;
const DEFAULT_FORGET_AFTER_MS: i64 = 180 * DAY_MS;
const DEFAULT_FORGET_REACHED_AFTER_MS: i64 = 30 * DAY_MS;
const DEFAULT_FORGET_REFUSALS_AFTER_MS: i64 = 3_650 * DAY_MS;

/// Compiles a rulebook's file. `file_name` is what diagnostics call it.
///
/// # Errors
/// Everything that is wrong with it at once, errors first, each in the order of the file; warnings stand behind them. Warnings
/// alone are no error: [`Rulebook::warnings`] has them.
pub fn compile(bytes: &[u8], file_name: &str) -> Result<Rulebook, Vec<Diagnostic>> {
    // The grammar's parser recurses a dozen functions for each bracket: 64 deep, in a build for debugging, is more than a thread's
    // usual 2 MiB. A rulebook comes with a record of the log and must not be able to end the process.
    stacker::maybe_grow(STACK_BYTES, STACK_BYTES, || compile_file(bytes, file_name))
}

fn compile_file(bytes: &[u8], file_name: &str) -> Result<Rulebook, Vec<Diagnostic>> {
    let mut sink = opened(bytes, file_name, "a rulebook's file has at most 256 KiB")?;
    let rulebook = yaml::read(&mut sink).and_then(|node| rulebook(&node, bytes, &mut sink));
    let failed = sink.has_errors();
    let found = sink.finish();
    match rulebook {
        Some(rulebook) if !failed => Ok(Rulebook { warnings: found, ..rulebook }),
        _ => Err(found),
    }
}

/// The file's text, if it is one and not too long.
pub(super) fn opened<'a>(bytes: &'a [u8], file_name: &'a str, too_long: &str) -> Result<Sink<'a>, Vec<Diagnostic>> {
    let text = match str::from_utf8(&bytes[..bytes.len().min(MAX_FILE_BYTES)]) {
        Ok(text) => text,
        // Cut in the middle of a character: up to there is what can be shown.
        Err(error) if bytes.len() > MAX_FILE_BYTES => str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
        Err(error) => {
            let good = str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
            let mut sink = Sink::new(file_name, good);
            sink.error(RULEBOOK_YAML, Span { start: good.len(), end: good.len() }, "the file is not UTF-8 from here on");
            return Err(sink.finish());
        }
    };
    let mut sink = Sink::new(file_name, text);
    if bytes.len() > MAX_FILE_BYTES {
        sink.error(RULEBOOK_TOO_LARGE, Span::default(), too_long);
        return Err(sink.finish());
    }
    unseen::look(&mut sink);
    Ok(sink)
}

/// The header, once it is read.
struct Header {
    revision: Option<u32>,
    previous: Option<CompactString>,
    effective_from: Option<Timestamp>,
    time_zone: jiff::tz::TimeZone,
    require_consent: bool,
    max_handoff_age_ms: i64,
    forget_after_ms: i64,
    forget_reached_after_ms: i64,
    forget_refusals_after_ms: i64,
}

fn rulebook(node: &Node, bytes: &[u8], sink: &mut Sink<'_>) -> Option<Rulebook> {
    let fields = Fields::of(node, "a rulebook", KEYS, sink)?;
    read::constant(&fields, "api", "relevo/v1", sink);
    read::constant(&fields, "kind", "Rulebook", sink);
    let header = header(&fields, sink);
    let attributes = fields.get("attributes").map(|node| people::attributes(node, sink)).unwrap_or_default();
    let roles = fields.get("roles").map(|node| people::roles(node, sink)).unwrap_or_default();
    let demotions = fields.get("evidence").map(|node| people::demotions(node, sink)).unwrap_or_default();
    let (calendars, dated_holidays) = fields.get("calendars").map(|node| calendars::read(node, sink)).unwrap_or_default();
    let drafts = fields.need("teams", "{ sales: { … } }", sink).map(|node| teams::read(node, sink)).unwrap_or_default();
    let names: Vec<CompactString> = calendars.keys().cloned().collect();
    let (teams, used_calendars) = teams::resolve(&drafts, &names, sink);
    let rejection_reasons = fields.get("rejection_reasons").map(|node| people::rejection_reasons(node, sink)).unwrap_or_default();

    let mut checker = Checker::new(&attributes, &roles.class_names, &roles.role_names);
    let mut ids = read::Ids::default();
    let variables = fields.get("variables").map(|node| rules::variables(node, &mut checker, sink)).unwrap_or_default();
    let fit = fields.need("fit", "{ threshold: 50, criteria: […] }", sink).and_then(|node| rules::fit(node, &mut ids, &mut checker, sink));
    let intent = fields
        .need("intent", "{ threshold: 60, half_life: 14d, criteria: […] }", sink)
        .and_then(|node| rules::intent(node, &mut ids, &mut checker, sink));
    let gates = fields.need("gates", "the four questions of a lead", sink).and_then(|node| rules::gates(node, &mut checker, sink));
    let disqualifiers = fields.get("disqualify").map(|node| rules::disqualifiers(node, &mut ids, &mut checker, sink)).unwrap_or_default();
    let routes = fields.need("routes", "- { id: all, team: … }", sink).map(|node| rules::routes(node, &drafts, &mut checker, sink));
    // Where something is misspelt, what it should have named seems unused.
    if !sink.has_errors() {
        rules::unused_variables(&checker, sink);
        unused_calendars(&calendars, &used_calendars, sink);
        teams::warn_of_unused(&drafts, routes.as_deref(), sink);
        teams::warn_of_no_cooldown(&drafts, &teams, routes.as_deref(), sink);
    }
    if let (Some(fit), Some(intent)) = (&fit, &intent)
        && fit.criteria.len() + intent.criteria.len() > MAX_CRITERIA
    {
        sink.error(RULEBOOK_TOO_LARGE, node.span, format!("a rulebook has at most {MAX_CRITERIA} criteria of fit and intent together"));
    }
    let route_ids: Vec<CompactString> = routes.iter().flatten().map(|route| route.id.clone()).collect();
    let (effective_from, zone) = (header.effective_from, header.time_zone.clone());
    let examples = match (fields.get("examples"), effective_from) {
        (Some(node), Some(at)) => examples::read(node, &examples::Setting { at, zone, attributes: &attributes, routes: &route_ids }, sink),
        _ => Vec::new(),
    };
    Some(Rulebook {
        revision: header.revision?,
        digest: digest(bytes),
        previous: header.previous,
        effective_from: effective_from?,
        time_zone: header.time_zone,
        require_consent: header.require_consent,
        max_handoff_age_ms: header.max_handoff_age_ms,
        forget_after_ms: header.forget_after_ms,
        forget_reached_after_ms: header.forget_reached_after_ms,
        forget_refusals_after_ms: header.forget_refusals_after_ms,
        role_classes: roles.classes,
        demotions,
        variables,
        fit: fit?,
        intent: intent?,
        gates: gates?,
        disqualifiers,
        routes: routes?,
        teams,
        calendars: calendars.into_iter().filter_map(|(name, (calendar, _))| Some((name, calendar?))).collect(),
        dated_holidays,
        rejection_reasons,
        examples,
        attributes,
        warnings: Vec::new(),
    })
}

/// Where a file stands in its chain.
pub(super) struct Link {
    pub revision: Option<u32>,
    pub previous: Option<CompactString>,
    pub effective_from: Option<Timestamp>,
}

/// The greatest number of a revision: after the greatest that can be written no other could follow.
const MAX_REVISION: f64 = 1_000_000.0;

/// Reads the keys that make a chain of revisions.
pub(super) fn link(fields: &Fields<'_>, sink: &mut Sink<'_>) -> Link {
    let revision = fields.need("revision", "1", sink).and_then(|node| {
        let number = read::number(node, 1.0, MAX_REVISION, sink)?;
        if number.fract() != 0.0 {
            sink.error(RULEBOOK_SHAPE, node.span, "a revision is a whole number");
            return None;
        }
        Some(number as u32)
    });
    let previous = fields.get("previous").and_then(|node| {
        let (text, _) = read::scalar(node, "the digest of the revision before", sink)?;
        let hex = text.strip_prefix("sha256:").unwrap_or_default();
        if hex.len() != 64 || !hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            sink.error(RULEBOOK_VALUE, node.span, "expected the digest of the revision before: sha256: and 64 digits of 0-9, a-f");
            return None;
        }
        Some(CompactString::from(text))
    });
    let effective_from = fields.need("effective_from", "2026-12-01T06:00:00Z", sink).and_then(|node| read::timestamp(node, sink));
    Link { revision, previous, effective_from }
}

fn header(fields: &Fields<'_>, sink: &mut Sink<'_>) -> Header {
    let Link { revision, previous, effective_from } = link(fields, sink);
    let time_zone = fields.get("time_zone").and_then(|node| read::time_zone(node, sink)).unwrap_or(jiff::tz::TimeZone::UTC);
    let require_consent = fields.get("require_consent").and_then(|node| read::boolean(node, sink)).unwrap_or(false);
    let age = |name: &str, default: i64, sink: &mut Sink<'_>| {
        fields.get(name).and_then(|node| read::term(node, sink)).map_or(default, |term| term.wall_ms())
    };
    let max_handoff_age_ms = age("max_handoff_age", DEFAULT_HANDOFF_AGE_MS, sink);
    let forget_after_ms = age("forget_after", DEFAULT_FORGET_AFTER_MS, sink);
    if forget_after_ms < max_handoff_age_ms {
        let span = fields.get("forget_after").or(fields.get("max_handoff_age")).map_or(fields.span, |node| node.span);
        sink.error(RULEBOOK_VALUE, span, "`forget_after` is shorter than `max_handoff_age`: what is forgotten can't be handed off");
    }
    let forget_reached_after_ms = age("forget_reached_after", DEFAULT_FORGET_REACHED_AFTER_MS.min(forget_after_ms), sink);
    if forget_reached_after_ms > forget_after_ms {
        let span = fields.get("forget_reached_after").map_or(fields.span, |node| node.span);
        sink.error(RULEBOOK_VALUE, span, "`forget_reached_after` is longer than `forget_after`, which forgets everybody");
    }
    let forget_refusals_after_ms = age("forget_refusals_after", DEFAULT_FORGET_REFUSALS_AFTER_MS, sink);
    if forget_refusals_after_ms < forget_after_ms {
        let span = fields.get("forget_refusals_after").or(fields.get("forget_after")).map_or(fields.span, |node| node.span);
        sink.error(
            RULEBOOK_VALUE,
            span,
            "`forget_refusals_after` is shorter than `forget_after`: somebody would be called who is known to refuse",
        );
    }
    Header {
        revision,
        previous,
        effective_from,
        time_zone,
        require_consent,
        max_handoff_age_ms,
        forget_after_ms,
        forget_reached_after_ms,
        forget_refusals_after_ms,
    }
}

fn unused_calendars(
    calendars: &BTreeMap<CompactString, (Option<super::compiled::Calendar>, Span)>,
    used: &[CompactString],
    sink: &mut Sink<'_>,
) {
    for (name, (_, span)) in calendars.iter().filter(|(name, _)| !used.contains(name)) {
        sink.warning(RULEBOOK_UNUSED, *span, format!("no team uses the calendar `{name}`"));
    }
}

/// `sha256:` and the hexadecimal hash of the file's exact bytes.
pub fn digest(bytes: &[u8]) -> CompactString {
    digest_of(&[bytes])
}

/// The same of several files, one behind another.
pub(super) fn digest_of(files: &[&[u8]]) -> CompactString {
    use sha2::Digest as _;
    let mut hash = sha2::Sha256::new();
    files.iter().for_each(|bytes| hash.update(bytes));
    let mut text = CompactString::const_new("sha256:");
    text.push_str(&data_encoding::HEXLOWER.encode(&hash.finalize()));
    text
}
