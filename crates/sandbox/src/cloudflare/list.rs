//! Lists in pages.

use serde_json::{Value, json};

use super::answer::Refusal;
use crate::http::{Answer, Request};

/// How many a page may have, and has when nothing is said.
pub(super) struct Sizes {
    pub(super) usual: usize,
    pub(super) least: usize,
    pub(super) most: usize,
}

/// The page that is asked for.
pub(super) fn page(request: &Request, items: &[Value], sizes: &Sizes) -> Result<Answer, Refusal> {
    let number = |name: &str, usual: usize| match request.parameter(name) {
        None => Ok(usual),
        Some(text) => text
            .parse()
            .map_err(|_invalid| Refusal::new(400, 1004, format!("Invalid {name} parameter"))),
    };
    let page = number("page", 1)?.max(1);
    let size = number("per_page", sizes.usual)?;
    if !(sizes.least..=sizes.most).contains(&size) {
        return Err(Refusal::new(400, 1004, "Invalid per_page parameter"));
    }
    let skip = page.saturating_sub(1).saturating_mul(size);
    let shown: Vec<&Value> = items.iter().skip(skip).take(size).collect();
    let info = json!({
        "page": page,
        "per_page": size,
        "count": shown.len(),
        "total_count": items.len(),
        "total_pages": items.len().div_ceil(size),
    });
    Ok(Answer::json(
        200,
        &json!({"success": true, "errors": [], "messages": [], "result": shown, "result_info": info}),
    ))
}
