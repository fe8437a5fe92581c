//! Which crate may know which.

use crate::{
    map::{self, FENCES, FOR_TESTS, Fence, IMPURE},
    workspace,
};

/// What a dependency is for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// The library, the program or its build script.
    Normal,
    /// Tests and examples.
    Dev,
}

/// A dependency.
#[derive(Debug, Clone)]
pub(crate) struct Arrow {
    /// The package it points to.
    pub(crate) to: String,
    /// What for.
    pub(crate) kind: Kind,
}

/// A member of the workspace.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    /// Full name.
    pub(crate) name: String,
    /// Folder below the root.
    pub(crate) folder: String,
    /// What its manifest names.
    pub(crate) arrows: Vec<Arrow>,
}

impl Package {
    fn bare_name(&self) -> &str {
        self.name.strip_prefix("bheem-").unwrap_or(&self.name)
    }

    fn is_client(&self) -> bool {
        self.folder.starts_with("crates/clients/")
    }

    fn is_application(&self) -> bool {
        self.folder.starts_with("apps/")
    }
}

/// Every forbidden arrow of a graph, said in words.
fn violations(packages: &[Package]) -> Vec<String> {
    let mut found = Vec::new();
    for from in packages {
        if !from.name.starts_with("bheem-") {
            found.push(format!("{} is not called bheem-…", from.name));
        }
        for arrow in &from.arrows {
            let verdict = match packages.iter().find(|package| package.name == arrow.to) {
                Some(to) => ours(from, to, arrow.kind),
                None => outside(from, arrow),
            };
            found.extend(verdict.map(|why| format!("{} -> {}: {why}", from.name, arrow.to)));
        }
    }
    found
}

/// What is wrong with an arrow between two of ours.
fn ours(from: &Package, to: &Package, kind: Kind) -> Option<&'static str> {
    if to.is_application() {
        return Some("nobody depends on an application");
    }
    if kind == Kind::Normal && to.bare_name() == "testkit" {
        return Some("the test kit is a dev-dependency");
    }
    let Some(allowed) = map::allowed(from.bare_name(), &from.folder) else {
        return Some("the first is not on the crate map");
    };
    let is_on_the_map = allowed.all_libraries
        || (allowed.clients && to.is_client())
        || allowed
            .crates
            .iter()
            .any(|group| group.contains(&to.bare_name()));
    // The clients and the pure crates are tested without a database and without stand-ins.
    let is_for_tests = kind == Kind::Dev
        && (to.name == from.name || (!from.is_client() && FOR_TESTS.contains(&to.bare_name())));
    (!is_on_the_map && !is_for_tests).then_some("arrows point downward")
}

/// What is wrong with an arrow to a package of somebody else.
fn outside(from: &Package, arrow: &Arrow) -> Option<&'static str> {
    let meets = |fence: &&Fence| match fence.package.strip_suffix('*') {
        Some(beginning) => arrow.to.starts_with(beginning),
        None => arrow.to == fence.package,
    };
    let fence = FENCES.iter().find(meets)?;
    let is_inside = fence.inside.contains(&from.bare_name())
        || (from.is_client() && fence.inside.contains(&"clients"))
        || (arrow.kind == Kind::Dev && fence.tests_of.contains(&from.bare_name()));
    (!is_inside).then_some("the second is fenced off")
}

#[test]
fn no_arrow_of_the_workspace_is_forbidden() {
    let found = violations(&workspace::packages());
    assert!(found.is_empty(), "forbidden arrows:\n{}", found.join("\n"));
}

#[test]
fn the_domain_model_reaches_no_runtime_database_or_socket() {
    let tree = workspace::cargo(&[
        "tree",
        "--offline",
        "--package=bheem-domain",
        "--edges=normal,build",
        "--prefix=none",
        "--format={p}",
    ]);
    let names: Vec<_> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(names.contains(&"chrono"), "the tree does not read: {tree}");
    for name in IMPURE {
        assert!(!names.contains(name), "bheem-domain reaches {name}");
    }
}

