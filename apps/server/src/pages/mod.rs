//! The pages of the OpenID Connect provider and the endpoints that browsers come to. A handler carries
//! what came over the wire to the provider, and what it answers back.

pub mod assets;
pub mod forgot_password;
pub mod pushed;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode, header::HeaderMap},
    web::{Bytes, Data},
};
use bheem_oidc_provider::{Answer, Methods, Page, PageRequest};

use crate::{
    app::App,
    extract::RequestClient,
    routes::{Table, routes},
};

/// Pages know their whole paths.
pub(crate) fn routes(table: &mut Table) {
    for (page, path, methods) in Page::ALL {
        let show = move |app: Data<App>,
                         client: RequestClient,
                         request: HttpRequest,
                         body: Bytes| async move {
            let request = page_request(&request, client, &body);
            carry(app.provider.page(page, &request).await)
        };
        if methods != Methods::Post {
            table.page(Method::GET, path, show);
        }
        // Whoever asks for a mail needs more than the provider has.
        if methods != Methods::Get && page != Page::ForgotPassword {
            table.page(Method::POST, path, show);
        }
    }
    table
        .page(
            Method::POST,
            "/forgot-password",
            forgot_password::ask_for_link,
        )
        .page(Method::GET, "/assets/sso/{name}", assets::asset)
        .page(
            Method::GET,
            "/.well-known/change-password",
            assets::change_password,
        );
    routes!(table, public pushed::push_authorization_request);
}

/// The request as the pages take it.
pub(crate) fn page_request(
    request: &HttpRequest,
    client: RequestClient,
    body: &Bytes,
) -> PageRequest {
    let headers = request.headers();
    PageRequest::new(
        client.0,
        request.method() == Method::POST,
        request.query_string(),
        body.to_vec(),
        |name| header(headers, name),
    )
}

/// A header; what comes in several lines is one list, of cookies with semicolons (RFC 9113, 8.2.3).
fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(name);
    let lines: Vec<&str> = lines
        .map(|line| line.to_str().unwrap_or_default())
        .collect();
    let joint = if name == "cookie" { "; " } else { ", " };
    (!lines.is_empty()).then(|| lines.join(joint))
}

/// The answer of the provider as HTTP. A cookie does not take the place of another.
pub(crate) fn carry(answer: Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for header in answer.headers {
        response.append_header(header);
    }
    response.body(answer.body)
}
