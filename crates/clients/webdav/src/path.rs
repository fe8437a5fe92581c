//! Paths below the base URL.

use std::fmt;

use bheem_http_kit::{EncodedPath, PathError};
use unicode_normalization::UnicodeNormalization as _;

/// The path of a resource. It cannot point outside the base URL it is used with, unless it came from the server as
/// an `href`, which may point anywhere on that host.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DavPath(EncodedPath);

impl DavPath {
    /// The base URL itself.
    #[must_use]
    pub const fn root() -> Self {
        Self(EncodedPath::base())
    }

    /// A path of these names, in Unicode form NFC.
    ///
    /// # Errors
    /// If a name is empty, `.` or `..`, or holds a control character.
    pub fn new<S: AsRef<str>>(names: &[S]) -> Result<Self, PathError> {
        if names.iter().any(|name| name.as_ref().is_empty()) {
            return Err(PathError::Empty);
        }
        let names: Vec<String> = names.iter().map(|name| composed(name.as_ref())).collect();
        EncodedPath::relative(&names).map(Self)
    }

    /// A path from names separated by slashes, not encoded. Slashes at either end are ignored.
    ///
    /// # Errors
    /// As for [`DavPath::new`].
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let names: Vec<&str> = text.trim_matches('/').split('/').collect();
        if names == [""] {
            Ok(Self::root())
        } else {
            Self::new(&names)
        }
    }

    /// The path in an `href` of the server: percent-encoded, from the root of the host. Its spelling is kept. If the
    /// `href` is a whole URL, its host is ignored: requests go to the configured host only.
    ///
    /// # Errors
    /// If it is no absolute path or cannot be expressed.
    pub fn from_href(href: &str) -> Result<Self, PathError> {
        // One server (Xandikos 0.2, 2026-11) also encodes the colon of the scheme where it tells what is missing.
        let whole = href.split_once("://").or_else(|| {
            href.split_once("%3A//")
                .filter(|(scheme, _)| *scheme == "http" || *scheme == "https")
        });
        let path = match whole {
            Some((_scheme, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
            None => href,
        };
        // Where even the first slash is encoded, all of them are (civetweb, 2026); elsewhere it is part of a name.
        if path
            .get(..3)
            .is_some_and(|start| start.eq_ignore_ascii_case("%2f"))
        {
            let path = path.replace("%2f", "/").replace("%2F", "/");
            return EncodedPath::absolute(&path).map(Self);
        }
        EncodedPath::absolute(path).map(Self)
    }

    /// The path of something in this collection.
    ///
    /// # Errors
    /// As for [`DavPath::new`].
    pub fn child(&self, name: &str) -> Result<Self, PathError> {
        self.0.child(&composed(name)).map(Self)
    }

    /// This path with a trailing slash.
    #[must_use]
    pub fn as_collection(&self) -> Self {
        Self(self.0.as_collection())
    }

    /// The collection this is in; `None` for the base URL itself and for the root of a host.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.parent().map(Self)
    }

    pub(crate) const fn of_encoded(path: EncodedPath) -> Self {
        Self(path)
    }

    /// The encoded form.
    #[must_use]
    pub fn encoded(&self) -> &EncodedPath {
        &self.0
    }

    /// The last name, decoded.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        let last = self.0.as_str().trim_end_matches('/').rsplit('/').next()?;
        bheem_http_kit::decode_segment(last)
            .ok()
            .filter(|name| !name.is_empty())
    }
}

impl fmt::Debug for DavPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DavPath({})", self.0.as_str())
    }
}

