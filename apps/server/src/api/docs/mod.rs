//! The API's documentation: the OpenAPI document, Swagger UI and `ReDoc`, all from the binary.

use actix_web::{
    HttpResponse,
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

pub(crate) fn routes(table: &mut Table) {
    table
        .public(Method::GET, "/openapi.json", openapi)
        .public(Method::GET, "/docs", swagger_index)
        .public(Method::GET, "/docs/{file}", swagger_file)
        .public(Method::GET, "/redoc", redoc)
        .public(Method::GET, "/redoc/redoc.standalone.js", redoc_script);
}

/// The OpenAPI document.
///
/// # Errors
/// 404 when it does not serialise, which a test shows it does.
pub async fn openapi() -> Answer {
    std::future::ready(
        crate::openapi::document()
            .map(|json| {
                HttpResponse::Ok()
                    .content_type("application/json")
                    .body(json)
            })
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
    std::future::ready(Ok(HttpResponse::Found()
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
    std::future::ready(Ok(HttpResponse::Ok()
        .content_type(file.content_type)
        .body(file.bytes.into_owned())))
    .await
}

/// `ReDoc`.
///
/// # Errors
/// None.
pub async fn redoc() -> Answer {
    std::future::ready(Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(REDOC_PAGE)))
    .await
}

/// The script of `ReDoc`.
///
/// # Errors
/// None.
pub async fn redoc_script() -> Answer {
    std::future::ready(Ok(HttpResponse::Ok()
        .content_type("text/javascript; charset=utf-8")
        .insert_header(("Cache-Control", "public, max-age=86400"))
        .body(REDOC_SCRIPT)))
    .await
}
