//! What every manifest says.

use std::fs;

use crate::{arrows::Package, workspace};

/// The lines of a manifest with the name of the table they stand in.
fn lines(manifest: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut table = "";
    manifest.lines().filter_map(move |line| {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[') {
            table = name.trim_end_matches(']');
            return None;
        }
        (!line.is_empty() && !line.starts_with('#')).then_some((table, line))
    })
}

fn inherits_the_lints(manifest: &str) -> bool {
    lines(manifest).any(|line| line == ("lints", "workspace = true"))
}

/// Lines of dependency tables that name a version of their own.
fn own_versions(manifest: &str) -> Vec<&str> {
    lines(manifest)
        .filter(|(table, line)| {
            let last = table.rsplit('.').next().unwrap_or(table);
            let is_entry = last.ends_with("dependencies");
            let is_entry_table = table.contains("dependencies.");
            let inherits = line.contains("workspace = true") || line.contains("path = \".\"");
            (is_entry && !inherits) || (is_entry_table && line.starts_with("version"))
        })
        .map(|(_, line)| line)
        .collect()
}

fn manifests() -> impl Iterator<Item = (Package, String)> {
    workspace::packages().into_iter().map(|package| {
        let path = workspace::root().join(&package.folder).join("Cargo.toml");
        let text = fs::read_to_string(path).unwrap();
        (package, text)
    })
}

#[test]
fn every_member_inherits_the_lints() {
    for (package, manifest) in manifests() {
        assert!(inherits_the_lints(&manifest), "{}", package.name);
    }
}

#[test]
fn every_version_stands_in_the_root_manifest() {
    for (package, manifest) in manifests() {
        assert_eq!(
            own_versions(&manifest),
            Vec::<&str>::new(),
            "{}",
            package.name
        );
    }
}

#[test]
fn every_crate_says_what_it_is_for() {
    for (package, _) in manifests() {
        let folder = workspace::root().join(&package.folder);
        let lib = fs::read_to_string(folder.join("src/lib.rs")).unwrap();
        let has_docs = lib.starts_with("//! ");
        let has_readme = lib.starts_with("#![doc = include_str!(\"../README.md\")]")
            && folder.join("README.md").exists();
        assert!(has_docs || has_readme, "{}", package.name);
    }
}

#[test]
fn every_client_brings_a_readme_a_changelog_and_an_example() {
    let clients = workspace::packages()
        .into_iter()
        .filter(|package| package.folder.starts_with("crates/clients/"));
    for client in clients {
        let folder = workspace::root().join(&client.folder);
        for name in ["README.md", "CHANGELOG.md", "examples", "tests/live.rs"] {
            assert!(folder.join(name).exists(), "{} lacks {name}", client.name);
        }
    }
}

#[test]
fn a_version_in_a_member_is_found() {
    for entry in [
        "[dependencies]\nserde = \"1\"",
        "[dev-dependencies]\nserde = { version = \"1\" }",
        "[target.'cfg(unix)'.dependencies]\nnix = \"1\"",
        "[dependencies.serde]\nversion = \"1\"",
    ] {
        assert_eq!(own_versions(entry).len(), 1, "{entry}");
    }
    let inherited =
        "[package]\nversion.workspace = true\n[dependencies]\n# why\nserde.workspace = true";
    assert_eq!(own_versions(inherited), Vec::<&str>::new());
    assert!(!inherits_the_lints(inherited));
    assert!(inherits_the_lints("[lints]\nworkspace = true"));
}
