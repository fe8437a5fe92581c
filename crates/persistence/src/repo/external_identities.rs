//! Who accounts are in the source they are mirrored from.

use diesel_async::AsyncPgConnection;

/// Who accounts are in the source they are mirrored from, on an open connection.
pub struct ExternalIdentities<'c> {
    #[expect(dead_code, reason = "its statements are still to be written")]
    connection: &'c mut AsyncPgConnection,
}

impl<'c> ExternalIdentities<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }
}
