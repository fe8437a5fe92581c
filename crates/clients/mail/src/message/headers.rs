//! The header of a message (RFC 5322), from bytes nobody vouches for. The parsing is `mail-parser`'s.

use chrono::{DateTime, Utc};
use mail_parser::{HeaderName, HeaderValue, Message, MessageParser};

use crate::imap::Address;

/// More addresses than this are not shown.
const MOST_ADDRESSES: usize = 500;
/// More names of other messages than this say nothing.
const MOST_IDS: usize = 200;

/// How to leave a mailing list (RFC 2369, RFC 8058). Its addresses come from a stranger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListUnsubscribe {
    /// A web page.
    pub https: Option<String>,
    /// A mail address, with what to write (`mailto:`).
    pub mailto: Option<String>,
    /// A bare POST to the web page does it.
    pub is_one_click: bool,
}

/// What a header says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Headers {
    /// The subject, decoded.
    pub subject: String,
    /// When it was written, by the writer's clock.
    pub date: Option<DateTime<Utc>>,
    /// The writers.
    pub from: Vec<Address>,
    /// Who sent it, if not the writer.
    pub sender: Vec<Address>,
    /// Where answers go.
    pub reply_to: Vec<Address>,
    /// The recipients.
    pub to: Vec<Address>,
    /// Further recipients.
    pub cc: Vec<Address>,
    /// Secret recipients, in what the user sent.
    pub bcc: Vec<Address>,
    /// Its own identification, without angle brackets.
    pub message_id: Option<String>,
    /// The messages it answers.
    pub in_reply_to: Vec<String>,
    /// The messages before it in the conversation, oldest first.
    pub references: Vec<String>,
    /// How to leave the list it came by.
    pub list_unsubscribe: Option<ListUnsubscribe>,
}

impl Headers {
    /// Reads a header; what cannot be read is left empty.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        MessageParser::default()
            .parse_headers(bytes)
            .map(|message| Self::of(&message))
            .unwrap_or_default()
    }

    pub(super) fn of(message: &Message<'_>) -> Self {
        Self {
            subject: message.subject().map(one_line).unwrap_or_default(),
            date: message
                .date()
                .filter(|date| date.is_valid())
                .and_then(|date| DateTime::from_timestamp(date.to_timestamp(), 0)),
            from: addresses(message.from()),
            sender: addresses(message.sender()),
            reply_to: addresses(message.reply_to()),
            to: addresses(message.to()),
            cc: addresses(message.cc()),
            bcc: addresses(message.bcc()),
            message_id: message.message_id().map(one_line),
            in_reply_to: texts(message.in_reply_to()),
            references: texts(message.references()),
            list_unsubscribe: unsubscribe(message),
        }
    }
}

fn addresses(value: Option<&mail_parser::Address<'_>>) -> Vec<Address> {
    let Some(list) = value else {
        return Vec::new();
    };
    list.iter()
        .filter_map(|one| {
            Some(Address {
                address: one_line(one.address()?),
                name: one.name().map(one_line).filter(|name| !name.is_empty()),
            })
        })
        .take(MOST_ADDRESSES)
        .collect()
}

fn texts(value: &HeaderValue<'_>) -> Vec<String> {
    let list = value.as_text_list().unwrap_or_default();
    list.iter()
        .take(MOST_IDS)
        .map(|text| one_line(text))
        .collect()
}

fn unsubscribe(message: &Message<'_>) -> Option<ListUnsubscribe> {
    let raw = message.header_raw(HeaderName::ListUnsubscribe)?;
    let mut found = ListUnsubscribe::default();
    for address in raw.split('<').skip(1).take(10) {
        let address = address.split('>').next().unwrap_or_default();
        let address: String = address.chars().filter(|c| !c.is_whitespace()).collect();
        let starts = |scheme: &str| {
            address
                .get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        };
        if address.chars().any(char::is_control) {
            continue;
        }
        if starts("https://") {
            found.https.get_or_insert(address);
        } else if starts("mailto:") {
            found.mailto.get_or_insert(address);
        }
    }
    let post = message
        .header_raw("List-Unsubscribe-Post")
        .unwrap_or_default();
    found.is_one_click = found.https.is_some()
        && post
            .trim()
            .eq_ignore_ascii_case("List-Unsubscribe=One-Click");
    (found.https.is_some() || found.mailto.is_some()).then_some(found)
}

