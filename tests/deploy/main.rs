//! What operators get from `deploy/`, held to the program that it deploys: manifests, image, alerts, dashboards.
//!
//! Nothing here is checked against a copy of what should be there: manifests are rendered and run, rules are tested by Prometheus' own
//! tool. It knows no Kafka; queries are asked of real figures in `tests/kafka/dashboards.rs`.

mod alerts;
mod container;
mod dashboards;
mod image;
mod manifests;
#[path = "../kafka/process.rs"]
#[allow(dead_code, reason = "shared with the tests of Kafka, which use all of it")]
mod process;
mod promql;
#[allow(dead_code, reason = "shared with the tests of Kafka")]
mod queries;
mod render;
mod runbooks;
#[path = "../kafka/wait.rs"]
#[allow(dead_code, reason = "shared with the tests of Kafka, which use all of it")]
mod wait;

use std::path::PathBuf;

/// The repository's folder.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A text of the repository.
fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
