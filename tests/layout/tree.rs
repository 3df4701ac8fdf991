//! Which files the project consists of: what git tracks, or, in a copy without git, what lies in its folders.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The project's folder.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Paths relative to the project's folder, with `/`, sorted. Files that git does not track yet count unless it is told to
/// ignore them, so that a breach is seen before the commit.
pub fn tracked_files() -> Vec<String> {
    let listed = Command::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(root()).output();
    let mut files = match listed {
        Ok(output) if output.status.success() && !output.stdout.is_empty() => {
            String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
        }
        _ => {
            let mut found = Vec::new();
            for folder in ["src", "tests", "schemas", "deploy", "bench"] {
                walk(&root().join(folder), &mut found);
            }
            found
        }
    };
    files.sort();
    files
}

fn walk(folder: &Path, found: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, found);
        } else if let Ok(relative) = path.strip_prefix(root()) {
            found.push(relative.to_string_lossy().replace('\\', "/"));
        }
    }
}
