//! Folders of manifests as Kubernetes would get them: rendered and judged by `tests/deploy/render`, which is built once.
//!
//! That program is written in Go, because kustomize and the types of Kubernetes are. This file refuses to know what is in a manifest.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

use crate::root;

/// The base, by itself.
pub const BASE: &str = "deploy/kustomize/base";
/// The stages, as the containers are named.
pub const STAGES: [&str; 2] = ["decide", "intake"];
/// The overlay to begin with.
pub const EXAMPLE: &str = "deploy/kustomize/overlays/example";

static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("render-manifests");
    let mut command = Command::new("go");
    command.current_dir(root().join("tests/deploy/render")).args(["build", "-o"]).arg(&program).arg(".");
    // The sums in go.sum say which sources these are; no other toolchain is fetched for them, and no workspace changes them.
    command.env("GOFLAGS", "-mod=readonly -buildvcs=false").env("GOTOOLCHAIN", "local").env("GOWORK", "off");
    let output = command.output().expect("go is installed: `tests/prerequisites.sh test` says how");
    assert!(output.status.success(), "the renderer can't be built: {}", String::from_utf8_lossy(&output.stderr));
    program
});

/// What a folder renders to.
pub struct Rendered(Vec<Value>);

impl Rendered {
    /// Of a folder of the repository, which must render.
    pub fn of(folder: &str) -> Self {
        render(&root().join(folder)).unwrap_or_else(|refusal| panic!("{folder}: {refusal}"))
    }

    /// Every resource, as `kind name`.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|resource| format!("{} {}", str_at(resource, "/kind"), str_at(resource, "/metadata/name"))).collect()
    }

    /// The only resource of a kind.
    pub fn only(&self, kind: &str) -> &Value {
        let of_kind = self.all(kind);
        assert_eq!(of_kind.len(), 1, "{kind}: {:?}", self.names());
        of_kind[0]
    }

    /// The resources of a kind.
    pub fn all(&self, kind: &str) -> Vec<&Value> {
        self.0.iter().filter(|resource| resource["kind"] == kind).collect()
    }

    /// The data of the ConfigMap of this name.
    pub fn data(&self, name: &str) -> Vec<(String, String)> {
        let map = self.all("ConfigMap").into_iter().find(|map| map["metadata"]["name"] == name);
        let map = map.unwrap_or_else(|| panic!("no ConfigMap {name}: {:?}", self.names()));
        let data = map["data"].as_object().into_iter().flatten();
        data.map(|(key, value)| (key.clone(), value.as_str().expect("texts").to_owned())).collect()
    }

    /// The pods' template.
    pub fn pod(&self) -> &Value {
        &self.only("StatefulSet")["spec"]["template"]
    }

    /// The pods' containers: one for each stage.
    pub fn containers(&self) -> &[Value] {
        let containers = self.pod()["spec"]["containers"].as_array().expect("containers");
        let names: Vec<&str> = containers.iter().map(|container| str_at(container, "/name")).collect();
        assert_eq!(names, STAGES);
        containers
    }

    /// The container of a stage.
    pub fn container(&self, stage: &str) -> &Value {
        self.containers().iter().find(|container| container["name"] == stage).expect("a stage")
    }
}

/// Renders a folder, or says why it can't be.
pub fn render(folder: &Path) -> Result<Rendered, String> {
    let output = Command::new(&*PROGRAM).arg(folder).output().expect("it starts");
    if output.status.success() {
        return Ok(Rendered(serde_json::from_slice(&output.stdout).expect("a JSON array")));
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The text at a pointer.
pub fn str_at<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no text at {pointer} of {value}"))
}
