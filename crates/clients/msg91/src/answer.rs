//! Reading answers: `{"type": "success"|"error", …}` with a status that need not agree.

use bheem_http_kit::Response;
use serde::Deserialize;

use crate::Error;

/// What MSG91 took on.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Sent {
    /// MSG91's name for it, which its reports repeat.
    pub request_id: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    #[serde(rename = "type")]
    verdict: String,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    request_id: Option<String>,
}

pub(crate) fn sent(answer: &Response) -> Result<Sent, Error> {
    let operation = answer.operation();
    let status = answer.status();
    // Statuses that mean the same everywhere are believed.
    if matches!(status.as_u16(), 429 | 500..) {
        return Err(answer.to_error().into());
    }
    match answer.json::<Body>() {
        Ok(body) if body.verdict == "error" => {
            let message = body.message.unwrap_or_default();
            Err(Error::Refused {
                operation,
                is_unauthorized: status.as_u16() == 401
                    || status.as_u16() == 403
                    || message.to_ascii_lowercase().contains("auth"),
                message: message.into(),
            })
        }
        _ if !status.is_success() => Err(answer.to_error().into()),
        Ok(body) if body.verdict == "success" => Ok(Sent {
            // A flow's request id comes in the message.
            request_id: body.request_id.or(body.message),
        }),
        Ok(_) => Err(Error::Protocol { operation }),
        Err(error) => Err(error.into()),
    }
}
