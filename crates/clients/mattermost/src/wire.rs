//! Small readings that several resources need.

use bheem_http_kit::{Effect, ErrorKind, StatusCode};
use serde::{Deserialize, Deserializer};

/// What Go leaves out or sends as `null`.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// `{"status": "OK"}`.
#[derive(Deserialize)]
pub(crate) struct Done {
    #[serde(rename = "status")]
    pub(crate) _status: String,
}

pub(crate) fn kind_of(status: u16) -> ErrorKind {
    StatusCode::from_u16(status).map_or(ErrorKind::Protocol, |status| {
        ErrorKind::of_status(status, None)
    })
}

pub(crate) fn effect_of(status: u16) -> Effect {
    StatusCode::from_u16(status).map_or(Effect::Unknown, Effect::of_status)
}
