//! What a path names.

use crate::{http::Request, text::percent_encode};

const BASE: &str = "/remote.php/dav/";
const OLD_BASE: &str = "/remote.php/webdav/";

/// A resource below `/remote.php/dav/`. Paths of files have no slash at either end; the empty one
/// is the home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Location {
    Root,
    Principal(String),
    File(String, String),
    /// What lies beside a user's files: user, kind (`trashbin`, `uploads`, `versions`), and the names below.
    Beside(String, &'static str, Vec<String>),
    CalendarHome(String),
    Calendar(String, String),
    Object(String, String, String),
}

impl Location {
    /// `None` for what does not exist or tries to climb out.
    pub(super) fn parse(request: &Request, caller: &str) -> Option<Self> {
        Self::parse_path(&request.path, caller)
    }

    pub(super) fn parse_path(path: &str, caller: &str) -> Option<Self> {
        let with_slash = format!("{path}/");
        let (rest, is_old) = match with_slash.strip_prefix(OLD_BASE) {
            Some(rest) => (rest, true),
            None => (with_slash.strip_prefix(BASE)?, false),
        };
        let segments: Vec<String> = rest
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(crate::text::percent_decode)
            .collect();
        let is_wrong = |one: &String| one == "." || one == ".." || one.contains(['/', '\0']);
        if segments.iter().any(is_wrong) {
            return None;
        }
        if is_old {
            return Some(Self::File(caller.to_owned(), segments.join("/")));
        }
        let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
        match parts.as_slice() {
            [] => Some(Self::Root),
            ["principals", "users", user] => Some(Self::Principal((*user).to_owned())),
            ["files", user, path @ ..] => Some(Self::File((*user).to_owned(), path.join("/"))),
            [kind, user, names @ ..] if beside(kind).is_some() => {
                let names = names.iter().map(|name| (*name).to_owned()).collect();
                Some(Self::Beside((*user).to_owned(), beside(kind)?, names))
            }
            ["calendars", user] => Some(Self::CalendarHome((*user).to_owned())),
            ["calendars", user, name] => {
                Some(Self::Calendar((*user).to_owned(), (*name).to_owned()))
            }
            ["calendars", user, calendar, name] => Some(Self::Object(
                (*user).to_owned(),
                (*calendar).to_owned(),
                (*name).to_owned(),
            )),
            _ => None,
        }
    }

    /// Whose it is.
    pub(super) fn owner(&self) -> Option<&str> {
        match self {
            Self::Root => None,
            Self::Principal(user)
            | Self::File(user, _)
            | Self::Beside(user, ..)
            | Self::CalendarHome(user)
            | Self::Calendar(user, _)
            | Self::Object(user, _, _) => Some(user),
        }
    }

    /// The same with the user's id as it is kept.
    pub(super) fn owned_by(self, id: &str) -> Self {
        let id = id.to_owned();
        match self {
            Self::Root => Self::Root,
            Self::Principal(_) => Self::Principal(id),
            Self::File(_, path) => Self::File(id, path),
            Self::Beside(_, kind, names) => Self::Beside(id, kind, names),
            Self::CalendarHome(_) => Self::CalendarHome(id),
            Self::Calendar(_, name) => Self::Calendar(id, name),
            Self::Object(_, calendar, name) => Self::Object(id, calendar, name),
        }
    }

    /// The href; collections end in a slash.
    pub(super) fn href(&self, is_collection: bool) -> String {
        let segments: Vec<&str> = match self {
            Self::Root => Vec::new(),
            Self::Principal(user) => vec!["principals", "users", user],
            Self::File(user, path) => {
                let mut segments = vec!["files", user.as_str()];
                segments.extend(path.split('/').filter(|segment| !segment.is_empty()));
                segments
            }
            Self::Beside(user, kind, names) => {
                let mut segments = vec![*kind, user.as_str()];
                segments.extend(names.iter().map(String::as_str));
                segments
            }
            Self::CalendarHome(user) => vec!["calendars", user],
            Self::Calendar(user, name) => vec!["calendars", user, name],
            Self::Object(user, calendar, name) => vec!["calendars", user, calendar, name],
        };
        let encoded: Vec<String> = segments.into_iter().map(percent_encode).collect();
        let end = if is_collection && !encoded.is_empty() {
            "/"
        } else {
            ""
        };
        format!("{BASE}{}{end}", encoded.join("/"))
    }
}

fn beside(kind: &str) -> Option<&'static str> {
    ["trashbin", "uploads", "versions"]
        .into_iter()
        .find(|known| *known == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_hrefs_go_both_ways() {
        for path in [
            "/remote.php/dav/",
            "/remote.php/dav/files/a@b/one/two%20%c3%bc.txt",
            "/remote.php/dav/calendars/a/personal/x.ics",
        ] {
            let location = Location::parse_path(path, "me").unwrap();
            assert_eq!(location.href(false), path);
        }
        assert_eq!(
            Location::parse_path("/remote.php/webdav/a", "me"),
            Some(Location::File("me".to_owned(), "a".to_owned()))
        );
    }

    #[test]
    fn nothing_climbs_out_of_its_home() {
        for path in [
            "files/a/../b",
            "files/a/%2e%2e/b",
            "files/a/x%2f..%2fb",
            "files",
        ] {
            let path = format!("/remote.php/dav/{path}");
            assert_eq!(Location::parse_path(&path, "me"), None, "{path}");
        }
    }
}
