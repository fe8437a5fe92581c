//! Codes of devices without a browser.

use diesel_async::AsyncPgConnection;

/// Codes of devices without a browser, on an open connection.
pub struct DeviceCodes<'c> {
    #[expect(dead_code, reason = "its statements are still to be written")]
    connection: &'c mut AsyncPgConnection,
}

impl<'c> DeviceCodes<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }
}
