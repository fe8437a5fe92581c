//! Paths built from segments, so that a value can never become structure.
//!
//! Invariant: whatever text a segment holds, the encoded path has exactly the segments it was built from.
//! A segment `.` or `..` cannot be expressed: URL parsers treat even `%2e%2e` as "parent" (WHATWG URL,
//! section 4.4), hence it is refused instead of encoded.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Unreserved characters (RFC 3986, section 2.3) and `@`, which account names contain and peers compare literally.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'@');

/// Why a path was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// A segment is empty where only the last one may be.
    #[error("empty path segment")]
    Empty,
    /// A segment is `.` or `..`.
    #[error("path segment `.` or `..`")]
    Dots,
    /// A segment holds a control character.
    #[error("control character in a path segment")]
    Control,
    /// A segment is not percent-encoded UTF-8.
    #[error("path segment is not UTF-8")]
    Encoding,
    /// The path is not absolute.
    #[error("path does not begin with a slash")]
    NotAbsolute,
}

/// Percent-encodes one path segment.
///
/// # Errors
/// If the segment is empty, a dot segment, or holds a control character.
pub fn encode_segment(segment: &str) -> Result<String, PathError> {
    if segment.is_empty() {
        return Err(PathError::Empty);
    }
    if matches!(segment, "." | "..") {
        return Err(PathError::Dots);
    }
    if segment.chars().any(char::is_control) {
        return Err(PathError::Control);
    }
    Ok(utf8_percent_encode(segment, ESCAPED).to_string())
}

/// Decodes one percent-encoded path segment.
///
/// # Errors
/// If the bytes are not UTF-8.
pub fn decode_segment(segment: &str) -> Result<String, PathError> {
    percent_decode_str(segment)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_invalid| PathError::Encoding)
}

/// An encoded path, either below the client's base URL or from the root of its host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EncodedPath {
    text: String,
    absolute: bool,
}

impl EncodedPath {
    /// The base URL itself.
    #[must_use]
    pub const fn base() -> Self {
        Self {
            text: String::new(),
            absolute: false,
        }
    }

    /// A path below the base URL. An empty last segment gives a trailing slash.
    ///
    /// # Errors
    /// If a segment cannot be expressed.
    pub fn relative<S: AsRef<str>>(segments: &[S]) -> Result<Self, PathError> {
        Ok(Self {
            text: join(segments)?,
            absolute: false,
        })
    }

    /// A path from the root of the host, given percent-encoded as in a DAV `href` (RFC 4918, section 8.3).
    /// It is decoded and encoded again, so that only our own spelling is ever sent.
    ///
    /// # Errors
    /// If it is not absolute or a segment cannot be expressed.
    pub fn absolute(encoded: &str) -> Result<Self, PathError> {
        let rest = encoded.strip_prefix('/').ok_or(PathError::NotAbsolute)?;
        let segments = rest
            .split('/')
            .map(decode_segment)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            text: format!("/{}", join(&segments)?),
            absolute: true,
        })
    }

    /// The encoded text; begins with a slash only if the path is absolute.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// This path with one more segment.
    ///
    /// # Errors
    /// If the segment cannot be expressed.
    pub fn child(&self, segment: &str) -> Result<Self, PathError> {
        let stem = self.text.trim_end_matches('/');
        let slash = if stem.is_empty() && !self.absolute {
            ""
        } else {
            "/"
        };
        Ok(Self {
            text: format!("{stem}{slash}{}", encode_segment(segment)?),
            absolute: self.absolute,
        })
    }

    /// This path with a trailing slash, as collections have.
    #[must_use]
    pub fn as_collection(&self) -> Self {
        let stem = self.text.trim_end_matches('/');
        let text = if stem.is_empty() && !self.absolute {
            String::new()
        } else {
            format!("{stem}/")
        };
        Self {
            text,
            absolute: self.absolute,
        }
    }

    /// The path without its last segment; `None` for the base URL itself and for the root of a host.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let stem = self.text.trim_end_matches('/');
        if stem.is_empty() {
            return None;
        }
        let text = match stem.rsplit_once('/') {
            Some(("", _)) => "/",
            Some((parent, _)) => parent,
            None => "",
        };
        Some(Self {
            text: text.to_owned(),
            absolute: self.absolute,
        })
    }

    pub(crate) fn resolve(&self, base_path: &str) -> String {
        if self.absolute {
            self.text.clone()
        } else {
            format!("{}/{}", base_path.trim_end_matches('/'), self.text)
        }
    }
}

fn join<S: AsRef<str>>(segments: &[S]) -> Result<String, PathError> {
    let mut text = String::new();
    for (index, segment) in segments.iter().enumerate() {
        let segment = segment.as_ref();
        if index > 0 {
            text.push('/');
        }
        let is_trailing_slash = segment.is_empty() && index + 1 == segments.len();
        if !is_trailing_slash {
            text.push_str(&encode_segment(segment)?);
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_segment_survives_and_adds_no_structure(segment in "\\PC{1,40}") {
            prop_assume!(segment != "." && segment != "..");
            let encoded = encode_segment(&segment).unwrap();
            prop_assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~@%".contains(&b)));
            prop_assert_eq!(decode_segment(&encoded).unwrap(), segment.clone());
            let mut url = url::Url::parse("https://host.example/base").unwrap();
            url.set_path(&EncodedPath::relative(&["x", &segment, "y"]).unwrap().resolve("/base/"));
            let found: Vec<String> = url.path_segments().unwrap().map(|s| decode_segment(s).unwrap()).collect();
            prop_assert_eq!(found, vec!["base".to_owned(), "x".to_owned(), segment, "y".to_owned()]);
        }

        #[test]
        fn an_absolute_path_is_stable(text in "(/[a-zA-Z0-9 %@.é]{1,8}){1,4}/?") {
            if let Ok(path) = EncodedPath::absolute(&text) {
                prop_assert_eq!(EncodedPath::absolute(path.as_str()).unwrap(), path);
            }
        }
    }

    #[test]
    fn dot_segments_are_refused_however_they_are_spelt() {
        assert_eq!(encode_segment(".."), Err(PathError::Dots));
        assert_eq!(EncodedPath::absolute("/a/%2e%2E/b"), Err(PathError::Dots));
        assert_eq!(EncodedPath::absolute("/a//b"), Err(PathError::Empty));
        assert_eq!(EncodedPath::absolute("/a/%00"), Err(PathError::Control));
    }

    #[test]
    fn a_trailing_slash_is_kept() {
        let path = EncodedPath::relative(&["a b", ""]).unwrap();
        assert_eq!(path.as_str(), "a%20b/");
        assert_eq!(path.child("c").unwrap().as_str(), "a%20b/c");
        assert_eq!(
            EncodedPath::relative::<&str>(&[])
                .unwrap()
                .child("c")
                .unwrap()
                .as_str(),
            "c"
        );
    }
}
