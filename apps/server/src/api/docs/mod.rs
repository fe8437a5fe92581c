//! The API's documentation: the OpenAPI document, Swagger UI and `ReDoc`, all from the binary.

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::Method,
    web::{Data, Path},
};
use utoipa_swagger_ui::Config;

use crate::{
    problem::{Answer, Problem},
    routes::Table,
};

const REDOC_PAGE: &str = include_str!("../../../assets/redoc.html");
const REDOC_SCRIPT: &[u8] = include_bytes!("../../../assets/redoc.standalone.js");

/// As of the pages that people sign in on, but that both programs write styles into the document, and `ReDoc`
/// works in a thread of its own. They are asked to fetch nothing from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     font-src 'self' data:; connect-src 'self'; worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What every page of ours says.
const HEADERS: [(&str, &str); 5] = [
    ("Content-Security-Policy", POLICY),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
];

fn page() -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    for header in HEADERS {
        response.insert_header(header);
    }
    response
}

pub(crate) fn routes(table: &mut Table) {
    table
        .page(Method::GET, "/openapi.json", openapi)
        .page(Method::GET, "/docs", swagger_index)
        .page(Method::GET, "/docs/{file}", swagger_file)
        .page(Method::GET, "/redoc", redoc)
        .page(Method::GET, "/redoc/redoc.standalone.js", redoc_script);
}

/// The OpenAPI document.
///
/// # Errors
/// 404 when it does not serialise, which a test shows it does.
pub async fn openapi() -> Answer {
    std::future::ready(
        crate::openapi::document()
            .map(|json| page().content_type("application/json").body(json))
            .map_err(|error| {
                tracing::error!(%error, "the OpenAPI document does not serialise");
                Problem::not_found("There is no OpenAPI document")
            }),
    )
    .await
}

/// Swagger UI. Its files are asked for relative to the page, so the page has a slash at its end.
///
/// # Errors
/// None.
pub async fn swagger_index() -> Answer {
    let mut response = HttpResponse::Found();
    for header in HEADERS {
        response.insert_header(header);
    }
    std::future::ready(Ok(response
        .insert_header(("Location", "/docs/index.html"))
        .finish()))
    .await
}

/// A file of Swagger UI.
///
/// # Errors
/// 404 when there is no such file.
pub async fn swagger_file(path: Path<String>, config: Data<Config<'static>>) -> Answer {
    let file = utoipa_swagger_ui::serve(&path, config.into_inner())
        .map_err(|error| {
            tracing::error!(%error, "a file of Swagger UI");
            Problem::not_found("There is no such file")
        })?
        .ok_or_else(|| Problem::not_found("There is no such file"))?;
    std::future::ready(Ok(page()
        .content_type(file.content_type)
        .body(file.bytes.into_owned())))
    .await
}

/// `ReDoc`.
///
/// # Errors
/// None.
pub async fn redoc() -> Answer {
    std::future::ready(Ok(page()
        .content_type("text/html; charset=utf-8")
        .body(REDOC_PAGE)))
    .await
}

/// The script of `ReDoc`.
///
/// # Errors
/// None.
pub async fn redoc_script() -> Answer {
    std::future::ready(Ok(page()
        .content_type("text/javascript; charset=utf-8")
        .insert_header(("Cache-Control", "public, max-age=86400"))
        .body(REDOC_SCRIPT)))
    .await
}
