//! The database of one test.

use std::sync::atomic::{AtomicBool, Ordering};

use diesel_async::{AsyncConnection, AsyncPgConnection};

use crate::{Error, admin::Admin, server::Server, template, url::with_database};

/// Leftovers are looked for once per process.
static SWEPT: AtomicBool = AtomicBool::new(false);

/// A database that exists as long as this value does.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    url: String,
    maintenance_url: String,
}

impl TestDatabase {
    /// A fresh database with all migrations applied.
    ///
    /// # Errors
    ///
    /// [`Error`] says what is missing, for instance the PostgreSQL package.
    pub async fn create() -> Result<Self, Error> {
        let server = Server::get()?;
        let mut admin = Admin::connect(&server.maintenance_url).await?;
        let mut attempts = 0;
        loop {
            let template = template::ensure(&server, &mut admin).await?;
            attempts += 1;
            match Self::make(&server, &mut admin, Some(&template)).await {
                // A process with other migrations dropped our template in between.
                Err(_) if attempts < 5 && !admin.exists(&template).await? => {}
                other => return other,
            }
        }
    }

    /// A fresh database with nothing in it, for tests of the migrations themselves.
    ///
    /// # Errors
    ///
    /// As [`TestDatabase::create`].
    pub async fn create_empty() -> Result<Self, Error> {
        let server = Server::get()?;
        let mut admin = Admin::connect(&server.maintenance_url).await?;
        Self::make(&server, &mut admin, None).await
    }

    async fn make(
        server: &Server,
        admin: &mut Admin,
        template: Option<&str>,
    ) -> Result<Self, Error> {
        if !SWEPT.swap(true, Ordering::Relaxed) {
            admin.sweep().await?;
        }
        let name = admin.fresh_name().await?;
        admin.create(&name, template).await?;
        Ok(Self {
            url: with_database(&server.maintenance_url, &name),
            maintenance_url: server.maintenance_url.clone(),
            name,
        })
    }

    /// Its connection string, as the owner of everything in it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its name on the server.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A connection as the owner, whom row-level security does not hold back if it is a superuser.
    ///
    /// # Errors
    ///
    /// [`Error::Connect`] when the server is gone.
    pub async fn connect(&self) -> Result<AsyncPgConnection, Error> {
        Ok(AsyncPgConnection::establish(&self.url).await?)
    }
}

impl Drop for TestDatabase {
    /// On a thread with its own runtime, since the test's runtime may be blocked right here.
    fn drop(&mut self) {
        let (url, name) = (self.maintenance_url.clone(), self.name.clone());
        let dropped = std::thread::spawn(move || drop_blocking(&url, &name)).join();
        if !matches!(dropped, Ok(Ok(()))) {
            tracing::warn!(name = self.name, ?dropped, "the test database stays behind");
        }
    }
}

fn drop_blocking(url: &str, name: &str) -> Result<(), Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let mut admin = Admin::connect(url).await?;
            admin.drop_database(name).await
        })
}
