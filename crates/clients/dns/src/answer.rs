//! What a name server says.

/// The records of a name, or why there are none (RFC 2308).
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Answer<T> {
    /// There are some.
    Records(Vec<T>),
    /// The name exists, but has none of this type.
    NoData,
    /// The name does not exist (NXDOMAIN).
    NoSuchName,
}

impl<T> Answer<T> {
    /// The records; none where there are none, for whatever reason.
    #[must_use]
    pub fn into_records(self) -> Vec<T> {
        match self {
            Self::Records(records) => records,
            Self::NoData | Self::NoSuchName => Vec::new(),
        }
    }

    /// Is there nothing? (RFC 7208, section 4.6.4, calls this a void lookup.)
    #[must_use]
    pub fn is_void(&self) -> bool {
        !matches!(self, Self::Records(_))
    }

    pub(crate) fn map<U>(self, change: impl FnMut(T) -> U) -> Answer<U> {
        match self {
            Self::Records(records) => Answer::Records(records.into_iter().map(change).collect()),
            Self::NoData => Answer::NoData,
            Self::NoSuchName => Answer::NoSuchName,
        }
    }
}
