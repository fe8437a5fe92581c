//! Tokens that let a relying party register itself.

use diesel_async::AsyncPgConnection;

/// Tokens that let a relying party register itself, on an open connection.
pub struct InitialAccessTokens<'c> {
    #[expect(dead_code, reason = "its statements are still to be written")]
    connection: &'c mut AsyncPgConnection,
}

impl<'c> InitialAccessTokens<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }
}
