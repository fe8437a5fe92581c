//! Asking for a link that sets a new password.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Data},
};
use bheem_oidc_provider::Provider;

use super::{carry, page_request};
use crate::{app::App, extract::RequestClient};

/// Sends the link, if the name is somebody's. What is answered does not tell, not even that it was
/// asked for too often.
pub async fn ask_for_link(
    app: Data<App>,
    client: RequestClient,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let request = page_request(&request, client, &body);
    let name = match app.provider.forgotten_name(&request).await {
        Ok(name) => name,
        Err(answer) => return carry(answer),
    };
    if let Err(error) = app
        .services
        .request_password_reset(&name, &request.client)
        .await
    {
        tracing::warn!(%error, "a link that sets a password was not sent");
    }
    carry(Provider::link_sent(&request))
}
