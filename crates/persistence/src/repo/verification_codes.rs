//! Codes sent to a telephone.

use diesel_async::AsyncPgConnection;

/// Codes sent to a telephone, on an open connection.
pub struct VerificationCodes<'c> {
    #[expect(dead_code, reason = "its statements are still to be written")]
    connection: &'c mut AsyncPgConnection,
}

impl<'c> VerificationCodes<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }
}
