//! Paths into a foreign document: `ChangeEventHeader.recordIds[0]`, `properties['hs.timestamp']`.

use serde_json::Value;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into the field of this name.
    Field(String),
    /// Into the element of this number, from 0.
    Index(usize),
}

/// Reads a path; none where the text is not one.
pub fn parse(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix("['") {
            let (name, after) = quoted.split_once("']")?;
            steps.push(Step::Field(name.to_owned()));
            rest = after;
        } else if let Some(number) = rest.strip_prefix('[') {
            let (number, after) = number.split_once(']')?;
            steps.push(Step::Index(number.parse().ok()?));
            rest = after;
        } else {
            let name = if steps.is_empty() { rest } else { rest.strip_prefix('.')? };
            let end = name.find(['.', '[']).unwrap_or(name.len());
            if end == 0 {
                return None;
            }
            steps.push(Step::Field(name[..end].to_owned()));
            rest = &name[end..];
        }
    }
    (!steps.is_empty()).then_some(steps)
}

/// What stands at the end of the path.
pub fn walk<'v>(root: &'v Value, path: &[Step]) -> Option<&'v Value> {
    path.iter().try_fold(root, |value, step| match step {
        Step::Field(name) => value.get(name),
        Step::Index(index) => value.get(index),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_names_and_numbers() {
        let document: Value = serde_json::from_str(r#"{"a":{"b":[1,{"c.d":"x"}]},"e":null}"#).expect("JSON");
        let check = |path: &str, expected: Option<&str>| {
            let steps = parse(path).unwrap_or_else(|| panic!("{path}"));
            assert_eq!(walk(&document, &steps).map(ToString::to_string).as_deref(), expected, "{path}");
        };
        check("a.b[0]", Some("1"));
        check("a.b[1]['c.d']", Some("\"x\""));
        check("['a'].b[1]", Some(r#"{"c.d":"x"}"#));
        check("a.b[2]", None);
        check("a.b.c", None);
        check("e", Some("null"));
        for bad in ["", ".", "a.", ".a", "a..b", "a[", "a[x]", "a['b'", "a[-1]", "a[0]b"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