fn composed(name: &str) -> String {
    name.nfc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_composed_and_encoded() {
        let path = DavPath::parse("/Ma\u{308}rz/a b/").unwrap();
        assert_eq!(path.encoded().as_str(), "M%C3%A4rz/a%20b");
        assert_eq!(path.name().unwrap(), "a b");
        assert_eq!(path.as_collection().encoded().as_str(), "M%C3%A4rz/a%20b/");
        assert_eq!(DavPath::parse("/").unwrap(), DavPath::root());
    }

    #[test]
    fn escaping_is_refused() {
        for wrong in ["..", "a/../b", "a//b", "./a", "a/.", "a\0"] {
            assert!(DavPath::parse(wrong).is_err(), "{wrong:?}");
        }
        assert!(DavPath::root().child("..").is_err());
        assert!(DavPath::root().child("").is_err());
        assert_eq!(
            DavPath::root().child("a/../b").unwrap().encoded().as_str(),
            "a%2F..%2Fb"
        );
        assert!(DavPath::from_href("/dav/%2e%2e/secret").is_err());
        assert!(DavPath::from_href("dav").is_err());
    }

    #[test]
    fn an_href_may_be_a_url_whose_host_does_not_count() {
        let path = DavPath::from_href("https://elsewhere.example/dav/a%20b/").unwrap();
        assert_eq!(path.encoded().as_str(), "/dav/a%20b/");
        let path = DavPath::from_href("http%3A//127.0.0.1%3A8080/dav/b").unwrap();
        assert_eq!(path.encoded().as_str(), "/dav/b");
        let path = DavPath::from_href("%2fdav%2Fa%20b").unwrap();
        assert_eq!(path.encoded().as_str(), "/dav/a%20b");
        let path = DavPath::from_href("/dav/a%2fb").unwrap();
        assert_eq!(path.encoded().as_str(), "/dav/a%2Fb");
        assert!(DavPath::from_href("%2fdav%2f..%2fb").is_err());
    }

    #[test]
    fn parents_end_at_the_base() {
        let path = DavPath::parse("a/b c/").unwrap();
        let parent = path.parent().unwrap();
        assert_eq!(parent, DavPath::parse("a").unwrap());
        assert_eq!(parent.parent(), Some(DavPath::root()));
        assert_eq!(DavPath::root().parent(), None);
        let href = DavPath::from_href("/dav/x/").unwrap();
        assert_eq!(href.parent().unwrap().encoded().as_str(), "/dav");
        assert_eq!(DavPath::from_href("/").unwrap().parent(), None);
    }

    proptest! {
        #[test]
        fn fuzz_names_survive_whatever_they_hold(names in prop::collection::vec("[a-z+#%&=?;: \"'<>äöüßéΩ漢😀\u{308}.-]{1,12}", 1..5)) {
            prop_assume!(names.iter().all(|name| name != "." && name != ".."));
            let path = DavPath::new(&names).unwrap();
            let composed: Vec<String> = names.iter().map(|name| name.nfc().collect()).collect();
            let mut found = Vec::new();
            let mut at = Some(path.clone());
            while let Some(here) = at.filter(|here| *here != DavPath::root()) {
                found.insert(0, here.name().unwrap());
                at = here.parent();
            }
            prop_assert_eq!(&found, &composed);
            // One spelling for both forms of Unicode.
            let decomposed: Vec<String> = names.iter().map(|name| name.nfd().collect()).collect();
            prop_assert_eq!(DavPath::new(&decomposed).unwrap(), path.clone());
            // The server may spell it as it likes.
            let href = format!("/{}", path.encoded().as_str());
            let same = DavPath::from_href(&href).unwrap();
            prop_assert_eq!(same.encoded().as_str(), href);
        }

        #[test]
        fn fuzz_any_href_is_a_path_or_refused(href in "\\PC{0,60}") {
            if let Ok(path) = DavPath::from_href(&href) {
                prop_assert!(path.encoded().as_str().starts_with('/'));
                prop_assert!(path.encoded().as_str().is_ascii());
                prop_assert!(!path.encoded().as_str().contains("//"));
            }
        }

        #[test]
        fn fuzz_any_text_is_parsed_or_refused(text in "\\PC{0,60}") {
            if let Ok(path) = DavPath::parse(&text) {
                prop_assert!(path.encoded().as_str().split('/').all(|segment| segment != ".." && segment != "."));
            }
        }
    }
}