#[test]
fn a_client_alone_brings_neither_a_database_nor_a_web_framework() {
    let packages = workspace::packages();
    let clients: Vec<_> = packages
        .iter()
        .filter(|package| package.is_client())
        .collect();
    assert!(clients.len() >= 15, "some clients are missing");
    for client in clients {
        let tree = workspace::cargo(&[
            "tree",
            "--offline",
            &format!("--package={}", client.name),
            "--edges=normal,build",
            "--prefix=none",
            "--format={p}",
        ]);
        let names: Vec<_> = tree
            .lines()
            .filter_map(|line| line.split(' ').next())
            .collect();
        assert!(
            names.contains(&"bheem-http-kit"),
            "the tree does not read: {tree}"
        );
        for name in names {
            let is_heavy = ["diesel", "actix", "tokio-postgres", "utoipa"]
                .iter()
                .any(|beginning| name.starts_with(beginning));
            assert!(!is_heavy, "{} brings {name}", client.name);
        }
    }
}

mod on_made_up_graphs {
    use super::*;

    fn package(folder: &str, arrows: &[&str]) -> Package {
        let bare_name = folder.rsplit('/').next().unwrap();
        Package {
            name: format!("bheem-{bare_name}"),
            folder: folder.to_owned(),
            arrows: arrows
                .iter()
                .map(|to| Arrow {
                    to: to.trim_start_matches("dev ").to_owned(),
                    kind: if to.starts_with("dev ") {
                        Kind::Dev
                    } else {
                        Kind::Normal
                    },
                })
                .collect(),
        }
    }

    /// The arrows that are found among packages which themselves name nothing.
    fn found(folder: &str, arrows: &[&str]) -> Vec<String> {
        let mut graph: Vec<_> = [
            "crates/domain",
            "crates/http-kit",
            "crates/vault",
            "crates/saga",
            "crates/persistence",
            "crates/services",
            "crates/testkit",
            "crates/sandbox",
            "crates/clients/mailcow",
            "crates/clients/webdav",
            "apps/server",
        ]
        .iter()
        .filter(|known| **known != folder)
        .map(|known| package(known, &[]))
        .collect();
        graph.push(package(folder, arrows));
        violations(&graph)
    }

    #[test]
    fn forbidden_arrows_are_found() {
        for (folder, arrow) in [
            ("crates/domain", "bheem-persistence"),
            ("crates/persistence", "bheem-services"),
            ("crates/saga", "bheem-vault"),
            ("crates/clients/mailcow", "bheem-domain"),
            ("crates/clients/mailcow", "bheem-webdav"),
            ("crates/clients/mailcow", "dev bheem-testkit"),
            ("crates/services", "bheem-server"),
            ("crates/testkit", "bheem-server"),
            ("crates/services", "dev bheem-server"),
            ("crates/services", "bheem-testkit"),
            ("crates/services", "bheem-sandbox"),
            ("crates/services", "diesel"),
            ("crates/services", "dev diesel-async"),
            ("crates/services", "reqwest"),
            ("crates/sandbox", "reqwest"),
            ("crates/sandbox", "utoipa"),
            ("crates/identity", "actix-web"),
            ("apps/server", "diesel"),
            ("crates/newcomer", "bheem-domain"),
        ] {
            assert_eq!(found(folder, &[arrow]).len(), 1, "{folder} -> {arrow}");
        }
    }

    #[test]
    fn arrows_of_the_map_are_let_through() {
        for (folder, arrows) in [
            (
                "crates/persistence",
                &["bheem-domain", "bheem-saga", "diesel", "dev bheem-testkit"][..],
            ),
            (
                "crates/clients/caldav",
                &["bheem-http-kit", "bheem-webdav", "reqwest"],
            ),
            (
                "crates/services",
                &["bheem-mailcow", "bheem-persistence", "dev bheem-sandbox"],
            ),
            (
                "crates/sandbox",
                &["actix-web", "dev reqwest", "dev bheem-mailcow"],
            ),
            (
                "apps/server",
                &["bheem-services", "bheem-sandbox", "utoipa", "actix-web"],
            ),
        ] {
            assert_eq!(found(folder, arrows), Vec::<String>::new(), "{folder}");
        }
    }

    #[test]
    fn a_package_with_a_foreign_name_is_found() {
        let mut stranger = package("crates/domain", &[]);
        "domain".clone_into(&mut stranger.name);
        assert_eq!(violations(&[stranger]).len(), 1);
    }
}
