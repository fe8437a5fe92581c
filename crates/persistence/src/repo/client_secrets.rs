//! Secrets of relying parties.

use diesel_async::AsyncPgConnection;

/// Secrets of relying parties, on an open connection.
pub struct ClientSecrets<'c> {
    #[expect(dead_code, reason = "its statements are still to be written")]
    connection: &'c mut AsyncPgConnection,
}

impl<'c> ClientSecrets<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }
}
