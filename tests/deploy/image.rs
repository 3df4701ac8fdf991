//! The Dockerfile, held to the sources and the manifests: what the build reads is copied, and user, port and versions are the same.
//!
//! It is read, not run: building an image needs an engine, which a machine that tests need not have.

use std::path::Path;

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
    assert_eq!(instructions("EXPOSE"), [rendered.container()["ports"][0]["containerPort"].to_string()]);
    assert_eq!(instructions("ENTRYPOINT"), ["[\"/usr/local/bin/relevo\"]"], "the manifests give arguments, and no command");
    assert!(rendered.container().get("command").is_none());
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
    let copied: Vec<String> =
        instructions("COPY").iter().flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect();
    let admitted = text("deploy/Dockerfile.dockerignore");
    for read in ["Cargo.toml", "Cargo.lock", "src", "deploy/maps"] {
        assert!(root().join(read).exists() && copied.iter().any(|path| path == read), "{read} is not copied");
        assert!(admitted.lines().any(|line| line == format!("!{read}")), "{read} does not reach the build");
    }
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

fn sources(folder: &Path) -> Vec<std::path::PathBuf> {
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
