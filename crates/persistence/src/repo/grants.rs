//! Grants, each the root of one family of tokens.

use diesel_async::AsyncPgConnection;

/// Grants, each the root of one family of tokens, on an open connection.
pub struct Grants<'c> {
    #[expect(dead_code, reason = "its statements are still to be written")]
    connection: &'c mut AsyncPgConnection,
}

impl<'c> Grants<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }
}
