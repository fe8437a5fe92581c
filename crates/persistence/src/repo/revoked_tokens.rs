//! Access tokens that were revoked before their end.

use diesel_async::AsyncPgConnection;

/// Access tokens that were revoked before their end, on an open connection.
pub struct RevokedTokens<'c> {
    #[expect(dead_code, reason = "its statements are still to be written")]
    connection: &'c mut AsyncPgConnection,
}

impl<'c> RevokedTokens<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }
}
