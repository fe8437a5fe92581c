//! A message as people read it.

use mail_parser::{MessageParser, MessagePart, MimeHeaders as _, PartType};

use super::{
    headers::Headers,
    sanitise::{SafeHtml, sanitise_html},
    text::html_to_text,
};
use crate::imap::PartPath;

/// Parts beyond these are not listed.
const MOST_PARTS: usize = 500;

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
    /// Its HTML, if it has any, made safe.
    pub html: Option<SafeHtml>,
    /// Its plain text; made from the HTML if it has none.
    pub text: String,
    /// The plain text was made from the HTML.
    pub is_text_derived: bool,
    /// A text was longer than what is shown.
    pub is_truncated: bool,
    /// Its files.
    pub attachments: Vec<AttachmentInfo>,
}

#[derive(Debug, Default)]
pub(crate) struct Texts {
    pub(crate) html: Option<String>,
    pub(crate) plain: Option<String>,
    pub(crate) is_truncated: bool,
}

impl MessageView {
    pub(crate) fn assemble(
        headers: Headers,
        texts: Texts,
        attachments: Vec<AttachmentInfo>,
        options: &ViewOptions,
    ) -> Self {
        let mut is_truncated = texts.is_truncated;
        let mut cut = |text: String| {
            let kept = cut(&text, options.text_limit);
            is_truncated |= kept.len() < text.len();
            kept.to_owned()
        };
        let html = texts.html.map(&mut cut);
        let plain = texts.plain.map(&mut cut);
        let is_text_derived = plain.is_none() && html.is_some();
        Self {
            headers,
            text: plain
                .or_else(|| html.as_deref().map(html_to_text))
                .unwrap_or_default(),
            html: html.map(|html| sanitise_html(&html, options.allow_remote)),
            is_text_derived,
            is_truncated,
            attachments,
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

fn cut(text: &str, limit: usize) -> &str {
    let end = text.floor_char_boundary(limit);
    text.get(..end).unwrap_or(text)
}

/// A whole message to show. `None` if there is not even a header in it. Of parts within parts, those of a message that is
/// attached count as that one file.
#[must_use]
pub fn parse_message(bytes: &[u8], options: &ViewOptions) -> Option<MessageView> {
    let message = MessageParser::default().parse(bytes)?;
    let headers = Headers::of(&message);
    let html = message.html_part(0).and_then(|part| match &part.body {
        PartType::Html(text) => Some(text.clone().into_owned()),
        _ => None,
    });
    let plain = message.text_part(0).and_then(|part| match &part.body {
        PartType::Text(text) => Some(text.clone().into_owned()),
        _ => None,
    });
    let attachments = message
        .attachments
        .iter()
        .take(MOST_PARTS)
        .filter_map(|id| {
            let part = message.part(*id)?;
            Some(attachment(part, u16::try_from(*id).unwrap_or(u16::MAX)))
        })
        .collect();
    let texts = Texts {
        html,
        plain,
        is_truncated: false,
    };
    Some(MessageView::assemble(headers, texts, attachments, options))
}

fn attachment(part: &MessagePart<'_>, id: u16) -> AttachmentInfo {
    let content_type = part.content_type().map_or_else(
        || "application/octet-stream".to_owned(),
        |kind| {
            let subtype = kind.subtype().unwrap_or("octet-stream");
            format!("{}/{subtype}", kind.ctype()).to_ascii_lowercase()
        },
    );
    let name = part.attachment_name().map(|name| {
        name.chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect()
    });
    AttachmentInfo {
        part: PartPath::of(vec![id]),
        name,
        content_type,
        size: u64::try_from(part.len()).unwrap_or(u64::MAX),
        content_id: part.content_id().map(str::to_owned),
        is_inline: part
            .content_disposition()
            .is_some_and(mail_parser::ContentType::is_inline),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
