//! Users.

use bheem_http_kit::{
    Deleted, ExposeSecret as _, Method, Page, PeerText, SecretString, lenient, stream_pages,
};
use futures::Stream;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::envelope::read;
use crate::{Client, Error, QuotaLimit, UserField};

/// "User exists", and also "sub-admin group missing".
const USER_EXISTS: i64 = 102;

/// How much room a user has.
#[derive(Clone, Debug, Default, Deserialize)]
#[non_exhaustive]
pub struct Quota {
    /// The limit in bytes; `None` if there is none or it is the default.
    #[serde(default, rename = "quota", deserialize_with = "positive")]
    pub limit_bytes: Option<i64>,
    /// What is used of it.
    #[serde(default, rename = "used", deserialize_with = "lenient::integer")]
    pub used_bytes: Option<i64>,
}

/// -3 is "unlimited", text such as `none` or `default` is no number.
fn positive<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(lenient::integer(deserializer)?.filter(|bytes| *bytes >= 0))
}

/// Before the first login the quota is `[]`, or only `{"quota": "5 GB"}`.
fn quota<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Quota, D::Error> {
    Ok(serde_json::from_value(serde_json::Value::deserialize(deserializer)?).unwrap_or_default())
}

/// PHP makes a number of an id that is all digits.
fn id<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = lenient::text(deserializer)?;
    text.ok_or_else(|| serde::de::Error::custom("a user without an id"))
}

/// A user.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// The id, which never changes.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// The user may log in.
    #[serde(default, rename = "enabled", deserialize_with = "lenient::flag")]
    pub is_enabled: bool,
    /// The address for notifications.
    #[serde(default, deserialize_with = "lenient::text")]
    pub email: Option<String>,
    /// The name others see.
    #[serde(default, rename = "displayname", deserialize_with = "lenient::text")]
    pub display_name: Option<String>,
    /// The ids of the groups the user is in.
    #[serde(default, deserialize_with = "crate::envelope::ids")]
    pub groups: Vec<String>,
    /// How much room there is.
    #[serde(default, deserialize_with = "quota")]
    pub quota: Quota,
    /// Where the user is kept, such as `Database` or `user_oidc`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub backend: Option<String>,
    /// The last login in milliseconds since 1970; 0 is never.
    #[serde(default, rename = "lastLogin", deserialize_with = "lenient::integer")]
    pub last_login_ms: Option<i64>,
}

/// A user to create. Its `Debug` does not show the password.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CreateUser {
    id: String,
    password: SecretString,
    display_name: Option<String>,
    email: Option<String>,
    quota: Option<String>,
    language: Option<String>,
    manager: Option<String>,
    groups: Vec<String>,
    subadmin: Vec<String>,
}

impl CreateUser {
    /// A user with a random password that nobody ever learns: the owner logs in with single sign-on. The id may
    /// have up to 64 of the characters `a-zA-Z0-9 _.@'-`.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            password: bheem_http_kit::throwaway_password(),
            display_name: None,
            email: None,
            quota: None,
            language: None,
            manager: None,
            groups: Vec::new(),
            subadmin: Vec::new(),
        }
    }

    /// A password of the caller's choice.
    #[must_use]
    pub fn password(mut self, password: SecretString) -> Self {
        self.password = password;
        self
    }

    /// The name others see.
    #[must_use]
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = Some(name.into());
        self
    }

    /// The address for notifications.
    #[must_use]
    pub fn email(mut self, address: impl Into<String>) -> Self {
        self.email = Some(address.into());
        self
    }

    /// How much room.
    #[must_use]
    pub fn quota(mut self, limit: QuotaLimit) -> Self {
        self.quota = Some(limit.to_string());
        self
    }

    /// The language, such as `de`.
    #[must_use]
    pub fn language(mut self, code: impl Into<String>) -> Self {
        self.language = Some(code.into());
        self
    }

    /// The id of the user's manager.
    #[must_use]
    pub fn manager(mut self, id: impl Into<String>) -> Self {
        self.manager = Some(id.into());
        self
    }

    /// Adds a group, which must exist.
    #[must_use]
    pub fn group(mut self, id: impl Into<String>) -> Self {
        self.groups.push(id.into());
        self
    }

    /// Adds a group, which must exist, that the user may administer.
    #[must_use]
    pub fn subadmin_of(mut self, group: impl Into<String>) -> Self {
        self.subadmin.push(group.into());
        self
    }
}

