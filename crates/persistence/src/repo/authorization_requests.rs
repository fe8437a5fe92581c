//! Authorization requests that were pushed, or wait for a person.

use diesel_async::AsyncPgConnection;

/// Authorization requests that were pushed, or wait for a person, on an open connection.
pub struct AuthorizationRequests<'c> {
    #[expect(dead_code, reason = "its statements are still to be written")]
    connection: &'c mut AsyncPgConnection,
}

impl<'c> AuthorizationRequests<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }
}
