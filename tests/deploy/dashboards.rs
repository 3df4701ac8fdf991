//! The dashboards as Grafana imports them: whole, with nothing that belongs to one Grafana, and readable without asking somebody.
//!
//! Whether a query finds figures is asked of a real Prometheus in `tests/kafka/dashboards.rs`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::queries::{dashboards, panels};

/// Every datasource that is named anywhere under a value.
fn datasources<'v>(value: &'v Value, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, inner)| match name.as_str() {
            "datasource" => found.push(inner),
            _ => datasources(inner, found),
        }),
        Value::Array(list) => list.iter().for_each(|inner| datasources(inner, found)),
        _ => {}
    }
}

#[test]
fn a_dashboard_is_imported_into_any_grafana() {
    let all = dashboards();
    assert!(!all.is_empty());
    let names: BTreeSet<&str> = all.iter().filter_map(|(_, dashboard)| dashboard["uid"].as_str()).collect();
    assert_eq!(names.len(), all.len(), "each has a name of its own, so that a later one takes its place");
    for (path, dashboard) in &all {
        assert!(dashboard.get("id").is_none(), "{path}: a number of one Grafana");
        assert!(dashboard["schemaVersion"].as_u64() >= Some(38), "{path}: older than Grafana 10");
        assert!(dashboard["title"].is_string() && dashboard["tags"] == json!(["relevo"]), "{path}");
        let variables = dashboard["templating"]["list"].as_array().expect("variables");
        let kinds: Vec<(&str, &str)> =
            variables.iter().filter_map(|variable| Some((variable["name"].as_str()?, variable["type"].as_str()?))).collect();
        assert_eq!(kinds, [("datasource", "datasource"), ("job", "query")], "{path}");
        assert_eq!(variables[1]["query"]["query"], "label_values(relevo_build_info, job)");
        let mut sources = Vec::new();
        datasources(dashboard, &mut sources);
        let chosen = json!({ "type": "prometheus", "uid": "${datasource}" });
        assert!(sources.len() > 20 && sources.iter().all(|source| **source == chosen), "{path}: {sources:?}");
    }
}

/// Whether two panels cover the same place.
fn overlap(one: &Value, other: &Value) -> bool {
    let at = |panel: &Value, name: &str| panel["gridPos"][name].as_u64().unwrap_or_else(|| panic!("{} has no place", panel["title"]));
    let apart = |start: &str, length: &str| {
        at(one, start) + at(one, length) <= at(other, start) || at(other, start) + at(other, length) <= at(one, start)
    };
    !apart("x", "w") && !apart("y", "h")
}

#[test]
fn every_panel_says_what_it_shows_and_has_its_place() {
    for (path, dashboard) in dashboards() {
        let all = dashboard["panels"].as_array().expect("panels");
        let ids: BTreeSet<u64> = all.iter().filter_map(|panel| panel["id"].as_u64()).collect();
        assert_eq!(ids.len(), all.len(), "{path}: numbers of panels");
        for (index, panel) in all.iter().enumerate() {
            let beside = all[index + 1..].iter().find(|other| overlap(panel, other));
            assert!(beside.is_none(), "{path}: {} lies over {}", panel["title"], beside.unwrap_or(panel)["title"]);
            assert!(panel["gridPos"]["x"].as_u64().zip(panel["gridPos"]["w"].as_u64()).is_some_and(|(x, w)| x + w <= 24));
        }
        for panel in panels(&dashboard) {
            let title = &panel["title"];
            assert!(panel["description"].as_str().is_some_and(|text| text.len() > 20), "{path}: {title} explains nothing");
            let defaults = &panel["fieldConfig"]["defaults"];
            assert!(defaults["unit"].is_string() && defaults["noValue"].is_string(), "{path}: {title}");
            let targets = panel["targets"].as_array().expect("targets");
            let letters: BTreeSet<&str> = targets.iter().filter_map(|target| target["refId"].as_str()).collect();
            assert!(!targets.is_empty() && letters.len() == targets.len(), "{path}: {title}");
        }
    }
}
