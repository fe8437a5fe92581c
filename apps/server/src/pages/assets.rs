//! Style and scripts of the pages, and where password managers look for the page that changes a
//! password.

use actix_web::{HttpResponse, web::Path};

use crate::problem::{Answer, Problem};

/// A file of the pages. Its name changes with what it holds, so browsers keep it for ever.
///
/// # Errors
/// 404 when there is no such file.
pub async fn asset(name: Path<String>) -> Answer {
    let file = bheem_oidc_provider::asset(&name)
        .ok_or_else(|| Problem::not_found("There is no such file"))?;
    std::future::ready(Ok(HttpResponse::Ok()
        .content_type(file.content_type)
        .insert_header(("Cache-Control", "public, max-age=31536000, immutable"))
        .insert_header(("X-Content-Type-Options", "nosniff"))
        .body(file.body)))
    .await
}

/// Where a password is changed (W3C, A Well-Known URL for Changing Passwords).
///
/// # Errors
/// None.
pub async fn change_password() -> Answer {
    std::future::ready(Ok(HttpResponse::Found()
        .insert_header(("Location", "/account"))
        .finish()))
    .await
}
