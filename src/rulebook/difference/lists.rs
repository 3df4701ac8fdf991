//! Two lists of named things side by side: what was added, removed, renamed, moved, and what stayed.

/// How two lists differ.
pub struct Matched<'a, T> {
    /// Those that are in both: before and after.
    pub kept: Vec<(&'a T, &'a T)>,
    /// Those whose name changed and nothing else that counts.
    pub renamed: Vec<(&'a T, &'a T)>,
    /// Those that are only in the later one.
    pub added: Vec<&'a T>,
    /// Those that are only in the earlier one.
    pub removed: Vec<&'a T>,
    /// Those that stand elsewhere among the kept: their place before and after, from 1.
    pub moved: Vec<(&'a T, usize, usize)>,
}

/// Matches by name, then by content. Names may stand twice: the first goes with the first.
pub fn matched<'a, T>(before: &'a [T], after: &'a [T], name: impl Fn(&T) -> &str, same_content: impl Fn(&T, &T) -> bool) -> Matched<'a, T> {
    let mut partners: Vec<Option<usize>> = vec![None; after.len()];
    let mut taken = vec![false; before.len()];
    // Lists have at most 500 items: looking at each pair is bounded.
    for by_name in [true, false] {
        for (place, item) in after.iter().enumerate().filter(|(place, _)| partners[*place].is_none()).collect::<Vec<_>>() {
            let fits = |other: &T| if by_name { name(other) == name(item) } else { same_content(other, item) };
            if let Some(found) = (0..before.len()).find(|index| !taken[*index] && fits(&before[*index])) {
                taken[found] = true;
                partners[place] = Some(found);
            }
        }
    }
    let pairs: Vec<(usize, usize)> = partners.iter().enumerate().filter_map(|(place, partner)| Some(((*partner)?, place))).collect();
    let (kept, renamed): (Vec<_>, Vec<_>) =
        pairs.iter().map(|(one, other)| (&before[*one], &after[*other])).partition(|(one, other)| name(one) == name(other));
    let stay = longest_ascending(&pairs.iter().map(|(place, _)| *place).collect::<Vec<_>>());
    let moved = pairs.iter().zip(stay).filter(|(_, stays)| !stays).map(|((one, other), _)| (&after[*other], one + 1, other + 1));
    Matched {
        kept,
        renamed,
        moved: moved.collect(),
        added: after.iter().zip(&partners).filter(|(_, partner)| partner.is_none()).map(|(item, _)| item).collect(),
        removed: before.iter().zip(&taken).filter(|(_, taken)| !**taken).map(|(item, _)| item).collect(),
    }
}

/// Which of the places form the longest ascending row: those stay, the others moved.
fn longest_ascending(places: &[usize]) -> Vec<bool> {
    let mut best: Vec<(usize, Option<usize>)> = Vec::with_capacity(places.len());
    for (index, place) in places.iter().enumerate() {
        let before = (0..index).filter(|other| places[*other] < *place).max_by_key(|other| (best[*other].0, std::cmp::Reverse(*other)));
        best.push((before.map_or(0, |other| best[other].0) + 1, before));
    }
    let mut stays = vec![false; places.len()];
    let mut at = (0..places.len()).max_by_key(|index| (best[*index].0, std::cmp::Reverse(*index)));
    while let Some(index) = at {
        stays[index] = true;
        at = best[index].1;
    }
    stays
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: &[&str], after: &[&str], added: &[&str], removed: &[&str], moved: &[(&str, usize, usize)]) {
        let found = matched(before, after, |item| item, |_, _| false);
        assert_eq!(found.added.iter().map(|item| **item).collect::<Vec<_>>(), added, "{after:?}");
        assert_eq!(found.removed.iter().map(|item| **item).collect::<Vec<_>>(), removed, "{after:?}");
        let places: Vec<(&str, usize, usize)> = found.moved.iter().map(|(item, from, to)| (**item, *from, *to)).collect();
        assert_eq!(places, moved, "{after:?}");
    }

    #[test]
    fn what_moved_is_the_least_that_explains_the_order() {
        check(&["a", "b", "c"], &["a", "b", "c"], &[], &[], &[]);
        check(&["a", "b", "c"], &["c", "a", "b"], &[], &[], &[("c", 3, 1)]);
        check(&["a", "b", "c"], &["b", "c", "a"], &[], &[], &[("a", 1, 3)]);
        check(&["a", "b", "c"], &["a", "x", "c"], &["x"], &["b"], &[]);
        check(&["a", "a"], &["a"], &[], &["a"], &[]);
        check(&[], &["a"], &["a"], &[], &[]);
    }

    #[test]
    fn the_same_under_another_name_is_renamed() {
        let (before, after) = ([("a", 1), ("b", 2)], [("a", 3), ("c", 2)]);
        let found = matched(&before, &after, |item| item.0, |one, other| one.1 == other.1);
        assert_eq!((found.kept.len(), found.renamed), (1, vec![(&("b", 2), &("c", 2))]));
        assert!(found.added.is_empty() && found.removed.is_empty());
    }
}
