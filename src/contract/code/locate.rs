//! Where a field stands in a JSON text: looked for only when an input is refused, so it may be slow and may copy.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// A step of a path into JSON.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'a> {
    /// Into an object's field.
    Field(&'a str),
    /// Into a list's element.
    Index(usize),
}

/// The place of a byte, for people: line and column from 1 on, the column in bytes.
pub(super) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    (before.iter().filter(|byte| **byte == b'\n').count() + 1, before.len() - line_start + 1)
}

/// The offset of the value at `path`, or of the deepest value on the way that is there; `None` when the text is not JSON.
pub(super) fn offset_of<'p>(text: &str, path: impl IntoIterator<Item = Step<'p>>) -> Option<usize> {
    let mut value: &RawValue = serde_json::from_str(text).ok()?;
    for step in path {
        let next = match step {
            Step::Field(name) => {
                let fields: Option<BTreeMap<String, &RawValue>> = serde_json::from_str(value.get()).ok();
                fields.and_then(|fields| fields.get(name).copied())
            }
            Step::Index(index) => {
                let list: Option<Vec<&RawValue>> = serde_json::from_str(value.get()).ok();
                list.and_then(|list| list.get(index).copied())
            }
        };
        let Some(next) = next else { break };
        value = next;
    }
    Some(value.get().as_ptr() as usize - text.as_ptr() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_to_its_value_or_as_deep_as_there_is_one() {
        let text = "{\n \"a\": {\"b\": [10, \"x\"]},\n \"ñ\": 1, \"c\": null}";
        let check = |path: &[Step<'_>], expected: &str| {
            let offset = offset_of(text, path.iter().copied()).unwrap();
            let (line, column) = line_and_column(text, offset);
            assert_eq!(format!("{line}:{column}"), expected, "{path:?}");
        };
        use Step::{Field, Index};
        check(&[], "1:1");
        check(&[Field("a")], "2:7");
        check(&[Field("a"), Field("b"), Index(1)], "2:18");
        check(&[Field("a"), Field("what")], "2:7");
        check(&[Field("c")], "3:16");
        assert_eq!(offset_of("{", []), None);
    }
}
