//! The saga tables, as the system role sees them.

use std::sync::Arc;

use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::{Object, Pool};

use crate::Result;
use crate::hub::Hub;

/// The saga tables. Cheap to clone; clones share their waiters.
#[derive(Clone)]
pub struct Store {
    pool: Pool<AsyncPgConnection>,
    hub: Arc<Hub>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Works on connections of `pool`, which act as the system role already.
    #[must_use]
    pub fn new(pool: Pool<AsyncPgConnection>) -> Self {
        Self {
            pool,
            hub: Arc::default(),
        }
    }

    pub(crate) async fn conn(&self) -> Result<Object<AsyncPgConnection>> {
        Ok(self.pool.get().await?)
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }
}
