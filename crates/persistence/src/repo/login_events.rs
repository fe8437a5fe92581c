//! Sign-ins that were tried.

use diesel_async::AsyncPgConnection;

/// Sign-ins that were tried, on an open connection.
pub struct LoginEvents<'c> {
    #[expect(dead_code, reason = "its statements are still to be written")]
    connection: &'c mut AsyncPgConnection,
}

impl<'c> LoginEvents<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }
}