/// A header's value has one line; what a decoded one adds is taken out.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Undoes encoded words (RFC 2047).
pub(crate) fn decode_words(raw: &[u8]) -> String {
    let mut field = b"Subject: ".to_vec();
    field.extend(raw.iter().map(|byte| match byte {
        b'\r' | b'\n' | 0 => b' ',
        other => *other,
    }));
    field.extend_from_slice(b"\r\n\r\n");
    MessageParser::default()
        .parse_headers(&field)
        .and_then(|message| message.subject().map(one_line))
        .unwrap_or_default()
}

/// A date as headers write it.
pub(crate) fn date(text: &str) -> Option<DateTime<Utc>> {
    let date = mail_parser::DateTime::parse_rfc822(text)?;
    let at = date.is_valid().then(|| date.to_timestamp())?;
    DateTime::from_timestamp(at, 0)
}

/// The names of messages between angle brackets.
pub(crate) fn ids(text: &str) -> Vec<String> {
    text.split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>').map(|(id, _)| one_line(id)))
        .filter(|id| !id.is_empty())
        .take(MOST_IDS)
        .collect()
}

/// Joins the pieces of a parameter (RFC 2231): their number, whether each is percent-encoded, and the text. The first
/// one may begin with a charset.
pub(crate) fn join_pieces(pieces: &[(u32, bool, String)]) -> String {
    let mut charset = None;
    let mut bytes = Vec::new();
    for (at, (_, is_encoded, text)) in pieces.iter().enumerate() {
        let mut text = text.as_str();
        if !is_encoded {
            bytes.extend_from_slice(text.as_bytes());
            continue;
        }
        if at == 0
            && let Some((name, rest)) = text.split_once('\'')
            && let Some((_language, rest)) = rest.split_once('\'')
        {
            charset = Some(name.to_owned());
            text = rest;
        }
        percent_decode(text, &mut bytes);
    }
    one_line(&super::text::decode(charset.as_deref(), &bytes))
}

fn percent_decode(text: &str, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let value = after
            .get(..2)
            .filter(|_| *first == b'%')
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(value) = value {
            out.push(value);
            rest = after.get(2..).unwrap_or_default();
        } else {
            out.push(*first);
            rest = after;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_header_is_read() {
        let headers = Headers::parse(
            b"From: =?utf-8?q?J=C3=BCrgen?= <j@a.example>\r\nTo: Friends: a@b.example, c@d.example;\r\n\
              Subject: =?utf-8?b?w7xiZXI=?=\r\n all\r\nDate: Tue, 1 Jul 2003 10:52:37 +0200\r\nMessage-ID: <x@y>\r\n\
              References: <a@b> <c@d>\r\nList-Unsubscribe: <mailto:out@l.example>, <https://l.example/out>\r\n\
              List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\n",
        );
        assert_eq!(headers.from, [Address::new("j@a.example").named("Jürgen")]);
        assert_eq!(headers.to.len(), 2);
        assert_eq!(headers.subject, "über all");
        assert_eq!(
            headers.date.unwrap().to_rfc3339(),
            "2003-07-01T08:52:37+00:00"
        );
        assert_eq!(headers.message_id.as_deref(), Some("x@y"));
        assert_eq!(headers.references, ["a@b", "c@d"]);
        let leave = headers.list_unsubscribe.unwrap();
        assert_eq!(leave.https.as_deref(), Some("https://l.example/out"));
        assert!(leave.is_one_click);
    }

    #[test]
    fn a_list_is_left_by_mail_or_https_alone() {
        let headers =
            Headers::parse(b"List-Unsubscribe: <javascript:alert(1)>, <http://l.example>\r\n\r\n");
        assert_eq!(headers.list_unsubscribe, None);
    }

    #[test]
    fn a_name_in_pieces_is_joined() {
        let pieces = [
            (0, true, "UTF-8''%C3%BCber".to_owned()),
            (1, false, "%41.txt".to_owned()),
        ];
        assert_eq!(join_pieces(&pieces), "über%41.txt");
    }

    proptest! {
        #[test]
        fn fuzz_any_header_is_read_without_panic(bytes in any::<Vec<u8>>(), name in "Subject|From|Date|References|List-Unsubscribe") {
            let mut header = format!("{name}: ").into_bytes();
            header.extend(bytes);
            let headers = Headers::parse(&header);
            prop_assert!(!headers.subject.chars().any(char::is_control));
        }

        #[test]
        fn fuzz_any_words_are_decoded_to_one_line(bytes in any::<Vec<u8>>()) {
            prop_assert!(!decode_words(&bytes).chars().any(char::is_control));
        }

        #[test]
        fn fuzz_any_pieces_are_joined_without_panic(pieces in any::<Vec<(u32, bool, String)>>(), text in any::<String>()) {
            join_pieces(&pieces);
            ids(&text);
            date(&text);
        }
    }
}
