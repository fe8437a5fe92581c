//! The crate map. Arrows point downward: what is listed here is what may be known, nothing else.

/// The layers of library crates that others build on, bottom first.
const LAYER_0: &[&str] = &["domain", "http-kit"];
/// What keeps secrets and runs; beside the clients of peers in layer 1.
const LAYER_1: &[&str] = &["vault", "saga"];
/// The database.
const LAYER_2: &[&str] = &["persistence"];

/// What a member's manifest may name among our own packages.
pub(crate) struct Allowed {
    /// Groups of bare names.
    pub(crate) crates: Vec<&'static [&'static str]>,
    /// Whether every client crate is among them.
    pub(crate) clients: bool,
    /// Whether everything but the applications is.
    pub(crate) all_libraries: bool,
}

fn only(crates: Vec<&'static [&'static str]>) -> Allowed {
    Allowed {
        crates,
        clients: false,
        all_libraries: false,
    }
}

fn and_clients(crates: Vec<&'static [&'static str]>) -> Allowed {
    Allowed {
        clients: true,
        ..only(crates)
    }
}

/// The line of the map for a package; `None` for one that is not on it.
pub(crate) fn allowed(bare_name: &str, folder: &str) -> Option<Allowed> {
    if folder.starts_with("crates/clients/") {
        return Some(match bare_name {
            // Both speak WebDAV beneath.
            "caldav" | "nextcloud" => only(vec![&["http-kit", "webdav"]]),
            _ => only(vec![&["http-kit"]]),
        });
    }
    Some(match bare_name {
        "domain" | "http-kit" | "embedded-postgres" => only(vec![]),
        "vault" | "saga" => only(vec![&["domain"]]),
        "persistence" => only(vec![LAYER_0, LAYER_1]),
        "identity" => only(vec![LAYER_0, &["vault", "persistence"]]),
        "oidc-provider" => only(vec![LAYER_0, &["vault", "saga", "persistence", "identity"]]),
        "provisioning" => and_clients(vec![LAYER_0, LAYER_1, LAYER_2]),
        "services" => and_clients(vec![
            LAYER_0,
            LAYER_1,
            LAYER_2,
            &["identity", "provisioning"],
        ]),
        // Their tests hold the clients against them.
        "sandbox" | "local-servers" => and_clients(vec![&["http-kit"]]),
        "sdk" => only(vec![&["http-kit"]]),
        "testkit" | "server" => Allowed {
            all_libraries: true,
            ..only(vec![])
        },
        _ => return None,
    })
}

/// Packages that a test may use beyond its crate's line of the map.
pub(crate) const FOR_TESTS: &[&str] = &["testkit", "sandbox", "embedded-postgres", "local-servers"];

/// Who may name an outside package; the clients are meant by `clients`.
pub(crate) struct Fence {
    /// The package, or the beginning of its name when it ends in `*`.
    pub(crate) package: &'static str,
    /// Bare names of those inside.
    pub(crate) inside: &'static [&'static str],
    /// Those whose tests may, too.
    pub(crate) tests_of: &'static [&'static str],
}

/// What is fenced off.
pub(crate) const FENCES: &[Fence] = &[
    Fence {
        package: "diesel*",
        inside: &["persistence", "saga", "testkit"],
        tests_of: &[],
    },
    Fence {
        package: "actix-*",
        inside: &["server", "sandbox"],
        tests_of: &[],
    },
    Fence {
        package: "utoipa*",
        inside: &["server"],
        tests_of: &[],
    },
    Fence {
        package: "reqwest",
        inside: &["http-kit", "clients"],
        tests_of: &["sandbox"],
    },
];

/// What the pure crates may not even reach through others.
pub(crate) const IMPURE: &[&str] = &["tokio", "diesel", "reqwest", "actix-web", "hyper", "mio"];
