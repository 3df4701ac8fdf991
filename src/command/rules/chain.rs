//! Whether the revisions of a folder follow one another as the registrar will demand.
//!
//! Pure: rulebooks or rosters in, problems out. Only the registrar knows which revision is in force; this sees gaps, doubles and broken links.

use compact_str::CompactString;

use crate::config::Problem;
use crate::contract::code;
use crate::rulebook::{Roster, Rulebook};

/// A revision of a rulebook or of a roster, as it stands in a chain.
#[derive(Clone, Copy)]
struct Link<'f> {
    name: &'f str,
    revision: u32,
    digest: &'f CompactString,
    previous: Option<&'f CompactString>,
}

/// What would keep a revision from following the one before it. `files`: names and rulebooks, in any order.
pub fn chain<'f>(files: &[(&'f str, &'f Rulebook)]) -> Vec<Problem> {
    let link = |&(name, rulebook): &(&'f str, &'f Rulebook)| {
        let Rulebook { revision, digest, previous, .. } = rulebook;
        Link { name, revision: *revision, digest, previous: previous.as_ref() }
    };
    follow(files.iter().map(link).collect())
}

/// The same of rosters, whose chain is their own.
pub fn chain_of_rosters<'f>(files: &[(&'f str, &'f Roster)]) -> Vec<Problem> {
    let link = |&(name, roster): &(&'f str, &'f Roster)| {
        let Roster { revision, digest, previous, .. } = roster;
        Link { name, revision: *revision, digest, previous: previous.as_ref() }
    };
    follow(files.iter().map(link).collect())
}

fn follow(mut files: Vec<Link<'_>>) -> Vec<Problem> {
    files.sort_by_key(|file| (file.revision, file.name));
    files.windows(2).filter_map(|pair| link(&pair[0], &pair[1])).collect()
}

fn link(earlier: &Link<'_>, file: &Link<'_>) -> Option<Problem> {
    let (before, name) = (earlier.name, file.name);
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
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rulebook::compile;

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
    }
}
