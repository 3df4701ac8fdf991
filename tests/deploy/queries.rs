//! Every query that `deploy/` brings: where it stands, and its text. Shared by several test programs.
//!
//! It knows how rules and dashboards are laid out, and nothing of what a query means.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The rules, from the repository's folder.
pub const RULES: &str = "deploy/prometheus/relevo.rules.yaml";
/// The folder of the dashboards.
pub const DASHBOARDS: &str = "deploy/grafana";

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

/// The dashboards, each with its path.
pub fn dashboards() -> Vec<(String, Value)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(DASHBOARDS);
    let names = std::fs::read_dir(folder).expect("dashboards").flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut paths: Vec<String> = names.map(|name| format!("{DASHBOARDS}/{name}")).collect();
    paths.sort();
    let read = |path: String| (serde_json::from_str(&read(&path)).unwrap_or_else(|error| panic!("{path}: {error}")), path);
    paths.into_iter().map(read).map(|(dashboard, path)| (path, dashboard)).collect()
}

/// The panels of a dashboard that show figures.
pub fn panels(dashboard: &Value) -> Vec<&Value> {
    dashboard["panels"].as_array().expect("panels").iter().filter(|panel| panel["type"] != "row").collect()
}

/// Every query of the dashboards, with what Grafana would put in: the service `job`, and `range` for every length of time.
pub fn of_dashboards(job: &str, range: &str) -> Vec<Query> {
    let mut queries = Vec::new();
    for (path, dashboard) in dashboards() {
        for panel in panels(&dashboard) {
            for target in panel["targets"].as_array().expect("targets") {
                let place = format!("{path}, {}, {}", panel["title"], target["refId"]);
                let text = target["expr"].as_str().unwrap_or_else(|| panic!("{place} has no query"));
                let text = text.replace("$__rate_interval", range).replace("$__range", range).replace("$job", job);
                // What a pattern of `label_replace` has found is put in by Prometheus.
                assert!(!text.replace("\"$1\"", "").contains('$'), "{place}: nobody puts something into {text}");
                queries.push(Query { place, text });
            }
        }
    }
    queries
}

/// Every query of rules and dashboards.
pub fn all() -> Vec<Query> {
    rules().into_iter().map(|rule| rule.query).chain(of_dashboards("relevo", "5m")).collect()
}
