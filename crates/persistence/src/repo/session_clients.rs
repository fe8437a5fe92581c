//! Relying parties that sessions signed in to.

use diesel_async::AsyncPgConnection;

/// Relying parties that sessions signed in to, on an open connection.
pub struct SessionClients<'c> {
    #[expect(dead_code, reason = "its statements are still to be written")]
    connection: &'c mut AsyncPgConnection,
}

impl<'c> SessionClients<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }
}
