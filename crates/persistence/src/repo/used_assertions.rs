//! Assertions and proofs that were used.

use diesel_async::AsyncPgConnection;

/// Assertions and proofs that were used, on an open connection.
pub struct UsedAssertions<'c> {
    #[expect(dead_code, reason = "its statements are still to be written")]
    connection: &'c mut AsyncPgConnection,
}

impl<'c> UsedAssertions<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }
}
