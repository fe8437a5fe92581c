//! Authorization codes.

use diesel_async::AsyncPgConnection;

/// Authorization codes, on an open connection.
pub struct AuthorizationCodes<'c> {
    #[expect(dead_code, reason = "its statements are still to be written")]
    connection: &'c mut AsyncPgConnection,
}

impl<'c> AuthorizationCodes<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }
}
