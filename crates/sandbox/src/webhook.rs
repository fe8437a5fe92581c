//! Sending the peers' webhooks. A receiver that is not there is tried again a few times, as the peers
//! do, though sooner; it may get one twice.

use std::time::Duration;

use actix_web::rt::time::sleep;
use bheem_http_kit::{Auth, ClientBuilder, HeaderName, HttpClient, Method, RetryPolicy, Url};

use crate::store::Outgoing;

const TRIES: u32 = 3;
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// Sends one after the other.
pub(crate) async fn deliver(outgoing: Vec<Outgoing>) {
    for webhook in outgoing {
        let mut wait = FIRST_WAIT;
        for attempt in 1..=TRIES {
            match send(&webhook).await {
                Ok(()) => break,
                Err(why) if attempt == TRIES => {
                    tracing::warn!(url = webhook.url, why, "a webhook was not taken");
                }
                Err(_) => sleep(wait).await,
            }
            wait *= 4;
        }
    }
}

async fn send(webhook: &Outgoing) -> Result<(), String> {
    let url = Url::parse(&webhook.url).map_err(|error| error.to_string())?;
    let segments: Vec<&str> = url.path_segments().into_iter().flatten().collect();
    let origin = url.origin().ascii_serialization();
    let http: HttpClient = ClientBuilder::new("webhook", origin, Auth::None, |http| http)
        .timeout(Duration::from_secs(5))
        .retry(RetryPolicy::none())
        .build()
        .map_err(|error| error.to_string())?;
    let mut request = http.request("webhook", Method::POST, &segments);
    for (name, value) in &webhook.headers {
        request = request.header(HeaderName::from_static(name), value);
    }
    for (name, value) in url.query_pairs() {
        request = request.query(&name, &value);
    }
    let answer = request
        .bytes(webhook.content_type, webhook.body.clone())
        .send()
        .await
        .map_err(|error| error.to_string())?;
    match answer.status() {
        status if status.is_success() => Ok(()),
        status => Err(format!("answered {status}")),
    }
}
