//! Cloudflare's envelope: `success` and the status both have their say.

use bheem_http_kit::{Error as HttpError, PeerText, Response, decode_value, lenient};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Error, PeerError, error};

/// Of a chain, no more is kept.
const CHAIN_LIMIT: usize = 16;

#[derive(Deserialize)]
struct Envelope {
    success: bool,
    #[serde(default, deserialize_with = "lenient::list")]
    errors: Vec<Entry>,
    #[serde(default)]
    result: Value,
    #[serde(default)]
    result_info: Option<ResultInfo>,
}

/// Where in a list an answer is.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ResultInfo {
    #[serde(default, deserialize_with = "lenient::integer")]
    pub(crate) total_pages: Option<i64>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default, deserialize_with = "lenient::integer")]
    code: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    message: Option<String>,
    #[serde(default, deserialize_with = "lenient::list")]
    error_chain: Vec<Link>,
}

#[derive(Deserialize)]
struct Link {
    #[serde(default, deserialize_with = "lenient::integer")]
    code: Option<i64>,
    #[serde(default, deserialize_with = "lenient::text")]
    message: Option<String>,
}

/// The result of a success, or what Cloudflare refuses.
pub(crate) fn read<T: DeserializeOwned>(answer: &Response) -> Result<(T, ResultInfo), Error> {
    let is_success = answer.status().is_success();
    // A 5xx is Cloudflare being unwell, whatever it manages to say.
    if answer.status().is_server_error() {
        return Err(answer.to_error().into());
    }
    let envelope: Envelope = match answer.json() {
        Ok(envelope) => envelope,
        Err(error) if is_success => return Err(error.into()),
        Err(_no_envelope) => return Err(answer.to_error().into()),
    };
    if is_success && envelope.success {
        let info = envelope.result_info.unwrap_or_default();
        return Ok((decode_value(answer.operation(), envelope.result)?, info));
    }
    let errors: Vec<PeerError> = envelope.errors.into_iter().map(Entry::tidy).collect();
    // A success that its own status denies, or a redirect: nobody can tell what happened.
    if errors.is_empty() && !answer.status().is_client_error() {
        return Err(unclear(answer));
    }
    Err(Error::Refused {
        operation: answer.operation(),
        status: answer.status(),
        reason: error::sort(answer.status(), &errors),
        errors,
        retry_after: answer.retry_after(),
    })
}

fn unclear(answer: &Response) -> Error {
    Error::Http(HttpError::Decode {
        operation: answer.operation(),
        path: "success".to_owned(),
        category: "data",
        line: 0,
        column: 0,
    })
}

impl Entry {
    fn tidy(self) -> PeerError {
        let links = self.error_chain.into_iter().take(CHAIN_LIMIT);
        PeerError {
            code: self.code.unwrap_or_default(),
            message: PeerText::from(self.message.unwrap_or_default()),
            chain: links
                .map(|link| {
                    let message = PeerText::from(link.message.unwrap_or_default());
                    (link.code.unwrap_or_default(), message)
                })
                .collect(),
        }
    }
}
