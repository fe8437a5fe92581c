//! Secrets of authenticator apps.

use diesel_async::AsyncPgConnection;

/// Secrets of authenticator apps, on an open connection.
pub struct TotpSecrets<'c> {
    #[expect(dead_code, reason = "its statements are still to be written")]
    connection: &'c mut AsyncPgConnection,
}

impl<'c> TotpSecrets<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }
}
