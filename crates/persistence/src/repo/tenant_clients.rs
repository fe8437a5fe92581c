//! The bindings of relying parties to tenants.

use diesel_async::AsyncPgConnection;

/// The bindings of relying parties to tenants, on an open connection.
pub struct TenantClients<'c> {
    #[expect(dead_code, reason = "its statements are still to be written")]
    connection: &'c mut AsyncPgConnection,
}

impl<'c> TenantClients<'c> {
    pub(crate) fn new(connection: &'c mut AsyncPgConnection) -> Self {
        Self { connection }
    }
}
