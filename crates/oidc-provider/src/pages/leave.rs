//! From a form of ours to a client.
//!
//! Chromium holds every redirect that follows a form against `form-action`, also those of the client:
//! one that goes on from its address to another of its origins would be stopped, and neither its
//! origins nor all of them belong into our policy. So the form ends here, in a page that goes on by
//! itself, or by a link where browsers are told not to do that.

use askama::Template;

use super::{
    layout::{Layout, show_page},
    visit::Visit,
};
use crate::{Answer, Result};

#[derive(Template)]
#[template(path = "leave.html")]
struct Leave<'a> {
    layout: Layout,
    onward: &'a str,
}

/// The answer to a form: one that would redirect to a client becomes a page that goes there. Programs
/// of a device, which have a scheme of their own, get the redirect: their systems open them after a
/// click alone, and the policy names their scheme.
pub(super) fn by_page(visit: &Visit<'_>, answer: Answer) -> Result<Answer> {
    let location = answer
        .headers
        .iter()
        .find(|(name, _)| *name == "location")
        .map(|(_, value)| value.as_str())
        .filter(|value| is_web(value));
    let Some(onward) = location else {
        return Ok(answer);
    };
    let page = show_page!(Leave {
        layout: Layout::bare(visit.s, visit.s.sending_you_back),
        onward,
    })?;
    Ok(page.with("refresh", format!("0;url={onward}")))
}

/// Whether an address is one of the web.
pub(super) fn is_web(uri: &str) -> bool {
    ["https://", "http://"].iter().any(|start| {
        uri.get(..start.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(start))
    })
}
