//! HTML brought into a form that costs a parser no more than its length.
//!
//! The standard's way of building a tree has three costs that grow faster than the text: each tag may look through all
//! open elements, formatting that was not closed is made again in each new block with all its attributes, and each
//! attribute is compared with those before it in its tag. A stranger who knows this keeps a server busy for minutes
//! with a few kilobytes. So the text goes through a tokenizer (`html5gum`) first, and is written again with every
//! element closed where the standard would close it, of a bounded depth, with the attributes alone that may stay, and
//! with bounds on the number of elements, on what is repeated and on the whole. Nothing here makes anything safe: what
//! is written goes through the sanitiser like any other text.
//!
//! Beyond a bound, tags are left out and their text stays; beyond the bound on the whole, the rest is left out. Both
//! are told.

mod tags;
mod tree;

use std::convert::Infallible;

use html5gum::{
    Span, Tokenizer,
    emitters::callback::{CallbackEmitter, CallbackEvent},
};

use super::safe_style;
use tree::Tree;

/// The output has at most this many times the bytes of the input.
pub(super) const MOST_GROWTH: usize = 4;
/// A short text may grow to this.
pub(super) const SHORT: usize = 16 * 1024;
/// `&nbsp;`
const LONGEST_ENTITY: usize = 6;
/// Attributes longer than this are left out.
const LONGEST_ATTRIBUTE: usize = 16 * 1024;
/// Of a style this much is looked at for what it would fetch.
const LONGEST_STYLE: usize = 256 * 1024;

/// The form.
#[derive(Debug, Default)]
pub(super) struct Balanced {
    pub(super) html: String,
    /// Something was left out because of its depth, number or length.
    pub(super) is_truncated: bool,
    /// Something was left out that would have been loaded from elsewhere.
    pub(super) is_remote: bool,
    /// How many elements were looked at; at most [`tree::MOST_STEPS`] and a few.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "what tests count instead of time")
    )]
    pub(super) steps: usize,
}

/// How many bytes the output may have.
pub(super) fn limit(source: &str) -> usize {
    source.len().saturating_mul(MOST_GROWTH).max(SHORT)
}

/// Brings HTML into that form.
pub(super) fn balance(source: &str) -> Balanced {
    let mut reader = Reader {
        tree: Tree::new(source.len(), limit(source)),
        start: None,
        attribute: None,
        skipped: None,
        is_remote: false,
    };
    let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _: Span<()>| {
        reader.event(&event);
        None::<Infallible>
    });
    emitter.naively_switch_states(true);
    let Ok(()) = Tokenizer::new_with_emitter(source, emitter).finish();
    reader.tree.close_all();
    Balanced {
        html: reader.tree.out,
        is_truncated: reader.tree.is_truncated,
        is_remote: reader.is_remote,
        steps: reader.tree.steps,
    }
}

/// A start tag of which attributes are still to come.
struct Start {
    name: Vec<u8>,
    /// The element's number, if it is one that is kept.
    number: Option<usize>,
    attributes: String,
    /// One bit for each attribute that was there: the first of a name counts.
    seen: u32,
}

/// An element that is left out with all that is in it.
struct Skipped {
    name: Vec<u8>,
    depth: usize,
    /// HTML may stand in it.
    is_open: bool,
}

struct Reader {
    tree: Tree,
    start: Option<Start>,
    /// The name of the attribute whose value may come next.
    attribute: Option<Vec<u8>>,
    skipped: Option<Skipped>,
    is_remote: bool,
}

