//! HTML from strangers, made fit to be shown inside a page of ours.
//!
//! The parsing and the list of tags are `ammonia`'s. On top of it nothing is loaded from anywhere: no image but one of the
//! message itself (`cid:`), no style that fetches, no frame, no form. A caller that lets the user load remote images asks
//! for that expressly; even then only over HTTPS. What the parser gets was bounded before ([`super::balance`]), so that
//! work and output grow with the length of the text and no faster.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use ammonia::Builder;

use super::{balance, safe_style};

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
    /// Something was left out because there was too much of it: nested too deeply, too many elements, or more than four
    /// times the bytes of the source.
    pub is_truncated: bool,
}

impl SafeHtml {
    /// Adds what comes after it.
    pub(super) fn append(&mut self, next: Self) {
        self.html.push_str(&next.html);
        self.is_remote_blocked |= next.is_remote_blocked;
        self.is_truncated |= next.is_truncated;
        for id in next.content_ids {
            if !self.content_ids.contains(&id) {
                self.content_ids.push(id);
            }
        }
    }
}

/// Plain text among HTML.
pub(super) fn plain_html(text: &str) -> SafeHtml {
    SafeHtml {
        html: format!(
            "<div style=\"white-space:pre-wrap\">{}</div>",
            balance::escaped(text)
        ),
        ..SafeHtml::default()
    }
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
///
/// Time grows with the length of the source, and the output has at most four times its bytes (a short source: 16 KiB).
/// Elements nest 512 deep at most, as in browsers. What is left out for that is told by [`SafeHtml::is_truncated`].
///
/// This is blocking work, up to some 200 ms for a megabyte: run it off the threads that serve others, as with
/// `tokio::task::spawn_blocking`.
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
    let balanced = balance::balance(source);
    let html = build(filter).clean(&balanced.html).to_string();
    // Never so as long as the bounds before are right.
    let is_too_long = html.len() > balance::limit(source);
    let content_ids = found
        .content_ids
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    SafeHtml {
        html: if is_too_long { String::new() } else { html },
        is_remote_blocked: found.blocked.load(Ordering::Relaxed) || balanced.is_remote,
        content_ids: content_ids.iter().cloned().collect(),
        is_truncated: balanced.is_truncated || is_too_long,
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
