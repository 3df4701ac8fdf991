//! The schemas and examples as files: finding, reading, and asking about them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde_json::Value;

/// The folder of schemas.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

/// One schema, compiled, with its text.
pub struct Schema {
    pub name: String,
    pub document: Value,
    validator: Validator,
}

impl Schema {
    /// Reads and compiles `schemas/<name>.json`.
    pub fn load(name: &str) -> Self {
        let document = json(&folder().join(format!("{name}.json")));
        let options = jsonschema::options().should_validate_formats(true);
        let validator = options.build(&document).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { name: name.to_owned(), document, validator }
    }

    /// Every schema there is.
    pub fn all() -> Vec<Self> {
        let mut names: Vec<String> = files(&folder(), "json").iter().map(|path| stem(path)).collect();
        names.sort();
        names.iter().map(|name| Self::load(name)).collect()
    }

    /// Whether the value is valid.
    pub fn accepts(&self, value: &Value) -> bool {
        self.validator.is_valid(value)
    }

    /// Asserts that the value is valid, else says why it is not.
    pub fn must_accept(&self, value: &Value, what: &str) {
        let errors: Vec<String> = self.validator.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{}: {what}: {errors:#?}", self.name);
    }

    /// Paths of all properties; `[]` stands for the elements of a list.
    pub fn paths(&self) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        self.walk(&self.document, "", &mut |path, _| {
            paths.insert(path.to_owned());
        });
        paths
    }

    /// Paths of the properties that their object requires.
    pub fn required(&self) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        self.walk(&self.document, "", &mut |path, required| {
            if required {
                paths.insert(path.to_owned());
            }
        });
        paths
    }

    /// The definition that a node refers to, else the node.
    pub fn resolved<'a>(&'a self, node: &'a Value) -> &'a Value {
        match node["$ref"].as_str() {
            Some(reference) => self.document.pointer(reference.trim_start_matches('#')).expect("a reference leads somewhere"),
            None => node,
        }
    }

    fn walk(&self, node: &Value, at: &str, found: &mut impl FnMut(&str, bool)) {
        let node = self.resolved(node);
        for (name, property) in node["properties"].as_object().into_iter().flatten() {
            let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
            let required = node["required"].as_array().is_some_and(|list| list.iter().any(|other| other == name.as_str()));
            found(&path, required);
            self.walk(property, &path, found);
        }
        if !node["items"].is_null() {
            self.walk(&node["items"], &format!("{at}[]"), found);
        }
    }
}

/// Reads a JSON file.
pub fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files with this extension in a folder, in the order of their names.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    files.retain(|path| path.extension().is_some_and(|other| other == extension));
    files.sort();
    files
}

/// The examples of a schema: `good` or `bad`.
pub fn examples(schema: &str, kind: &str) -> Vec<PathBuf> {
    let examples = files(&folder().join("examples").join(schema).join(kind), "json");
    assert!(examples.len() >= 2, "{schema} has too few {kind} examples");
    examples
}

/// A file's name without its extension.
pub fn stem(path: &Path) -> String {
    path.file_stem().expect("a file").to_string_lossy().into_owned()
}

#[test]
fn schemas_are_of_2020_12_with_a_description_for_every_property() {
    let schemas = Schema::all();
    assert!(schemas.len() >= 8, "{} schemas", schemas.len());
    for schema in &schemas {
        assert_eq!(schema.document["$schema"], "https://json-schema.org/draft/2020-12/schema", "{}", schema.name);
        assert!(jsonschema::meta::is_valid(&schema.document), "{} breaks its meta-schema", schema.name);
        assert!(schema.document["$id"].as_str().is_some_and(|id| id.ends_with(&format!("/{}.json", schema.name))), "{}", schema.name);
        describe(schema, &schema.document, "");
    }
}

fn describe(schema: &Schema, node: &Value, at: &str) {
    for (name, property) in node["properties"].as_object().into_iter().flatten() {
        let described = !property["description"].is_null() || !schema.resolved(property)["description"].is_null();
        assert!(described, "{}: {at}.{name} has no description", schema.name);
        describe(schema, property, &format!("{at}.{name}"));
    }
    if !node["items"].is_null() {
        describe(schema, &node["items"], &format!("{at}[]"));
    }
}

#[test]
fn a_definition_of_one_name_means_the_same_in_schemas_of_one_direction() {
    let inputs = ["relevo.interaction.recorded.v1", "relevo.account.updated.v1", "relevo.activity.recorded.v1", "relevo.feed.heartbeat.v1"];
    for direction in [true, false] {
        let mut seen = std::collections::BTreeMap::new();
        for schema in Schema::all().into_iter().filter(|schema| inputs.contains(&schema.name.as_str()) == direction) {
            for (name, definition) in schema.document["$defs"].as_object().into_iter().flatten() {
                let first = seen.entry(name.clone()).or_insert_with(|| definition.clone());
                assert_eq!(first, definition, "{}: `{name}` means something else than elsewhere", schema.name);
            }
        }
    }
}

#[test]
fn every_file_among_the_examples_belongs_to_a_schema() {
    let names: BTreeSet<String> = Schema::all().into_iter().map(|schema| schema.name).collect();
    for entry in std::fs::read_dir(folder().join("examples")).expect("examples") {
        let name = entry.expect("a readable folder").file_name().to_string_lossy().into_owned();
        assert!(names.contains(&name), "examples of an unknown schema: {name}");
    }
}
