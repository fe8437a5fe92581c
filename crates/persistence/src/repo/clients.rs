//! Relying parties.

use diesel_async::AsyncPgConnection;

/// Relying parties, on an open connection.
pub struct Clients<'c> {
    #[expect(dead_code, reason = "its statements are still to be written")]
    connection: &'c mut AsyncPgConnection,
}

impl<'c> Clients<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }
}
