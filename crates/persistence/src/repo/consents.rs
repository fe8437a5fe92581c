//! What people agreed to.

use diesel_async::AsyncPgConnection;

/// What people agreed to, on an open connection.
pub struct Consents<'c> {
    #[expect(dead_code, reason = "its statements are still to be written")]
    connection: &'c mut AsyncPgConnection,
}

impl<'c> Consents<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }
}
