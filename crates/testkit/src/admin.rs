//! Statements on the server as a whole.

use diesel::{QueryableByName, sql_query, sql_types::Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use crate::Error;

/// What a test's database is called: this, the time of creation in seconds, a random part.
const PREFIX: &str = "bheem_test_";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    text: String,
}

/// A connection that may create databases.
pub(crate) struct Admin {
    connection: AsyncPgConnection,
}

impl Admin {
    pub(crate) async fn connect(url: &str) -> Result<Self, Error> {
        let connection = AsyncPgConnection::establish(url).await?;
        Ok(Self { connection })
    }

    pub(crate) async fn execute(&mut self, statements: &str) -> Result<(), Error> {
        Ok(self.connection.batch_execute(statements).await?)
    }

    /// The first column, called `text`, of all rows.
    pub(crate) async fn texts(&mut self, query: &str) -> Result<Vec<String>, Error> {
        let rows: Vec<Row> = sql_query(query).load(&mut self.connection).await?;
        Ok(rows.into_iter().map(|row| row.text).collect())
    }

    pub(crate) async fn exists(&mut self, database: &str) -> Result<bool, Error> {
        let query =
            format!("SELECT datname::text AS text FROM pg_database WHERE datname = '{database}'");
        Ok(!self.texts(&query).await?.is_empty())
    }

    /// A name that no other test has; time and chance are the server's.
    pub(crate) async fn fresh_name(&mut self) -> Result<String, Error> {
        let query = format!(
            "SELECT '{PREFIX}' || floor(extract(epoch FROM now()))::bigint || '_' \
             || replace(gen_random_uuid()::text, '-', '') AS text"
        );
        let names = self.texts(&query).await?;
        names
            .into_iter()
            .next()
            .ok_or(Error::Statement(diesel::result::Error::NotFound))
    }

    /// Creates a database; a copy of `template` is a copy of files, which is faster than logging
    /// every page, where the server can do it (version 15 and later).
    pub(crate) async fn create(&mut self, name: &str, template: Option<&str>) -> Result<(), Error> {
        let version = self
            .texts("SELECT current_setting('server_version_num') AS text")
            .await?;
        let is_recent = version
            .iter()
            .find_map(|text| text.parse::<u32>().ok())
            .is_some_and(|number| number >= 150_000);
        let template = template.unwrap_or("template0");
        let strategy = if is_recent { " STRATEGY FILE_COPY" } else { "" };
        self.execute(&format!(
            "CREATE DATABASE {name} TEMPLATE {template}{strategy}"
        ))
        .await
    }

    pub(crate) async fn drop_database(&mut self, name: &str) -> Result<(), Error> {
        self.execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .await
    }

    /// Drops what tests left behind that were killed more than an hour ago.
    pub(crate) async fn sweep(&mut self) -> Result<(), Error> {
        let query = format!(
            "SELECT datname::text AS text FROM pg_database WHERE datname ~ '^{PREFIX}[0-9]+_' \
             AND split_part(datname, '_', 3)::bigint < extract(epoch FROM now()) - 3600"
        );
        for name in self.texts(&query).await? {
            // Another process may be sweeping the same.
            if let Err(error) = self.drop_database(&name).await {
                tracing::debug!(%error, name, "could not drop an old test database");
            }
        }
        Ok(())
    }
}