impl Reader {
    fn event(&mut self, event: &CallbackEvent<'_>) {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.attribute = None;
                self.start = Some(Start {
                    name: name.to_vec(),
                    number: tags::find(name),
                    attributes: String::new(),
                    seen: 0,
                });
            }
            CallbackEvent::AttributeName { name } => {
                self.attribute_ends(b"");
                self.attribute = (name.len() < 64).then(|| name.to_vec());
            }
            CallbackEvent::AttributeValue { value } => self.attribute_ends(value),
            CallbackEvent::CloseStartTag { self_closing } => {
                self.attribute_ends(b"");
                if let Some(start) = self.start.take() {
                    self.started(&start, *self_closing);
                }
            }
            CallbackEvent::EndTag { name } => {
                self.start = None;
                self.attribute = None;
                self.ended(name);
            }
            CallbackEvent::String { value } => self.text(value),
            CallbackEvent::Comment { .. }
            | CallbackEvent::Doctype { .. }
            | CallbackEvent::Error(_) => {}
        }
    }

    fn attribute_ends(&mut self, value: &[u8]) {
        // Attributes of end tags are none.
        let (Some(name), Some(start)) = (self.attribute.take(), &mut self.start) else {
            return;
        };
        let value = String::from_utf8_lossy(value);
        self.is_remote |= fetches(start, &name, &value);
        let Some((number, known)) = tags::attribute(&name) else {
            return;
        };
        let bit = 1_u32 << number;
        if start.seen & bit != 0 || start.number.is_none() {
            return;
        }
        start.seen |= bit;
        if value.len() > LONGEST_ATTRIBUTE {
            self.tree.is_truncated = true;
            return;
        }
        start.attributes.push(' ');
        start.attributes.push_str(known);
        start.attributes.push_str("=\"");
        escape(&value, true, usize::MAX, &mut start.attributes);
        start.attributes.push('"');
    }

    fn started(&mut self, start: &Start, is_self_closing: bool) {
        let name = start.name.as_slice();
        if let Some(skipped) = &mut self.skipped {
            let is_foreign = matches!(skipped.name.as_slice(), b"svg" | b"math");
            if !is_foreign || skipped.is_open || !tags::breaks_out(name) {
                let is_nested = skipped.name == name && !(is_foreign && is_self_closing);
                skipped.depth = skipped.depth.saturating_add(usize::from(is_nested));
                skipped.is_open |= is_foreign && tags::is_integration_point(name);
                return;
            }
            self.skipped = None;
        }
        if tags::is_skipped(name) {
            let is_empty = is_self_closing && matches!(name, b"svg" | b"math");
            if !is_empty {
                self.skipped = Some(Skipped {
                    name: name.to_vec(),
                    depth: 1,
                    is_open: false,
                });
            }
        } else if let Some(number) = start.number {
            self.tree.start(number, &start.attributes);
        }
    }

    fn ended(&mut self, name: &[u8]) {
        if let Some(skipped) = &mut self.skipped {
            if skipped.name == name {
                skipped.depth = skipped.depth.saturating_sub(1);
                if skipped.depth == 0 {
                    self.skipped = None;
                }
            }
        } else if let Some(number) = tags::find(name) {
            self.tree.end(number);
        }
    }

    fn text(&mut self, value: &[u8]) {
        if let Some(skipped) = &self.skipped {
            if skipped.name == b"style" {
                let start = value.get(..LONGEST_STYLE).unwrap_or(value);
                let style = String::from_utf8_lossy(start).to_ascii_lowercase();
                self.is_remote |= style.contains("url(") || style.contains("@import");
            }
            return;
        }
        self.tree.text(&String::from_utf8_lossy(value));
    }
}

/// Would a browser fetch something because of this attribute, and will the filter behind not see it?
fn fetches(start: &Start, name: &[u8], value: &str) -> bool {
    let tag = start.name.as_slice();
    match name {
        b"style" => start.number.is_none() && safe_style::clean(value).1,
        b"src" if tag == b"img" || tag == b"image" => false,
        b"href" | b"xlink:href" => {
            matches!(tag, b"link" | b"image" | b"feimage" | b"use") && is_elsewhere(value)
        }
        b"archive" | b"background" | b"codebase" | b"data" | b"dynsrc" | b"imagesrcset"
        | b"lowsrc" | b"poster" | b"src" | b"srcset" => is_elsewhere(value),
        _ => false,
    }
}

fn is_elsewhere(value: &str) -> bool {
    let value = value.trim();
    let starts = |scheme: &str| {
        value
            .get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    !value.is_empty() && !["cid:", "data:", "about:", "#"].into_iter().any(starts)
}

/// A text as HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(text, false, usize::MAX, &mut out);
    out
}

/// Writes a text so that it is nothing but a text, as serialisers do (HTML, section 13.3), until there are about so
/// many bytes. Says whether it all went in.
fn escape(text: &str, is_attribute: bool, limit: usize, out: &mut String) -> bool {
    let is_special = |letter: char| {
        matches!(letter, '&' | '\u{a0}' | '<' | '>' | '\0') || (letter == '"' && is_attribute)
    };
    let mut rest = text;
    while !rest.is_empty() {
        let plain = rest.find(is_special).unwrap_or(rest.len());
        let room = limit.saturating_sub(out.len());
        let taken = rest.floor_char_boundary(plain.min(room));
        let (before, after) = rest.split_at_checked(taken).unwrap_or((rest, ""));
        out.push_str(before);
        if taken < plain || (room < taken.saturating_add(LONGEST_ENTITY) && !after.is_empty()) {
            return false;
        }
        let mut letters = after.chars();
        match letters.next() {
            Some('&') => out.push_str("&amp;"),
            Some('\u{a0}') => out.push_str("&nbsp;"),
            Some('<') => out.push_str("&lt;"),
            Some('>') => out.push_str("&gt;"),
            Some('"') => out.push_str("&quot;"),
            _ => {}
        }
        rest = letters.as_str();
    }
    true
}

#[cfg(test)]
mod tests;
