//! Answers of operations that may be repeated.

/// What deleting something did. Deleting what is not there is a success: the wish is fulfilled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deleted {
    /// It was there and is gone.
    Removed,
    /// It was not there.
    Absent,
}

/// What creating something did, for peers where repeating the creation is harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Created {
    /// It was made.
    Created,
    /// It was there already.
    Exists,
}
