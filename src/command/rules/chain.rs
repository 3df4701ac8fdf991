//! Whether the revisions of a folder follow one another as the registrar will demand.
//!
//! Pure: rulebooks or rosters in, problems out. Only the registrar knows which revision is in force; this sees gaps, doubles and broken links.

use crate::config::Problem;
use crate::contract::{Timestamp, code};
use crate::engine::acceptance::JUDGED_WITHIN_MS;
use crate::rulebook::{Link, Revision};

/// What would keep a revision from following the one before it. `files`: names and rulebooks, or rosters, in any order.
pub fn chain<'f, R: Revision>(files: &[(&'f str, &'f R)]) -> Vec<Problem> {
    let mut files: Vec<(&str, Link<'_>)> = files.iter().map(|(name, file)| (*name, file.link())).collect();
    files.sort_by_key(|(name, link)| (link.revision, *name));
    files.windows(2).filter_map(|pair| link(pair[0], pair[1])).collect()
}

fn link((before, earlier): (&str, Link<'_>), (name, file): (&str, Link<'_>)) -> Option<Problem> {
    if file.digest == earlier.digest {
        let what = format!("the file is the same as {before}, byte for byte");
        return Some(Problem::new(code::REVISION_OUT_OF_TURN, what, name, "remove one of the two"));
    }
    if file.revision == earlier.revision {
        let what = format!("revision {} is also {before}: only one of them can become law", file.revision);
        return Some(Problem::new(code::REVISION_OUT_OF_TURN, what, name, "give this one the next number, or remove one of the two"));
    }
    if file.revision != earlier.revision + 1 {
        let what = format!("revision {} stands behind {}, in {before}: revisions grow by one", file.revision, earlier.revision);
        let remedy = format!("set `revision: {}`, or add the files between", earlier.revision + 1);
        return Some(Problem::new(code::REVISION_OUT_OF_TURN, what, name, remedy));
    }
    if file.previous != Some(earlier.digest) {
        let what = format!("`previous` is not the digest of revision {}, in {before}", earlier.revision);
        return Some(Problem::new(code::WRONG_PREVIOUS, what, name, format!("set `previous: {}`", earlier.digest)));
    }
    if file.effective_from < earlier.effective_from {
        let what = format!("it is dated {}, before {} of {before}", file.effective_from, earlier.effective_from);
        return Some(Problem::new(code::REVISION_DATED_BACK, what, name, "set `effective_from` to an instant that is still to come"));
    }
    None
}

/// A revision that people still have to sign, and that could not take force any more when they have. A first one may be as old as it is.
pub fn stale<R: Revision>(name: &str, file: &R, now: Timestamp) -> Option<Problem> {
    let Link { previous, effective_from, .. } = file.link();
    let is_stale = previous.is_some() && now.since_ms(effective_from) > JUDGED_WITHIN_MS;
    is_stale.then(|| {
        let what = format!("it is dated {effective_from}, more than 30 days ago: signed now it could not take force");
        Problem::new(
            code::REVISION_STALE,
            what,
            name,
            "set `effective_from` to an instant that is still to come, and let it be signed as it is then",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulebook::{Rulebook, compile};

    const RULEBOOK: &str = include_str!("../../../tests/kafka/data/rulebook.yaml");

    fn revision(number: u32, previous: Option<&str>) -> Rulebook {
        let previous = previous.map(|digest| format!("\nprevious: {digest}")).unwrap_or_default();
        let text = RULEBOOK.replacen("revision: 1", &format!("revision: {number}{previous}"), 1);
        compile(text.as_bytes(), "sample").unwrap()
    }

    #[test]
    fn qual_4_gaps_doubles_and_broken_links_are_told() {
        let first = revision(1, None);
        let second = revision(2, Some(&first.digest));
        let check = |files: &[(&str, &Rulebook)], expected: &[(u16, &str)]| {
            let problems = chain(files);
            let found: Vec<_> = problems.iter().map(|problem| (problem.code.number, problem.place.as_str())).collect();
            assert_eq!(found, expected, "{problems:?}");
        };
        check(&[], &[]);
        check(&[("b", &second)], &[]);
        check(&[("b", &second), ("a", &first)], &[]);
        check(&[("a", &first), ("copy", &revision(1, None))], &[(2101, "copy")]);
        check(&[("a", &first), ("c", &revision(3, Some(&first.digest)))], &[(2101, "c")]);
        check(&[("b", &second), ("other", &revision(2, Some(&second.digest)))], &[(2101, "other")]);
        check(&[("a", &first), ("b", &revision(2, Some(&second.digest)))], &[(2102, "b")]);
        check(&[("a", &first), ("b", &revision(2, None))], &[(2102, "b")]);
        let text = RULEBOOK.replacen("revision: 1", &format!("revision: 2\nprevious: {}", first.digest), 1);
        let dated = |from: &str| compile(text.replace("2026-01-01T00:00:00Z", from).as_bytes(), "sample").unwrap();
        check(&[("a", &first), ("b", &dated("2025-12-31T23:59:59Z"))], &[(2140, "b")]);
        check(&[("a", &first), ("b", &dated("2026-01-01T00:00:00Z"))], &[]);
        // Whether it could still take force: within 30 days, if it follows another.
        let now = Timestamp::parse("2026-02-01T00:00:00Z").unwrap();
        let code = |file: &Rulebook| stale("b", file, now).map(|problem| problem.code.number);
        assert_eq!([&first, &dated("2026-01-01T23:59:59Z"), &dated("2026-01-02T00:00:00Z")].map(code), [None, Some(2141), None]);
    }
}
