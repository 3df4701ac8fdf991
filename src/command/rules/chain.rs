//! Whether the revisions of a folder follow one another as the registrar will demand.
//!
//! Pure: rulebooks in, problems out. Only the registrar knows which revision is in force; this sees gaps, doubles and broken links.

use crate::config::Problem;
use crate::contract::code;
use crate::rulebook::Rulebook;

/// What would keep a revision from following the one before it. `files`: names and rulebooks, in any order.
pub fn chain(files: &[(&str, &Rulebook)]) -> Vec<Problem> {
    let mut files = files.to_vec();
    files.sort_by_key(|(name, rulebook)| (rulebook.revision, *name));
    files.windows(2).filter_map(|pair| link(pair[0], pair[1])).collect()
}

fn link((before, earlier): (&str, &Rulebook), (name, rulebook): (&str, &Rulebook)) -> Option<Problem> {
    if rulebook.digest == earlier.digest {
        let what = format!("the file is the same as {before}, byte for byte");
        return Some(Problem::new(code::REVISION_OUT_OF_TURN, what, name, "remove one of the two"));
    }
    if rulebook.revision == earlier.revision {
        let what = format!("revision {} is also {before}: only one of them can become law", rulebook.revision);
        return Some(Problem::new(code::REVISION_OUT_OF_TURN, what, name, "give this one the next number, or remove one of the two"));
    }
    if rulebook.revision != earlier.revision + 1 {
        let what = format!("revision {} stands behind {}, in {before}: revisions grow by one", rulebook.revision, earlier.revision);
        let remedy = format!("set `revision: {}`, or add the files between", earlier.revision + 1);
        return Some(Problem::new(code::REVISION_OUT_OF_TURN, what, name, remedy));
    }
    if rulebook.previous.as_ref() != Some(&earlier.digest) {
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
