//! WebAuthn ceremonies between their two halves.

use diesel_async::AsyncPgConnection;

/// WebAuthn ceremonies between their two halves, on an open connection.
pub struct WebauthnCeremonies<'c> {
    #[expect(dead_code, reason = "its statements are still to be written")]
    connection: &'c mut AsyncPgConnection,
}

impl<'c> WebauthnCeremonies<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }
}