#[derive(Serialize)]
struct AddUser<'a> {
    userid: &'a str,
    password: &'a str,
    #[serde(rename = "displayName", skip_serializing_if = "Option::is_none")]
    display_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quota: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manager: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    groups: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    subadmin: &'a [String],
}

#[derive(Deserialize)]
struct UserIds {
    #[serde(default, deserialize_with = "crate::envelope::ids")]
    users: Vec<String>,
}

/// Operations on users; from [`Client::users`].
#[derive(Clone, Copy, Debug)]
pub struct Users<'a>(pub(crate) &'a Client);

impl<'a> Users<'a> {
    /// Looks a user up by id.
    ///
    /// # Errors
    /// [`Error::NotAdministrator`] if the calling account may not see other users any more.
    pub async fn find(&self, id: &str) -> Result<Option<User>, Error> {
        const OPERATION: &str = "find_user";
        self.0
            .http
            .observe(OPERATION, self.look_up(OPERATION, id))
            .await
    }

    /// One page of the ids that contain `search`, from `offset` on.
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn list(&self, search: &str, limit: u32, offset: u64) -> Result<Page<String>, Error> {
        const OPERATION: &str = "list_users";
        let work = async {
            let request = self
                .0
                .request(OPERATION, Method::GET, &["users"])
                .query("search", search)
                .query("limit", &limit.to_string())
                .query("offset", &offset.to_string());
            let items = read::<UserIds>(OPERATION, self.0.call(request, &[]).await?)?.users;
            Ok(crate::groups::page(items, limit, offset))
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// All ids that contain `search`.
    pub fn stream(&self, search: &'a str) -> impl Stream<Item = Result<String, Error>> + 'a {
        let users = *self;
        stream_pages(0, move |offset| async move {
            users.list(search, 200, offset).await
        })
    }

    /// Creates a user. The natural key is the id.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the id is taken; [`Error::Invalid`] with code 104 if a group is missing, 109 (102 in
    /// old versions) if one to administer is, 107 if the password is too simple.
    pub async fn create(&self, user: &CreateUser) -> Result<(), Error> {
        const OPERATION: &str = "create_user";
        let body = AddUser {
            userid: &user.id,
            password: user.password.expose_secret(),
            display_name: user.display_name.as_deref(),
            email: user.email.as_deref(),
            quota: user.quota.as_deref(),
            language: user.language.as_deref(),
            manager: user.manager.as_deref(),
            groups: &user.groups,
            subadmin: &user.subadmin,
        };
        let work = async {
            let request = self
                .0
                .request(OPERATION, Method::POST, &["users"])
                .json(&body);
            match self.0.call(request, &[USER_EXISTS]).await {
                // The same code for both: only looking tells.
                Err(Error::Conflict { code, .. })
                    if !user.subadmin.is_empty()
                        && self.look_up(OPERATION, &user.id).await?.is_none() =>
                {
                    Err(Error::Invalid {
                        operation: OPERATION,
                        code,
                        message: PeerText::default(),
                    })
                }
                result => result.map(drop),
            }
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Changes one field. Nextcloud allows 50 such calls in 10 minutes for each calling account.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such user.
    pub async fn edit(&self, id: &str, field: &UserField, value: &str) -> Result<(), Error> {
        const OPERATION: &str = "edit_user";
        let work = async {
            let body = json!({"key": field.key(), "value": value});
            let request = self
                .0
                .request(OPERATION, Method::PUT, &["users", id])
                .json(&body);
            let result = self.0.call(request, &[]).await.map(drop);
            self.or_not_found(OPERATION, id, result).await
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Gives a user another password. Sessions and app passwords go on (32.0.1, 2026-11). Counts as an edit.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such user, [`Error::Invalid`] with code 107 if it is too simple.
    pub async fn set_password(&self, id: &str, password: &SecretString) -> Result<(), Error> {
        let field = UserField::Other("password".to_owned());
        self.edit(id, &field, password.expose_secret()).await
    }

    /// Limits a user's room. Counts as an edit.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such user.
    pub async fn set_quota(&self, id: &str, limit: QuotaLimit) -> Result<(), Error> {
        self.edit(id, &UserField::Quota, &limit.to_string()).await
    }

    /// Lets a user log in. Harmless if that is so already.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such user.
    pub async fn enable(&self, id: &str) -> Result<(), Error> {
        self.switch("enable_user", id, "enable").await
    }

    /// Keeps a user from logging in and ends the sessions. Harmless if that is so already. From then on the user's
    /// files and calendars answer 503 to the user.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such user, [`Error::Invalid`] if it is the calling account.
    pub async fn disable(&self, id: &str) -> Result<(), Error> {
        self.switch("disable_user", id, "disable").await
    }

    async fn switch(&self, operation: &'static str, id: &str, verb: &str) -> Result<(), Error> {
        let work = async {
            let request = self.0.request(operation, Method::PUT, &["users", id, verb]);
            let result = self.0.call(request, &[]).await.map(drop);
            self.or_not_found(operation, id, result).await
        };
        self.0.http.observe(operation, work).await
    }

    /// Deletes a user and all the user's data.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is the calling account.
    pub async fn delete(&self, id: &str) -> Result<Deleted, Error> {
        const OPERATION: &str = "delete_user";
        let work = async {
            let request = self.0.request(OPERATION, Method::DELETE, &["users", id]);
            let result = self.0.call(request, &[]).await.map(drop);
            match self.or_not_found(OPERATION, id, result).await {
                Ok(()) => Ok(Deleted::Removed),
                Err(Error::NotFound { .. }) => Ok(Deleted::Absent),
                Err(error) => Err(error),
            }
        };
        self.0.http.observe(OPERATION, work).await
    }

    pub(crate) async fn look_up(
        &self,
        operation: &'static str,
        id: &str,
    ) -> Result<Option<User>, Error> {
        let request = self.0.request(operation, Method::GET, &["users", id]);
        match self.0.call(request, &[]).await {
            Ok(data) => read(operation, data).map(Some),
            // Nextcloud says 404 to an administrator; 998 it says to anybody else, whether the user is there or not.
            Err(Error::NotFound { code: 998, .. }) if !self.is_administrator(operation).await? => {
                Err(Error::NotAdministrator { operation })
            }
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether the calling account administers the server.
    async fn is_administrator(&self, operation: &'static str) -> Result<bool, Error> {
        let request = self.0.request(operation, Method::GET, &["user"]);
        let own: User = read(operation, self.0.call(request, &[]).await?)?;
        Ok(own.groups.iter().any(|group| group == "admin"))
    }

    /// 101 and 998 mean "missing", "yourself" or "not yours", depending on the version: only looking tells.
    async fn or_not_found(
        &self,
        operation: &'static str,
        id: &str,
        result: Result<(), Error>,
    ) -> Result<(), Error> {
        match result {
            Err(Error::Invalid {
                code: code @ (101 | 103),
                message,
                ..
            }) => match self.look_up(operation, id).await? {
                None => Err(Error::NotFound { operation, code }),
                Some(_) => Err(Error::Invalid {
                    operation,
                    code,
                    message,
                }),
            },
            Err(Error::NotFound { code, .. }) => match self.look_up(operation, id).await? {
                None => Err(Error::NotFound { operation, code }),
                Some(_) => Err(Error::Invalid {
                    operation,
                    code,
                    message: PeerText::default(),
                }),
            },
            result => result,
        }
    }
}
