//! A message as people read it.

use std::collections::HashMap;

use super::{
    headers::Headers,
    mime::Parsed,
    parts::{Part, PartPath, Structure},
    sanitise::{SafeHtml, plain_html, sanitise_html},
    text::html_to_text,
};

/// What is wanted of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ViewOptions {
    /// Images may be loaded from elsewhere (over HTTPS), which tells their owner that and where the message is read.
    pub allow_remote: bool,
    /// Texts are cut off after so many bytes.
    pub text_limit: usize,
}

impl Default for ViewOptions {
    fn default() -> Self {
        Self {
            allow_remote: false,
            text_limit: 1 << 20,
        }
    }
}

impl ViewOptions {
    /// Blocks what is elsewhere.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets images be loaded from elsewhere.
    #[must_use]
    pub fn allow_remote(mut self) -> Self {
        self.allow_remote = true;
        self
    }
}

/// A file of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttachmentInfo {
    /// Where it is.
    pub part: PartPath,
    /// Its name, as the writer gave it: not yet fit to be a file's name anywhere.
    pub name: Option<String>,
    /// Its type, as the writer gave it.
    pub content_type: String,
    /// About how many bytes it has.
    pub size: u64,
    /// By what the HTML (`cid:`) refers to it.
    pub content_id: Option<String>,
    /// It says of itself that it is to be shown, not saved.
    pub is_inline: bool,
}

/// A message to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageView {
    /// Its header.
    pub headers: Headers,
    /// Its HTML, if it has any, made safe: all of it, and the plain text that stands between.
    pub html: Option<SafeHtml>,
    /// Its plain text, all of it; where there is none, made from the HTML.
    pub text: String,
    /// The plain text was made from the HTML.
    pub is_text_derived: bool,
    /// A text was longer than what is shown.
    pub is_truncated: bool,
    /// Its files.
    pub attachments: Vec<AttachmentInfo>,
    /// So many parts, at least, are in neither the texts nor the files: there were too many, or they could not be read.
    pub parts_left_out: usize,
}

/// Texts of a message in their order, for each of its two views.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    pub(crate) html: Vec<Text>,
    pub(crate) plain: Vec<Text>,
    pub(crate) is_truncated: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) is_html: bool,
    pub(crate) text: String,
}

impl Texts {
    /// By what gives the text of a part, and says whether it was cut off. Each part is asked for once.
    pub(crate) fn of(structure: &Structure, texts: &HashMap<PartPath, (String, bool)>) -> Self {
        let of = |prefers_html| {
            let shown = structure.shown(prefers_html).into_iter();
            shown
                .filter_map(|part| {
                    let (text, _) = texts.get(&part.path)?;
                    Some(Text {
                        is_html: part.is_html(),
                        text: text.clone(),
                    })
                })
                .collect::<Vec<_>>()
        };
        let (html, plain) = (of(true), of(false));
        Self {
            html: if html.iter().any(|text| text.is_html) {
                html
            } else {
                Vec::new()
            },
            plain,
            is_truncated: texts.values().any(|(_, is_cut)| *is_cut),
        }
    }
}

impl MessageView {
    /// Blocking work.
    pub(crate) fn assemble(
        headers: Headers,
        mut texts: Texts,
        structure: &Structure,
        options: &ViewOptions,
    ) -> Self {
        let mut is_truncated = texts.is_truncated;
        is_truncated |= cut_all(&mut texts.html, options.text_limit);
        is_truncated |= cut_all(&mut texts.plain, options.text_limit);
        let html = (!texts.html.is_empty()).then(|| show(&texts.html, options));
        is_truncated |= html.as_ref().is_some_and(|html| html.is_truncated);
        Self {
            headers,
            is_text_derived: html.is_some() && texts.plain.iter().all(|text| text.is_html),
            text: read(texts.plain),
            html,
            is_truncated,
            attachments: structure.attachments().map(AttachmentInfo::of).collect(),
            parts_left_out: structure.left_out,
        }
    }

    /// The files that are not images of the text.
    pub fn files(&self) -> impl Iterator<Item = &AttachmentInfo> {
        self.attachments.iter().filter(|file| {
            let shown = self.html.as_ref().map(|html| html.content_ids.as_slice());
            let id = file.content_id.as_ref();
            !id.is_some_and(|id| shown.unwrap_or_default().contains(id))
        })
    }
}

/// Cuts off what is beyond so many bytes in all; says whether that was anything.
fn cut_all(texts: &mut [Text], limit: usize) -> bool {
    let (mut room, mut is_cut) = (limit, false);
    for text in texts {
        let end = text.text.floor_char_boundary(room);
        is_cut |= end < text.text.len();
        text.text.truncate(end);
        room = room.saturating_sub(end);
    }
    is_cut
}

/// Each text is made safe for itself: what one leaves open does not reach into the next.
fn show(texts: &[Text], options: &ViewOptions) -> SafeHtml {
    let mut shown = SafeHtml::default();
    for text in texts {
        if text.is_html {
            shown.append(sanitise_html(&text.text, options.allow_remote));
        } else if !text.text.is_empty() {
            shown.append(plain_html(&text.text));
        }
    }
    shown
}

