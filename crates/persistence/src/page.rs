//! Pages of lists: keyset pages for new clients, bounded `skip` for old ones.

use bheem_domain::Invalid;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Most rows of a page.
const MAX_LIMIT: i64 = 100;
/// How far `skip` may go; further on, only keyset pages are cheap.
const MAX_SKIP: i64 = 10_000;

/// Where a keyset page starts: behind the row with this time and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Creation time of the last row seen.
    pub created_at: DateTime<Utc>,
    /// Its id, which tells rows of the same moment apart.
    pub id: Uuid,
}

impl Cursor {
    /// The opaque form that clients carry.
    #[must_use]
    pub fn encode(&self) -> String {
        format!(
            "{:x}-{}",
            self.created_at.timestamp_micros(),
            self.id.simple()
        )
    }

    /// Reads what [`Cursor::encode`] wrote.
    ///
    /// # Errors
    /// [`Invalid`] for the field `after`.
    pub fn decode(text: &str) -> Result<Self, Invalid> {
        let parse = || {
            let (micros, id) = text.split_once('-')?;
            Some(Self {
                created_at: DateTime::from_timestamp_micros(i64::from_str_radix(micros, 16).ok()?)?,
                id: id.parse().ok()?,
            })
        };
        parse().ok_or_else(|| Invalid::new("after", "is not a cursor of this list"))
    }
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// Rows wanted, 1 to 100.
    pub limit: i64,
    /// Rows to leave out; for old clients.
    pub skip: i64,
    /// Keyset start; wins over `skip`.
    pub after: Option<Cursor>,
}

impl PageRequest {
    /// Checks the bounds.
    ///
    /// # Errors
    /// [`Invalid`] naming `limit`, `skip` or `after`.
    pub fn parse(limit: i64, skip: i64, after: Option<&str>) -> Result<Self, Invalid> {
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Invalid::new("limit", "must be 1 to 100"));
        }
        if !(0..=MAX_SKIP).contains(&skip) {
            return Err(Invalid::new(
                "skip",
                "must be 0 to 10000; page on with `after`",
            ));
        }
        Ok(Self {
            limit,
            skip,
            after: after.map(Cursor::decode).transpose()?,
        })
    }
}

/// `text` as a `LIKE` pattern of what begins with it, its own wildcards taken literally.
#[must_use]
pub(crate) fn prefix_pattern(text: &str) -> String {
    contains_pattern(text).chars().skip(1).collect()
}

/// `text` as an `ILIKE` pattern that finds it anywhere, its own wildcards taken literally.
#[must_use]
pub(crate) fn contains_pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_the_trip() {
        let cursor = Cursor {
            created_at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
            id: Uuid::from_u128(7),
        };
        assert_eq!(Cursor::decode(&cursor.encode()).unwrap(), cursor);
        for bad in ["", "-", "x-y", "12", "zz-00000000000000000000000000000007"] {
            assert_eq!(Cursor::decode(bad).unwrap_err().field, "after");
        }
    }

    #[test]
    fn wildcards_of_a_search_are_literal() {
        assert_eq!(contains_pattern(r"50%_a\"), r"%50\%\_a\\%");
        assert_eq!(prefix_pattern(r"50%_a\"), r"50\%\_a\\%");
    }

    #[test]
    fn pages_are_bounded() {
        assert_eq!(PageRequest::parse(0, 0, None).unwrap_err().field, "limit");
        assert_eq!(PageRequest::parse(101, 0, None).unwrap_err().field, "limit");
        assert_eq!(PageRequest::parse(50, -1, None).unwrap_err().field, "skip");
        assert_eq!(
            PageRequest::parse(50, 10_001, None).unwrap_err().field,
            "skip"
        );
        assert!(PageRequest::parse(100, 10_000, None).is_ok());
    }
}
