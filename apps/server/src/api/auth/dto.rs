//! What is sent and answered below `/auth`.

use bheem_domain::{AccountId, PlatformRole, SessionId};
use bheem_identity::SignedIn;
use bheem_persistence::repo::{AccountRecord, SessionRecord};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Registers somebody. A `role` is ignored: it is not the caller's to choose.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RegisterRequest {
    /// A name, or an address.
    pub username: String,
    /// 10 to 256 characters, not a common one, not the name.
    #[schema(value_type = String, format = Password)]
    pub password: SecretString,
    /// An address, if the name is none.
    pub email: Option<String>,
    /// The person's name.
    pub full_name: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Company code of an ERP.
    pub company_code: Option<String>,
}

/// Signs somebody in.
#[derive(Debug, Deserialize, ToSchema)]
pub struct LoginRequest {
    /// A name, or a proven address.
    pub username: String,
    /// The password.
    #[schema(value_type = String, format = Password)]
    pub password: SecretString,
    /// A code of the authenticator app, or a recovery code, where the account has a second factor.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub otp: Option<SecretString>,
}

/// Takes a refresh token for a new pair.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RefreshRequest {
    /// The token; good once.
    #[schema(value_type = String)]
    pub refresh_token: SecretString,
}

/// Changes the password of whoever is signed in.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ChangePasswordRequest {
    /// The one so far.
    #[serde(alias = "old_password")]
    #[schema(value_type = String, format = Password)]
    pub current_password: SecretString,
    /// The new one.
    #[schema(value_type = String, format = Password)]
    pub new_password: SecretString,
    /// Whether applications keep the access that they have while the person is away.
    #[serde(default)]
    pub keep_applications: bool,
}

/// Asks for a link that sets a new password.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ResetRequest {
    /// A name, or a proven address.
    #[serde(alias = "username")]
    pub email: String,
}

/// Sets a password by a link.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SetPasswordRequest {
    /// The token of the link.
    #[schema(value_type = String)]
    pub token: SecretString,
    /// The new password.
    #[serde(alias = "new_password")]
    #[schema(value_type = String, format = Password)]
    pub password: SecretString,
    /// Whether applications keep the access that they have while the person is away.
    #[serde(default)]
    pub keep_applications: bool,
}

/// Who somebody is.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserResponse {
    /// The account.
    #[schema(value_type = Uuid)]
    pub id: AccountId,
    /// Name to sign in with.
    pub username: String,
    /// Address.
    pub email: Option<String>,
    /// Whether the address is proven.
    pub email_verified: bool,
    /// The person's name.
    pub name: Option<String>,
    /// Role on the platform.
    #[schema(value_type = String)]
    pub role: PlatformRole,
    /// Company of an ERP.
    pub company_id: Option<Uuid>,
    /// Company code of an ERP.
    pub company_code: Option<String>,
    /// Person of an ERP.
    pub person_id: Option<Uuid>,
    /// The name until somebody else proved that it is their address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub former_username: Option<String>,
}

/// What somebody gets who signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoginResponse {
    /// Goes into `Authorization: Bearer …`.
    pub access_token: String,
    /// Good once, for a new pair.
    pub refresh_token: String,
    /// Always `bearer`.
    pub token_type: &'static str,
    /// Life of the access token in seconds.
    pub expires_in: i64,
    /// Who it is.
    pub user: UserResponse,
    /// Whether a mail session is open.
    pub mail_session_active: bool,
}

/// What a registration is answered with, whether or not the address was free.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegisterResponse {
    /// The account.
    #[schema(value_type = Uuid)]
    pub id: AccountId,
    /// Name to sign in with.
    pub username: String,
    /// Address.
    pub email: Option<String>,
    /// Role on the platform.
    #[schema(value_type = String)]
    pub role: PlatformRole,
    /// Company of an ERP.
    pub company_id: Option<Uuid>,
    /// Company code of an ERP.
    pub company_code: Option<String>,
    /// Person of an ERP.
    pub person_id: Option<Uuid>,
}

/// A sign-in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionResponse {
    /// The session.
    #[schema(value_type = Uuid)]
    pub id: SessionId,
    /// Whether it is the one that asks.
    pub is_current: bool,
    /// What carries it: `api` or `browser`.
    pub kind: &'static str,
    /// The address it began from.
    pub ip_address: Option<String>,
    /// What the client called itself.
    pub user_agent: Option<String>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last refreshed.
    pub last_used_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// It was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageResponse {
    /// What was done.
    pub message: &'static str,
    /// Always true.
    pub success: bool,
}

impl MessageResponse {
    pub(crate) const fn new(message: &'static str) -> Self {
        Self {
            message,
            success: true,
        }
    }
}

impl From<&AccountRecord> for UserResponse {
    fn from(account: &AccountRecord) -> Self {
        Self {
            id: account.id,
            username: account.username.clone(),
            email: account.email.as_ref().map(ToString::to_string),
            email_verified: account.email_verified_at.is_some(),
            name: account.full_name.clone(),
            role: account.role,
            company_id: account.company_id,
            company_code: account.company_code.clone(),
            person_id: account.person_id,
            former_username: account.former_username.clone(),
        }
    }
}

impl From<SignedIn> for LoginResponse {
    fn from(signed_in: SignedIn) -> Self {
        Self {
            user: UserResponse::from(&signed_in.account),
            access_token: signed_in.access_token,
            refresh_token: signed_in.refresh_token.expose_secret().to_owned(),
            token_type: "bearer",
            expires_in: signed_in.expires_in.num_seconds(),
            // True only after a mail server has accepted us, which nothing here does yet.
            mail_session_active: false,
        }
    }
}

impl SessionResponse {
    pub(crate) fn new(session: SessionRecord, current: SessionId) -> Self {
        Self {
            is_current: session.id == current,
            id: session.id,
            kind: session.kind.as_str(),
            ip_address: session.ip_address.map(|net| net.addr().to_string()),
            user_agent: session.user_agent,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
        }
    }
}
