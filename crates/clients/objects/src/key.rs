//! Names of objects.

use std::fmt;

use object_store::path::Path;

/// Longest key that S3 takes, in bytes.
const LONGEST: usize = 1_024;

/// The name of an object, or of a folder of objects: segments, each of which is one however it is spelled.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub(crate) Path);

/// Segments that make no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No segment, or an empty one, or one of dots.
    #[error("a segment of a key is empty or made of dots")]
    Segment,
    /// Longer than S3 takes.
    #[error("a key has more than 1024 bytes")]
    Length,
}

impl Key {
    /// Joins segments. A `/` within one does not divide it: it is encoded, as is whatever else S3 or a browser would
    /// take for something special.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_segments<S: AsRef<str>>(
        segments: impl IntoIterator<Item = S>,
    ) -> Result<Self, KeyError> {
        let mut parts = Vec::new();
        for segment in segments {
            let segment = segment.as_ref();
            if segment.bytes().all(|byte| byte == b'.') {
                return Err(KeyError::Segment);
            }
            parts.push(segment.to_owned());
        }
        if parts.is_empty() {
            return Err(KeyError::Segment);
        }
        let path = Path::from_iter(parts);
        if path.as_ref().len() > LONGEST {
            return Err(KeyError::Length);
        }
        Ok(Self(path))
    }

    /// The object of this name in this folder.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn join(&self, segment: &str) -> Result<Self, KeyError> {
        let encoded = Self::from_segments([segment])?;
        let joined: Path = self.0.parts().chain(encoded.0.parts()).collect();
        if joined.as_ref().len() > LONGEST {
            return Err(KeyError::Length);
        }
        Ok(Self(joined))
    }

    /// As it stands in the bucket.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_segment_stays_one() {
        let key = Key::from_segments(["tenant", "a/../b", "Stand-up #1?.mp4"]).unwrap();
        assert_eq!(key.as_str().matches('/').count(), 2, "{key}");
        for bad in [vec![], vec![""], vec!["a", ".."], vec!["."], vec!["a", ""]] {
            assert_eq!(Key::from_segments(bad), Err(KeyError::Segment));
        }
        assert_eq!(
            Key::from_segments(["x".repeat(1_025)]),
            Err(KeyError::Length)
        );
        let folder = Key::from_segments(["tenant"]).unwrap();
        assert_eq!(folder.join("a").unwrap().as_str(), "tenant/a");
        assert_eq!(folder.join(".."), Err(KeyError::Segment));
    }

    proptest! {
        #[test]
        fn fuzz_no_name_leads_out_of_its_folder(name in r"\PC{0,40}|[./%\\a]{0,12}") {
            let folder = Key::from_segments(["tenant"]).unwrap();
            if let Ok(key) = folder.join(&name) {
                prop_assert!(key.as_str().starts_with("tenant/"));
                prop_assert_eq!(key.as_str().matches('/').count(), 1);
                prop_assert!(!key.as_str().ends_with("/..") && !key.as_str().ends_with("/."));
                // Two names are two objects.
                let other = folder.join(&format!("{name}x")).unwrap();
                prop_assert_ne!(other, key);
            }
        }
    }
}
