//! Passkeys.

use diesel_async::AsyncPgConnection;

/// Passkeys, on an open connection.
pub struct Passkeys<'c> {
    #[expect(dead_code, reason = "its statements are still to be written")]
    connection: &'c mut AsyncPgConnection,
}

impl<'c> Passkeys<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }
}
