//! How a path reaches PHP: nginx decodes it and pastes it into a query (`try_files … /json_api.php?query=$1&$args`), and PHP
//! decodes that again. So `+` becomes a blank, `&` begins another parameter, `%` is decoded twice, and of several
//! parameters of one name the last counts.

use crate::{http::Request, text};

/// What PHP sees.
pub(super) struct Pasted {
    /// The parts of the parameter `query`.
    pub(super) segments: Vec<String>,
    /// The parameter `tags`.
    pub(super) tags: Option<String>,
}

/// `None` for a path outside of the API.
pub(super) fn read(request: &Request) -> Option<Pasted> {
    let path = text::percent_decode(&request.path);
    let query = format!("query={}", path.strip_prefix("/api/v1/")?);
    let pasted = url::form_urlencoded::parse(query.as_bytes()).into_owned();
    let pairs: Vec<(String, String)> = pasted.chain(request.query.iter().cloned()).collect();
    let last = |wanted: &str| {
        let found = pairs.iter().rev().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.clone())
    };
    let query = last("query").unwrap_or_default();
    let segments = query.split('/').filter(|segment| !segment.is_empty());
    Some(Pasted {
        segments: segments.map(str::to_owned).collect(),
        tags: last("tags"),
    })
}