fn read(texts: Vec<Text>) -> String {
    let mut read = String::new();
    for Text { is_html, text } in texts {
        if !read.is_empty() && !read.ends_with('\n') {
            read.push('\n');
        }
        read.push_str(&if is_html { html_to_text(&text) } else { text });
    }
    read
}

/// A whole message to show. `None` if there is not even a header in it. Of parts within parts, those of a message that
/// is attached count as that one file.
///
/// This is blocking work, see [`sanitise_html`].
#[must_use]
pub fn parse_message(bytes: &[u8], options: &ViewOptions) -> Option<MessageView> {
    let parsed = Parsed::read(bytes)?;
    let structure = &parsed.structure;
    let shown = structure
        .shown(true)
        .into_iter()
        .chain(structure.shown(false));
    let texts = shown
        .map(|part| (part.path.clone(), (parsed.text(part), false)))
        .collect();
    let headers = Headers::of(bytes, &parsed.message);
    let texts = Texts::of(structure, &texts);
    Some(MessageView::assemble(headers, texts, structure, options))
}

/// The parts of a whole message, as a server tells them of one that it keeps. `None` if there is not even a header in
/// it.
#[must_use]
pub fn parse_structure(bytes: &[u8]) -> Option<Structure> {
    Parsed::read(bytes).map(|parsed| parsed.structure)
}

impl AttachmentInfo {
    fn of(part: &Part) -> Self {
        Self {
            part: part.path.clone(),
            name: part.name.clone(),
            content_type: part.content_type.clone(),
            // Base64 makes four bytes of three.
            size: if part.encoding == "base64" {
                part.size / 4 * 3
            } else {
                part.size
            },
            content_id: part.content_id.clone(),
            is_inline: part.is_inline,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::message::parts::MOST_PARTS;

    #[test]
    fn text_html_and_files_are_found() {
        let raw = b"Subject: hi\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n\
            --a\r\nContent-Type: text/plain\r\n\r\nplain\r\n--a\r\nContent-Type: text/html\r\n\r\n<p>rich<script>x()</script><img src='cid:i@x'></p>\r\n--a--\r\n\
            --m\r\nContent-Type: image/png; name=i.png\r\nContent-ID: <i@x>\r\nContent-Disposition: inline\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n\
            --m\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\nx\r\n--m--\r\n";
        let view = parse_message(raw, &ViewOptions::new()).unwrap();
        assert_eq!(view.headers.subject, "hi");
        assert_eq!(view.text.trim(), "plain");
        let html = view.html.as_ref().unwrap();
        assert!(html.html.contains("rich") && !html.html.contains("script"));
        assert_eq!(view.attachments.len(), 2);
        let files: Vec<_> = view.files().map(|file| file.name.as_deref()).collect();
        assert_eq!(files, [Some("a.pdf")]);
    }

    #[test]
    fn a_message_of_html_alone_has_a_text_and_a_long_one_is_cut() {
        let mut raw = b"Subject: x\r\nContent-Type: text/html\r\n\r\n<p>caf\xc3\xa9 ".to_vec();
        raw.extend(vec![b'x'; 5000]);
        let options = ViewOptions {
            text_limit: 1000,
            ..ViewOptions::new()
        };
        let view = parse_message(&raw, &options).unwrap();
        assert!(view.is_text_derived && view.is_truncated);
        assert!(view.text.starts_with("café") && view.text.len() <= 1000);
    }

    fn deep(levels: usize) -> Vec<u8> {
        let mut raw = Vec::new();
        for level in 0..levels {
            raw.extend(
                format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n")
                    .into_bytes(),
            );
        }
        raw
    }

    #[test]
    fn depth_and_number_of_parts_are_survived() {
        drop(parse_message(&deep(20_000), &ViewOptions::new()));
        let mut raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_vec();
        raw.extend(b"--b\r\nContent-Type: application/x\r\n\r\nx\r\n".repeat(20_000));
        let view = parse_message(&raw, &ViewOptions::new()).unwrap();
        assert!(view.attachments.len() <= MOST_PARTS);
        let mut nested = Vec::new();
        for _ in 0..2000 {
            nested.extend(b"Content-Type: message/rfc822\r\n\r\n");
        }
        drop(parse_message(&nested, &ViewOptions::new()));
    }

    proptest! {
        #[test]
        fn fuzz_any_bytes_are_shown_without_panic(bytes in any::<Vec<u8>>()) {
            drop(parse_message(&bytes, &ViewOptions::new()));
        }

        #[test]
        fn fuzz_any_walk_through_parts_ends(
            pieces in prop::collection::vec(prop_oneof![
                "Content-Type: (multipart/mixed|multipart/alternative|message/rfc822|text/html|text/plain); boundary=[ab]\r\n",
                "Content-Transfer-Encoding: (base64|quoted-printable|8bit)\r\n",
                "Content-Disposition: (inline|attachment); filename\\*0\\*=utf-8''%[0-9A-F]{2}\r\n",
                "\r\n--[ab](--)?\r\n",
                "\r\n",
                "[ -~]{0,20}",
            ], 0..30)
        ) {
            if let Some(view) = parse_message(pieces.concat().as_bytes(), &ViewOptions::new()) {
                prop_assert!(view.attachments.len() <= MOST_PARTS);
            }
        }
    }
}
