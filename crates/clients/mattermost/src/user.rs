//! What a user is. Users are of the whole server, not of a team.

use std::collections::BTreeMap;

use bheem_http_kit::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::wire::or_default;
use crate::{PageSize, TeamId, UserId};

/// How a new user signs in.
#[derive(Debug, Clone)]
enum SignIn {
    Password(SecretString),
    Elsewhere { service: String, data: String },
}

/// A user who is to be made.
#[derive(Debug, Clone)]
pub struct NewUser {
    sign_in: SignIn,
    pub(crate) email: String,
    fields: Map<String, Value>,
}

impl NewUser {
    fn new(email: String, username: String, sign_in: SignIn) -> Self {
        let mut fields = Map::new();
        fields.insert("username".to_owned(), Value::String(username));
        fields.insert("email".to_owned(), Value::String(email.clone()));
        Self {
            sign_in,
            email,
            fields,
        }
    }

    /// A user who signs in with a password. Address and user name are natural keys, each for itself; see
    /// [`crate::names::username`].
    pub fn with_password(
        email: impl Into<String>,
        username: impl Into<String>,
        password: SecretString,
    ) -> Self {
        Self::new(email.into(), username.into(), SignIn::Password(password))
    }

    /// A user who signs in by a service that the server is connected with (`gitlab`, `openid`, `saml`, `ldap`), where
    /// `data` is the user's id. Only an administrator may make one.
    pub fn with_auth_data(
        email: impl Into<String>,
        username: impl Into<String>,
        service: impl Into<String>,
        data: impl Into<String>,
    ) -> Self {
        let (service, data) = (service.into(), data.into());
        let sign_in = SignIn::Elsewhere { service, data };
        Self::new(email.into(), username.into(), sign_in)
    }

    fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(field.to_owned(), value.into());
        self
    }

    /// First and last name.
    #[must_use]
    pub fn name(self, first: impl Into<String>, last: impl Into<String>) -> Self {
        self.with("first_name", first.into())
            .with("last_name", last.into())
    }

    /// What the user is called.
    #[must_use]
    pub fn nickname(self, text: impl Into<String>) -> Self {
        self.with("nickname", text.into())
    }

    /// The language, such as `de`.
    #[must_use]
    pub fn locale(self, code: impl Into<String>) -> Self {
        self.with("locale", code.into())
    }

    /// Notes of your own about the user, such as which tenant made it.
    #[must_use]
    pub fn property(mut self, name: &str, value: &str) -> Self {
        let properties = self.fields.entry("props").or_insert_with(|| json!({}));
        if let Some(properties) = properties.as_object_mut() {
            properties.insert(name.to_owned(), json!(value));
        }
        self
    }

    pub(crate) fn body(&self) -> Value {
        let mut fields = self.fields.clone();
        let mut set = |name: &str, value: &str| fields.insert(name.to_owned(), json!(value));
        match &self.sign_in {
            SignIn::Password(password) => {
                set("password", password.expose_secret());
            }
            SignIn::Elsewhere { service, data } => {
                set("auth_service", service);
                set("auth_data", data);
            }
        }
        Value::Object(fields)
    }
}

/// What is to change of a user; the rest stays.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct UpdateUser {
    /// Address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// User name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// First name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// What the user is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// What the user does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    /// The language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

impl UpdateUser {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Another address.
    #[must_use]
    pub fn email(mut self, text: impl Into<String>) -> Self {
        self.email = Some(text.into());
        self
    }

    /// First and last name.
    #[must_use]
    pub fn name(mut self, first: impl Into<String>, last: impl Into<String>) -> Self {
        self.first_name = Some(first.into());
        self.last_name = Some(last.into());
        self
    }

    /// What the user does.
    #[must_use]
    pub fn position(mut self, text: impl Into<String>) -> Self {
        self.position = Some(text.into());
        self
    }
}

/// Which users to list.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ListUsers {
    /// Only those in this team.
    pub in_team: Option<TeamId>,
    /// Only those who are active, or only those who are not.
    pub is_active: Option<bool>,
    /// How many at once.
    pub size: PageSize,
}

impl ListUsers {
    /// Those of the whole server.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Those in a team.
    #[must_use]
    pub fn in_team(team: &TeamId) -> Self {
        Self {
            in_team: Some(team.clone()),
            ..Self::default()
        }
    }

    /// Only those who are active, or only those who are not.
    #[must_use]
    pub fn active(mut self, is_active: bool) -> Self {
        self.is_active = Some(is_active);
        self
    }

    /// So many at once.
    #[must_use]
    pub fn size(mut self, size: PageSize) -> Self {
        self.size = size;
        self
    }
}

/// Whom to search for.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct SearchUsers {
    /// The beginning of a user name, a name or an address.
    pub term: String,
    /// Only those in this team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_id: Option<TeamId>,
    /// Whether deactivated ones count.
    pub allow_inactive: bool,
    /// How many at most, 1 to 1000.
    pub limit: u16,
}

impl SearchUsers {
    /// Those whose user name, name or address begins so.
    pub fn new(term: impl Into<String>) -> Self {
        Self {
            term: term.into(),
            team_id: None,
            allow_inactive: false,
            limit: 100,
        }
    }

    /// Only those in a team.
    #[must_use]
    pub fn in_team(mut self, team: &TeamId) -> Self {
        self.team_id = Some(team.clone());
        self
    }

    /// Deactivated ones, too.
    #[must_use]
    pub fn allow_inactive(mut self) -> Self {
        self.allow_inactive = true;
        self
    }
}

/// A user.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The user name, unique on the server.
    pub username: String,
    /// The address, unique on the server; empty where the caller may not see it.
    #[serde(default, deserialize_with = "or_default")]
    pub email: String,
    /// First name.
    #[serde(default, deserialize_with = "or_default")]
    pub first_name: String,
    /// Last name.
    #[serde(default, deserialize_with = "or_default")]
    pub last_name: String,
    /// What the user is called.
    #[serde(default, deserialize_with = "or_default")]
    pub nickname: String,
    /// What the user does.
    #[serde(default, deserialize_with = "or_default")]
    pub position: String,
    /// Names of the roles on the server, with spaces between.
    #[serde(default, deserialize_with = "or_default")]
    pub roles: String,
    /// The language.
    #[serde(default, deserialize_with = "or_default")]
    pub locale: String,
    /// By which service the user signs in; empty for a password.
    #[serde(default, deserialize_with = "or_default")]
    pub auth_service: String,
    /// Whether it is a program.
    #[serde(default, deserialize_with = "or_default")]
    pub is_bot: bool,
    /// Your notes.
    #[serde(default, deserialize_with = "or_default")]
    pub props: BTreeMap<String, String>,
    /// When it was made, in milliseconds since 1970.
    #[serde(default)]
    pub create_at: i64,
    /// When it was deactivated, in milliseconds since 1970; 0 if it is active.
    #[serde(default)]
    pub delete_at: i64,
}

impl User {
    /// Whether the user may sign in.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.delete_at == 0
    }
}
