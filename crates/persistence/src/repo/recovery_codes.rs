//! Codes for when the second factor is lost.

use diesel_async::AsyncPgConnection;

/// Codes for when the second factor is lost, on an open connection.
pub struct RecoveryCodes<'c> {
    #[expect(dead_code, reason = "its statements are still to be written")]
    connection: &'c mut AsyncPgConnection,
}

impl<'c> RecoveryCodes<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }
}
