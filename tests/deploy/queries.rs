//! Every query that `deploy/` brings: where it stands, and its text. Shared by several test programs.
//!
//! It knows how rules and dashboards are laid out, and nothing of what a query means.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The rules, from the repository's folder.
pub const RULES: &str = "deploy/prometheus/relevo.rules.yaml";

/// A query.
#[derive(Clone, Debug)]
pub struct Query {
    /// Where it stands, for people.
    pub place: String,
    /// In the language of Prometheus, with nothing left to put in.
    pub text: String,
}

/// A rule.
pub struct Rule {
    /// The alert's name, or that of the recorded series.
    pub name: String,
    /// Whether somebody is told.
    pub is_alert: bool,
    /// All of it, as it stands.
    pub whole: Value,
    /// When.
    pub query: Query,
}

/// A file of the repository.
pub fn read(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The rules, in their order.
pub fn rules() -> Vec<Rule> {
    let file: Value = serde_saphyr::from_str(&read(RULES)).expect("the rules are YAML");
    let groups = file["groups"].as_array().expect("groups").iter();
    let rules = groups.flat_map(|group| group["rules"].as_array().expect("rules").clone());
    let rule = |whole: Value| {
        let is_alert = whole.get("alert").is_some();
        let name = whole[if is_alert { "alert" } else { "record" }].as_str().expect("a name").to_owned();
        let text = whole["expr"].as_str().expect("a query").to_owned();
        Rule { query: Query { place: format!("{}, {name}", Path::new(RULES).display()), text }, name, is_alert, whole }
    };
    rules.map(rule).collect()
}

/// Every query of the rules.
pub fn all() -> Vec<Query> {
    rules().into_iter().map(|rule| rule.query).collect()
}
