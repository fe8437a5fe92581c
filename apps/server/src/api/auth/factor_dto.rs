//! What is sent and answered about second factors, proofs and sign-ins.

use bheem_domain::{LoginEventId, PasskeyId, SessionId};
use bheem_identity::{Ceremony, Factors, RegisteredPasskey, TotpSetup};
use bheem_persistence::repo::LoginEventRecord;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// Proves who it is where the sign-in is more than 15 minutes ago.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct ProofRequest {
    /// The password.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    pub password: Option<SecretString>,
}

/// A code that somebody typed.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CodeRequest {
    /// The code.
    #[schema(value_type = String)]
    pub code: SecretString,
    /// The password, where the sign-in is more than 15 minutes ago.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    pub password: Option<SecretString>,
}

/// A code that was sent to a telephone.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PhoneCodeRequest {
    /// The code.
    #[schema(value_type = String)]
    pub code: SecretString,
}

/// Asks for a code by SMS.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct SendCodeRequest {
    /// A number in international form; the account's own without.
    #[serde(default)]
    pub phone: Option<String>,
}

/// Proves an address by a link.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ConfirmEmailRequest {
    /// The token of the link.
    #[schema(value_type = String)]
    pub token: SecretString,
    /// For whoever is not signed in to the account that asked for the link: the password of the fresh
    /// account that gets the address.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    pub password: Option<SecretString>,
}

/// Adds a passkey.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AddPasskeyRequest {
    /// The challenge that is answered.
    pub ceremony_id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// What `navigator.credentials.create` gave, its bytes in base64url.
    #[schema(value_type = Object)]
    pub credential: Value,
    /// The password, where the sign-in is more than 15 minutes ago.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    pub password: Option<SecretString>,
}

/// What an account has beside its password.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecondFactorsResponse {
    /// Whether an authenticator app is set up.
    pub totp: bool,
    /// The passkeys.
    pub passkeys: Vec<PasskeyResponse>,
    /// Recovery codes that were not used yet.
    pub recovery_codes_left: usize,
    /// Whether a tenant demands a second factor.
    pub required: bool,
    /// Whether this installation can have passkeys.
    pub passkeys_available: bool,
}

/// A passkey.
#[derive(Debug, Serialize, ToSchema)]
pub struct PasskeyResponse {
    /// Which.
    #[schema(value_type = Uuid)]
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When somebody last signed in with it.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// What an authenticator app is set up with; shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct TotpSetupResponse {
    /// To be typed: base32.
    pub secret: String,
    /// To be shown as a QR code.
    pub otpauth_uri: String,
}

/// Codes for when the second factor is lost; shown once, each good once.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecoveryCodesResponse {
    /// The codes; empty when there were some already.
    pub recovery_codes: Vec<String>,
}

/// A challenge for `navigator.credentials.create`.
#[derive(Debug, Serialize, ToSchema)]
pub struct CeremonyResponse {
    /// Goes back with the answer.
    pub ceremony_id: Uuid,
    /// An object with `publicKey`, its bytes in base64url.
    #[schema(value_type = Object)]
    pub options: Value,
}

/// A passkey that was added.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddedPasskeyResponse {
    /// The passkey.
    pub passkey: PasskeyResponse,
    /// Recovery codes, if there were none.
    pub recovery_codes: Vec<String>,
}

/// A sign-in that was tried.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoginEventResponse {
    /// Its id.
    #[schema(value_type = Uuid)]
    pub id: LoginEventId,
    /// The session that came of it.
    #[schema(value_type = Option<Uuid>)]
    pub session_id: Option<SessionId>,
    /// Whether it succeeded.
    pub success: bool,
    /// `password`, `totp`, `recovery_code` or `passkey`.
    pub method: String,
    /// Where from.
    pub ip_address: Option<String>,
    /// What the client called itself.
    pub user_agent: Option<String>,
    /// Whether the device was not seen before.
    pub is_new_device: bool,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl From<RegisteredPasskey> for PasskeyResponse {
    fn from(passkey: RegisteredPasskey) -> Self {
        Self {
            id: passkey.id,
            name: passkey.name,
            created_at: passkey.created_at,
            last_used_at: passkey.last_used_at,
        }
    }
}

impl SecondFactorsResponse {
    pub(crate) fn new(factors: Factors, required: bool, passkeys_available: bool) -> Self {
        Self {
            totp: factors.totp,
            passkeys: factors.passkeys.into_iter().map(Into::into).collect(),
            recovery_codes_left: factors.recovery_codes,
            required,
            passkeys_available,
        }
    }
}

impl From<TotpSetup> for TotpSetupResponse {
    fn from(setup: TotpSetup) -> Self {
        Self {
            secret: setup.secret.expose_secret().to_owned(),
            otpauth_uri: setup.uri.expose_secret().to_owned(),
        }
    }
}

/// As they are shown, this once.
pub(crate) fn shown(codes: &[SecretString]) -> Vec<String> {
    let codes = codes.iter();
    codes.map(|code| code.expose_secret().to_owned()).collect()
}

impl From<Ceremony> for CeremonyResponse {
    fn from(ceremony: Ceremony) -> Self {
        Self {
            ceremony_id: ceremony.id,
            options: ceremony.options,
        }
    }
}

impl From<LoginEventRecord> for LoginEventResponse {
    fn from(event: LoginEventRecord) -> Self {
        Self {
            id: event.id,
            session_id: event.session_id,
            success: event.is_success,
            method: event.method,
            ip_address: event.ip_address.map(|net| net.addr().to_string()),
            user_agent: event.user_agent,
            is_new_device: event.is_new_device,
            created_at: event.created_at,
        }
    }
}
