//! Answers that are a page of a list: an array, with where to go on in a header, so that clients
//! which know nothing of pages read them too.

use actix_web::HttpResponse;
use bheem_domain::Invalid;
use bheem_persistence::{Cursor, PageRequest};
use serde::Serialize;

/// Header that names the last row; absent on the last page.
pub(crate) const NEXT_CURSOR: &str = "x-next-cursor";

/// Which part of the list is wanted: 50 rows from the start unless told.
pub(crate) fn page(
    limit: Option<i64>,
    skip: Option<i64>,
    after: Option<&str>,
) -> Result<PageRequest, Invalid> {
    PageRequest::parse(limit.unwrap_or(50), skip.unwrap_or(0), after)
}

/// The page as an answer. A page that is not full is the last one.
pub(crate) fn paged<T, R: Serialize>(
    rows: Vec<T>,
    page: &PageRequest,
    cursor: impl Fn(&T) -> Cursor,
    response: impl Fn(T) -> R,
) -> HttpResponse {
    let is_full = i64::try_from(rows.len()) == Ok(page.limit);
    let next = rows.last().filter(|_| is_full).map(cursor);
    let mut answer = HttpResponse::Ok();
    if let Some(next) = next {
        answer.insert_header((NEXT_CURSOR, next.encode()));
    }
    answer.json(rows.into_iter().map(response).collect::<Vec<_>>())
}
