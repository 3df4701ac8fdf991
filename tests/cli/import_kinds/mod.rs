//! What exports are like in practice, a kind of trouble a table: whatever a file is like, no event says something wrong, and what is not
//! certain is asked, refused or counted.

mod guesses;
mod rows;
mod shipped;
mod values;

use serde_json::Value;

use crate::program::{Ended, Place};

/// The map that most files here are read by: what is not in it is added.
pub const MAP: &str = r#"api: relevo/v1
kind: Map
of: interactions
time_zone: America/Mexico_City
fields:
  interaction_id: { join: [Mail, When, What], with: " ", hash: true }
  occurred_at: { column: When, date: detect }
  kind: { column: What, lookup: { Demo: demo_requested, "*attended*": attended, "*demo*": demo_requested } }
  campaign.id: { constant: expo }
  person.id: { column: Mail, hash: true }
  person.email: { column: Mail }
"#;

/// The same of sales.
pub const SALES: &str = r#"api: relevo/v1
kind: Map
of: outcomes
fields:
  company.domain: { column: Site }
  outcome: { column: State, lookup: { Won: won, Lost: lost } }
  at: { column: Closed, date: detect }
  value_usd: { column: Amount, optional: true }
"#;

/// What an import came to.
pub struct Came {
    pub status: i32,
    pub events: Vec<Value>,
    /// The summary, the rejects and what went to standard error.
    pub told: String,
}

/// A file by a map.
pub fn import(file: &[u8], map: &str, more: &[&str]) -> Came {
    let place = Place::new().with("map.yaml", map);
    std::fs::write(place.folder.path().join("in.csv"), file).expect("written");
    let name = if map.contains('\n') { "map.yaml" } else { map };
    came(&place, name, more)
}

fn came(place: &Place, map: &str, more: &[&str]) -> Came {
    let ended = place.call(&[&["import", "csv", "in.csv", "--map", map, "--out", "out.ndjson"], more].concat(), &[]);
    let read = |name: &str| std::fs::read_to_string(place.folder.path().join(name)).unwrap_or_default();
    let events = read("out.ndjson").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    Came { status: ended.status, events, told: format!("{}{}{}", ended.out, ended.err, read("out.rejects.csv")) }
}

/// The map that is guessed for a file, what is said beside, and what the file comes to by it.
pub fn guess(file: &[u8]) -> (String, Came) {
    let place = Place::new();
    std::fs::write(place.folder.path().join("in.csv"), file).expect("written");
    let guessed: Ended = place.call(&["import", "csv", "in.csv", "--guess", "--out", "map.yaml"], &[]);
    assert_eq!(guessed.status, 0, "{guessed:#?}");
    let map = std::fs::read_to_string(place.folder.path().join("map.yaml")).expect("written");
    (map, came(&place, "map.yaml", &[]))
}

/// What stands at the path of an event.
pub fn at<'e>(event: &'e Value, path: &str) -> &'e Value {
    path.split('.').fold(event, |value, name| &value[name])
}

/// The values at a path, in the order of the file, as texts; `-` where there is none.
pub fn column(events: &[Value], path: &str) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    events.iter().map(|event| text(at(event, path))).collect()
}

/// Asserts that what was told has all of these in it.
pub fn says(told: &str, words: &[&str]) {
    for word in words {
        assert!(told.contains(word), "no {word:?} in\n{told}");
    }
}
