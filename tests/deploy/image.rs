//! The Dockerfile, held to the sources and the manifests: what the build reads is copied, and user, port and versions are the same.
//!
//! It is read, not run: building an image needs an engine, which a machine that tests need not have. What it copies is copied, and
//! Cargo is asked where its targets lie.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::render::{BASE, Rendered};
use crate::{root, text};

fn instructions(name: &str) -> Vec<String> {
    let dockerfile = text("deploy/Dockerfile").replace("\\\n", " ");
    let lines = dockerfile.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned));
    lines.collect()
}

#[test]
fn user_and_port_are_those_of_the_manifests() {
    let rendered = Rendered::of(BASE);
    let security = &rendered.pod()["spec"]["securityContext"];
    assert_eq!(instructions("USER"), [format!("{}:{}", security["runAsUser"], security["runAsGroup"])]);
    let ports: Vec<String> = rendered.containers().iter().map(|container| container["ports"][0]["containerPort"].to_string()).collect();
    assert_eq!(instructions("EXPOSE"), [ports.join(" ")]);
    assert_eq!(instructions("ENTRYPOINT"), ["[\"/usr/local/bin/relevo\"]"], "the manifests give arguments, and no command");
    assert!(rendered.containers().iter().all(|container| container.get("command").is_none()));
}

#[test]
fn the_build_has_what_it_reads_and_no_other_version() {
    let cargo = text("Cargo.toml");
    let wanted = cargo.lines().find_map(|line| line.strip_prefix("rust-version = \"")?.strip_suffix('"')).expect("a version");
    let bases = instructions("FROM");
    assert!(bases[0].starts_with(&format!("rust:{wanted}.")), "{bases:?} and Rust {wanted}");
    // One Debian for both, by its code name and its number: the binary is linked against the first and runs on the second.
    assert!(bases[0].contains("-slim-bookworm") && bases[1].starts_with("debian:12."), "{bases:?}");
    assert!(instructions("RUN").iter().any(|run| run.contains("--locked")), "the lock file decides");
    // Whatever the sources take in at build time lies in what is copied.
    for file in sources(&root().join("src")) {
        let source = std::fs::read_to_string(&file).expect("a source");
        let build_time = source.split("#[cfg(test)]").next().unwrap_or_default();
        for folder in build_time.split("env!(\"CARGO_MANIFEST_DIR\"), \"/").skip(1) {
            assert!(
                folder.starts_with("deploy/maps/") || file.ends_with("tests.rs"),
                "{}: {}",
                file.display(),
                &folder[..30.min(folder.len())]
            );
        }
    }
}

/// The folder of the build as Docker makes it has every file that a target of `Cargo.toml` names: copied, and not ignored.
#[test]
fn what_is_copied_is_a_package_with_all_its_targets() {
    let build = tempfile::tempdir().expect("a folder");
    for (from, to) in copies() {
        assert!(reaches_the_build(&from), "{from} is copied, and does not reach the build");
        copy(&root().join(&from), &build.path().join(to));
    }
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--no-deps", "--format-version", "1", "--offline", "--locked"]).current_dir(build.path());
    let told = cargo.output().expect("cargo starts");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).expect("JSON");
    let targets = told["packages"][0]["targets"].as_array().expect("targets");
    let is_there = |kind: &str, name: &str| {
        targets
            .iter()
            .any(|target| target["kind"] == json!([kind]) && target["name"] == name && target["src_path"].as_str().is_some_and(is_file))
    };
    let named = named_targets();
    assert!(!named.is_empty() && is_there("bin", "relevo") && is_there("lib", "relevo"), "{targets:?}");
    for (kind, name) in named {
        assert!(is_there(&kind, &name), "the image's build can't find the {kind} `{name}`: {targets:?}");
    }
    for read in ["Cargo.lock", "src/main.rs", "deploy/maps"] {
        assert!(build.path().join(read).exists(), "{read} is not copied");
    }
}

fn is_file(path: &str) -> bool {
    Path::new(path).is_file()
}

/// The targets that `Cargo.toml` names: their kinds and names. Cargo builds nothing while one of them has no file.
fn named_targets() -> Vec<(String, String)> {
    let (cargo, mut kind, mut named) = (text("Cargo.toml"), None, Vec::new());
    for line in cargo.lines() {
        if line.starts_with('[') {
            kind = line.strip_prefix("[[").and_then(|line| line.strip_suffix("]]"));
        } else if let (Some(kind), Some(name)) = (kind, line.strip_prefix("name = ")) {
            named.push((kind.to_owned(), name.trim_matches('"').to_owned()));
        }
    }
    named
}

/// What each `COPY` of the first stage takes, and where it puts it.
fn copies() -> Vec<(String, PathBuf)> {
    let copies = instructions("COPY").into_iter().filter(|copy| !copy.starts_with("--from="));
    let each = copies.flat_map(|copy| {
        let mut paths: Vec<String> = copy.split_whitespace().map(str::to_owned).collect();
        let to = paths.pop().expect("a COPY says where to");
        let into = to.ends_with('/');
        paths.into_iter().map(move |from| {
            let to = if into { Path::new(&to).join(Path::new(&from).file_name().expect("a name")) } else { PathBuf::from(&to) };
            (from, to)
        })
    });
    each.collect()
}

/// Whether the ignore file, which shuts out everything and admits a few paths again, admits this one or a folder of it.
fn reaches_the_build(path: &str) -> bool {
    let ignore = text("deploy/Dockerfile.dockerignore");
    let mut lines = ignore.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(lines.next(), Some("*"), "the list begins by shutting out everything");
    lines.any(|line| Path::new(path).starts_with(line.strip_prefix('!').expect("what follows is admitted")))
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        std::fs::create_dir_all(to).expect("a folder");
        for entry in std::fs::read_dir(from).expect("a folder").flatten() {
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        std::fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
