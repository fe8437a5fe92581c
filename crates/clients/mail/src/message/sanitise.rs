//! HTML from strangers, made fit to be shown inside a page of ours.
//!
//! The parsing and the list of tags are `ammonia`'s. On top of it nothing is loaded from anywhere: no image but one of the
//! message itself (`cid:`), no style that fetches, no frame, no form. A caller that lets the user load remote images asks
//! for that expressly; even then only over HTTPS.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use ammonia::Builder;

use super::safe_style;

/// HTML that may be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SafeHtml {
    /// The HTML.
    pub html: String,
    /// Something was left out that would have been loaded from elsewhere.
    pub is_remote_blocked: bool,
    /// The parts of the message that images refer to (`cid:`).
    pub content_ids: Vec<String>,
}

const TAGS: [&str; 7] = ["center", "font", "big", "tt", "u", "main", "address"];
/// What looks is harmless.
const ATTRIBUTES: [&str; 16] = [
    "align",
    "alt",
    "bgcolor",
    "border",
    "cellpadding",
    "cellspacing",
    "color",
    "colspan",
    "dir",
    "face",
    "height",
    "rowspan",
    "size",
    "style",
    "valign",
    "width",
];

/// Makes HTML fit to be shown. `allow_remote` keeps images that are loaded over HTTPS.
#[must_use]
pub fn sanitise_html(source: &str, allow_remote: bool) -> SafeHtml {
    // Shared with a callback that must own what it uses.
    let found = Arc::new(Found::default());
    let seen = Arc::clone(&found);
    let filter = move |tag: &str, name: &str, value: &str| -> Option<String> {
        match (tag, name) {
            ("img", "src") => seen.image(value, allow_remote),
            ("a", "href") => link(value),
            (_, "style") => {
                let (style, is_remote) = safe_style::clean(value);
                seen.blocked.fetch_or(is_remote, Ordering::Relaxed);
                (!style.is_empty()).then_some(style)
            }
            // Anything else that names an address.
            (_, "href" | "src" | "srcset" | "background" | "poster" | "cite" | "data") => {
                seen.blocked.store(true, Ordering::Relaxed);
                None
            }
            _ => Some(value.to_owned()),
        }
    };
    let has_removed = names_remote(source);
    let html = build(filter).clean(source).to_string();
    let content_ids = found
        .content_ids
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    SafeHtml {
        html,
        is_remote_blocked: found.blocked.load(Ordering::Relaxed) || has_removed,
        content_ids: content_ids.iter().cloned().collect(),
    }
}

#[derive(Default)]
struct Found {
    blocked: AtomicBool,
    content_ids: Mutex<BTreeSet<String>>,
}

impl Found {
    fn image(&self, value: &str, allow_remote: bool) -> Option<String> {
        let value = value.trim();
        let starts = |scheme: &str| {
            value
                .get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        };
        if starts("cid:") {
            let id = value.get(4..)?.to_owned();
            let is_plain = |c: char| c.is_ascii_graphic() && !"<>\"'\\".contains(c);
            if id.is_empty() || !id.chars().all(is_plain) {
                return None;
            }
            self.content_ids
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(id.clone());
            return Some(format!("cid:{id}"));
        }
        if starts("https://") && allow_remote {
            return Some(value.to_owned());
        }
        self.blocked.store(true, Ordering::Relaxed);
        None
    }
}

/// Links lead to pages, to mail or to a place in the message, by whoever clicks them.
fn link(value: &str) -> Option<String> {
    let value = value.trim();
    let is_link = ["https://", "http://", "mailto:", "tel:", "#"]
        .iter()
        .any(|scheme| {
            value
                .get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        });
    is_link.then(|| value.to_owned())
}

/// Of what is removed with its tag nobody asks the filter.
fn names_remote(source: &str) -> bool {
    let lower = source.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    has(&["background=", "srcset=", "poster=", "<link", "@import"])
        || (has(&[
            "<iframe", "<object", "<embed", "<video", "<audio", "<svg", "<input",
        ]) && has(&["src=", "data=", "href="]))
        || (has(&["<style"]) && has(&["url("]))
}

fn build<F>(filter: F) -> Builder<'static>
where
    F: Fn(&str, &str, &str) -> Option<String> + Send + Sync + 'static,
{
    let mut builder = Builder::default();
    builder
        .add_tags(TAGS)
        .rm_tags(["map", "area", "bdo"])
        .add_clean_content_tags([
            "title", "noscript", "template", "svg", "math", "iframe", "object",
        ])
        .generic_attributes(ATTRIBUTES.into_iter().chain(["title", "lang"]).collect())
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel", "cid"]))
        // What is left of them are places in the message: the filter has seen them before.
        .url_relative(ammonia::UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer nofollow"))
        .strip_comments(true)
        .attribute_filter(move |tag, name, value| filter(tag, name, value).map(Into::into));
    builder
}

#[cfg(test)]
mod tests;
