//! The accounts of an ERP, read over a connection of their own that can change nothing.
//!
//! Versions of the ERP name columns differently, so a row is read as a JSON object and each field is
//! looked up under the names that are known.

use std::time::Duration;

use diesel::{QueryableByName, sql_types};
use diesel_async::{
    AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection,
    pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, deadpool::Pool},
};
use futures::FutureExt;
use serde_json::Value;
use uuid::Uuid;

use crate::{Error, Result};

const READ_ONLY: &str =
    "SET default_transaction_read_only = on; SET statement_timeout = '5s'; SET lock_timeout = '1s'";
/// Sign-ins that look into the ERP at the same time.
const CONNECTIONS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(5);

/// Somebody the ERP knows.
#[derive(Clone, PartialEq, Eq)]
pub struct ErpUser {
    /// The ERP's id, which never changes.
    pub id: String,
    /// Name to sign in with.
    pub username: String,
    /// Address.
    pub email: Option<String>,
    /// The person's name.
    pub full_name: Option<String>,
    /// Hash of the password: bcrypt or Argon2id.
    pub hashed_password: Option<String>,
    /// Whether the person may sign in.
    pub is_active: bool,
    /// Company.
    pub company_id: Option<Uuid>,
    /// Its code.
    pub company_code: Option<String>,
    /// Person of the company.
    pub person_id: Option<Uuid>,
}

impl std::fmt::Debug for ErpUser {
    /// Without the hash of the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ErpUser")
            .field("id", &self.id)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = sql_types::Jsonb)]
    user: Value,
}

/// The ERP's accounts; cheap to clone.
#[derive(Clone)]
pub struct ErpUsers {
    pool: Pool<AsyncPgConnection>,
}

impl std::fmt::Debug for ErpUsers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ErpUsers").finish_non_exhaustive()
    }
}

impl ErpUsers {
    /// The accounts in the database at `url`; connects when first asked.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the pool cannot be made.
    pub fn new(url: &str) -> Result<Self> {
        let runtime = tokio::runtime::Handle::current();
        let mut config = ManagerConfig::default();
        config.custom_setup = Box::new(move |url| {
            let (runtime, url) = (runtime.clone(), url.to_owned());
            async move {
                let establish = async move {
                    let mut connection = AsyncPgConnection::establish(&url).await?;
                    connection
                        .batch_execute(READ_ONLY)
                        .await
                        .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                    Ok(connection)
                };
                runtime
                    .spawn(establish)
                    .await
                    .map_err(|error| diesel::ConnectionError::BadConnection(error.to_string()))?
            }
            .boxed()
        });
        let pool = Pool::builder(AsyncDieselConnectionManager::new_with_config(url, config))
            .max_size(CONNECTIONS)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(|error| Error::Unavailable(Box::new(error)))?;
        Ok(Self { pool })
    }

    /// Whether anybody there has this name or address, whether or not they may sign in.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the ERP's database is away; when its table is another.
    pub async fn knows(&self, name: &str) -> Result<bool> {
        if name.contains('\0') {
            return Ok(false);
        }
        let mut connection = self
            .pool
            .get()
            .await
            .map_err(|error| Error::Unavailable(Box::new(error)))?;
        let rows: Vec<Row> = diesel::sql_query(
            "SELECT to_jsonb(u) AS \"user\" FROM auth.users u \
             WHERE lower(u.username) = lower($1) OR lower(u.email) = lower($1) LIMIT 1",
        )
        .bind::<sql_types::Text, _>(name)
        .load(&mut connection)
        .await?;
        Ok(!rows.is_empty())
    }

    /// Who signs in as `name`: by name first, then by address if just one person has it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the ERP's database is away; when its table is another.
    pub async fn find(&self, name: &str) -> Result<Option<ErpUser>> {
        // No text of PostgreSQL holds one, so nobody has such a name.
        if name.contains('\0') {
            return Ok(None);
        }
        let mut connection = self
            .pool
            .get()
            .await
            .map_err(|error| Error::Unavailable(Box::new(error)))?;
        let rows: Vec<Row> = diesel::sql_query(
            "SELECT to_jsonb(u) AS \"user\" FROM auth.users u \
             WHERE lower(u.username) = lower($1) OR lower(u.email) = lower($1) \
             ORDER BY lower(u.username) = lower($1) DESC LIMIT 2",
        )
        .bind::<sql_types::Text, _>(name)
        .load(&mut connection)
        .await?;
        let mut users = rows.iter().filter_map(|row| read(&row.user));
        let Some(user) = users.next() else {
            return Ok(None);
        };
        // An address that several people share tells nobody apart.
        let is_certain = users.next().is_none() || user.username.eq_ignore_ascii_case(name);
        Ok(is_certain.then_some(user))
    }
}

fn read(row: &Value) -> Option<ErpUser> {
    let text = |names: &[&str]| {
        names.iter().find_map(|name| match row.get(name)? {
            Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    };
    let id_of = |name: &str| text(&[name]).and_then(|id| id.parse().ok());
    Some(ErpUser {
        id: text(&["id", "user_id"])?,
        username: text(&["username", "email"])?,
        email: text(&["email"]),
        full_name: text(&["full_name", "name", "display_name"]),
        hashed_password: text(&["hashed_password", "password_hash"]),
        // One who is not said to be active is not.
        is_active: row.get("is_active").and_then(Value::as_bool) == Some(true),
        company_id: id_of("company_id"),
        company_code: text(&["company_code"]),
        person_id: id_of("person_id"),
    })
}
