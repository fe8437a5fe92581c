//! The packages of this checkout, as `cargo` sees them, and its source files.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::arrows::{Arrow, Kind, Package};

/// The folder of the root manifest.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
        .to_path_buf()
}

/// Runs `cargo` in the checkout, without a network, and answers what it printed.
pub(crate) fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// Every member with the dependencies its manifest names.
pub(crate) fn packages() -> Vec<Package> {
    let text = cargo(&["metadata", "--format-version=1", "--no-deps", "--offline"]);
    let metadata: Value = serde_json::from_str(&text).unwrap();
    let packages: Vec<_> = list(&metadata, "packages").map(package).collect();
    assert!(packages.len() > 10, "the workspace has more members");
    packages
}

fn package(value: &Value) -> Package {
    let manifest = PathBuf::from(text(value, "manifest_path"));
    let folder = manifest.parent().unwrap().strip_prefix(root()).unwrap();
    Package {
        name: text(value, "name").to_owned(),
        folder: folder.to_str().unwrap().to_owned(),
        arrows: list(value, "dependencies").map(arrow).collect(),
    }
}

fn arrow(dependency: &Value) -> Arrow {
    Arrow {
        to: text(dependency, "name").to_owned(),
        kind: match dependency["kind"].as_str() {
            Some("dev") => Kind::Dev,
            _ => Kind::Normal,
        },
    }
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value[name].as_array().unwrap().iter()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

/// Every Rust source below `crates` and `apps`: path relative to the root, and content.
pub(crate) fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["apps", "crates"] {
        collect(&root().join(folder), &mut found);
    }
    assert!(found.len() > 100, "the sources were not found");
    found
}

fn collect(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        if name.starts_with('.') || name == "target" {
            continue;
        }
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let short = path.strip_prefix(root()).unwrap();
            let content = fs::read_to_string(&path).unwrap();
            found.push((short.to_string_lossy().into_owned(), content));
        }
    }
}
