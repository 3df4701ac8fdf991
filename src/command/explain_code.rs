//! `relevo explain-code`: the paragraph behind an error code, or all codes by who can mend them.

use std::io::Write;

use crate::cli::ExplainCodeArguments;
use crate::contract::Code;

use super::terminal::{self, Paint};
use super::{Status, Usage};

/// Who can mend the codes from a number on, up to the next entry.
const FAMILIES: &[(u16, &str)] = &[
    (1000, "Producers of events can mend these; the record is in the dead letters, and the partition went on"),
    (2000, "Writers of rulebooks can mend these; the rulebook in force stays in force"),
    (3000, "Those who configure and deploy can mend these; the service does not start"),
    (4000, "What happens to the running service on Kafka"),
    (5000, "Those who bring their own history, and write maps for it, can mend these; what is good of a file is used"),
];
/// How many columns a paragraph takes at most: longer lines are hard to read.
const MAX_TEXT_WIDTH: usize = 100;

/// Prints what is asked for.
pub fn perform(arguments: &ExplainCodeArguments, out: &mut impl Write) -> anyhow::Result<Status> {
    match &arguments.code {
        None => list(out)?,
        Some(text) => explain(look_up(text)?, out)?,
    }
    Ok(Status::Well)
}

/// The code that somebody means.
///
/// # Errors
/// There is none like that; the nearest is offered.
pub fn look_up(text: &str) -> Result<&'static Code, Usage> {
    find(text).ok_or_else(|| unknown(text))
}

fn find(text: &str) -> Option<&'static Code> {
    let text = text.trim();
    Code::parse(text).or_else(|| Code::all().find(|code| code.name.eq_ignore_ascii_case(text)))
}

fn explain(code: &Code, out: &mut impl Write) -> anyhow::Result<()> {
    let paint = Paint::of_stdout();
    let width = MAX_TEXT_WIDTH.min(terminal::width().into());
    writeln!(out, "{} ({})", paint.strong(&code.to_string()), code.name)?;
    writeln!(out, "{}\n", paint.strong(&terminal::fold(code.title, width)))?;
    writeln!(out, "{}\n", terminal::fold(code.help, width))?;
    writeln!(out, "{}", paint.faint(&terminal::fold(&format!("{}.", family(code).1), width)))?;
    Ok(())
}

fn family(code: &Code) -> &'static (u16, &'static str) {
    FAMILIES.iter().rev().find(|(from, _)| *from <= code.number).unwrap_or(&FAMILIES[0])
}

fn list(out: &mut impl Write) -> anyhow::Result<()> {
    let paint = Paint::of_stdout();
    for entry in FAMILIES {
        writeln!(out, "{}", paint.strong(entry.1))?;
        for code in Code::all().filter(|code| family(code) == entry) {
            writeln!(out, "  {code}  {}", code.title)?;
        }
        writeln!(out)?;
    }
    writeln!(out, "`relevo explain-code RLV-nnnn` says what to do about one of them.")?;
    Ok(())
}

/// The error for a code that nobody knows, with the one that was probably meant.
fn unknown(text: &str) -> Usage {
    let shown: String = text.chars().take(40).filter(|c| !c.is_control()).collect();
    let remedy = match nearest(text) {
        Some(code) => format!("did you mean {code} ({})? `relevo explain-code` lists all", code.name),
        None => "`relevo explain-code` lists all".to_owned(),
    };
    Usage { what: format!("there is no code `{shown}`"), remedy }
}

fn nearest(text: &str) -> Option<&'static Code> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if let Ok(number) = digits.parse::<u16>() {
        return Code::all().min_by_key(|code| code.number.abs_diff(number));
    }
    let likeness = |code: &Code| strsim::normalized_damerau_levenshtein(&text.to_lowercase(), code.name);
    Code::all().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|code| likeness(code) > 0.4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_by_number_and_name_and_the_nearest_is_offered() {
        let check = |text: &str, found: Option<u16>, offered: Option<u16>| {
            assert_eq!(find(text).map(|code| code.number), found, "{text}");
            assert_eq!(nearest(text).map(|code| code.number), offered, "{text}");
        };
        check("RLV-1003", Some(1003), Some(1003));
        check(" rlv-1003 ", Some(1003), Some(1003));
        check("1003", Some(1003), Some(1003));
        check("wrong_type", Some(1003), Some(1003));
        check("Not_Json", Some(1002), Some(1002));
        check("RLV-0999", None, Some(1001));
        check("RLV-1011", None, Some(1010));
        check("wrong_typ", None, Some(1003));
        check("", None, None);
        check("!!", None, None);
    }

    #[test]
    fn every_code_has_its_family() {
        for code in Code::all() {
            assert_eq!(family(code).0, code.number / 1000 * 1000, "{code}");
        }
    }
}
