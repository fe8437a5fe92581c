//! Devices that people sign in from.

use diesel_async::AsyncPgConnection;

/// Devices that people sign in from, on an open connection.
pub struct KnownDevices<'c> {
    #[expect(dead_code, reason = "its statements are still to be written")]
    connection: &'c mut AsyncPgConnection,
}

impl<'c> KnownDevices<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }
}
