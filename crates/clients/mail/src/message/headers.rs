//! The header of a message (RFC 5322), from bytes nobody vouches for. The parsing is `mail-parser`'s.

use chrono::{DateTime, Utc};
use mail_parser::{HeaderName, Message, MessageParser};

use super::{
    date::date,
    mime::fields,
    words::{decode_words, to_utf8},
};
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
            .map(|message| Self::of(bytes, &message))
            .unwrap_or_default()
    }

    /// Of a field that may be there once the first one counts, as servers and mail programs have it.
    pub(super) fn of(bytes: &[u8], message: &Message<'_>) -> Self {
        let all = |name: HeaderName<'_>| fields(bytes, message, &name);
        let first = |name| all(name).first().copied().unwrap_or_default();
        let people = |name| {
            all(name)
                .into_iter()
                .flat_map(addresses)
                .take(MOST_ADDRESSES)
                .collect()
        };
        let text = |name| String::from_utf8_lossy(first(name)).into_owned();
        Self {
            subject: decode_words(first(HeaderName::Subject)),
            date: date(&text(HeaderName::Date)),
            from: addresses(first(HeaderName::From)),
            sender: addresses(first(HeaderName::Sender)),
            reply_to: people(HeaderName::ReplyTo),
            to: people(HeaderName::To),
            cc: people(HeaderName::Cc),
            bcc: people(HeaderName::Bcc),
            message_id: ids(&text(HeaderName::MessageId)).into_iter().next(),
            in_reply_to: ids(&text(HeaderName::InReplyTo)),
            references: ids(&text(HeaderName::References)),
            list_unsubscribe: unsubscribe(message),
        }
    }
}

/// Addresses out of a field (RFC 5322, section 3.4). Encoded words are undone by us, the list is read by `mail-parser`.
fn addresses(raw: &[u8]) -> Vec<Address> {
    let field = format!("To: {}\r\n\r\n", one_line(&to_utf8(raw)));
    let parsed = MessageParser::default().parse_headers(field.as_bytes());
    let Some(list) = parsed.as_ref().and_then(Message::to) else {
        return Vec::new();
    };
    list.iter()
        .filter_map(|one| {
            let address = one_line(one.address()?);
            Some(Address {
                address: without_route(&address).to_owned(),
                name: one.name().map(one_line).filter(|name| !name.is_empty()),
            })
        })
        .take(MOST_ADDRESSES)
        .collect()
}

/// `@relay.example:user@home.example`: the way is ignored (RFC 5322, section 4.4).
fn without_route(address: &str) -> &str {
    match address.split_once(':') {
        Some((route, rest)) if route.starts_with('@') => rest,
        _ => address,
    }
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
pub(crate) fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .trim()
        .to_owned()
}

/// The names of messages between angle brackets; without any brackets, the words that look like names.
pub(crate) fn ids(text: &str) -> Vec<String> {
    let names: Vec<&str> = if text.contains('<') {
        let rests = text.split('<').skip(1);
        rests
            .filter_map(|rest| rest.split_once('>').map(|(id, _)| id))
            .collect()
    } else {
        let words = text.split_ascii_whitespace();
        words.filter(|word| word.contains('@')).collect()
    };
    let names = names.into_iter().map(one_line);
    names.filter(|id| !id.is_empty()).take(MOST_IDS).collect()
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
    fn odd_fields_are_read() {
        // RFC 5322, sections 3.6 (each of these once), 4.4 (routes) and 3.6.4.
        let headers = Headers::parse(
            "From: \"boss@bank.test\" <evil@x.test>, b@b.test\r\nFrom: second@c.test\r\nSender: s@s.test\r\n\
             To: a@a.test (Alice (A.)), <@relay.test,@two.test:b@b.test>, =?utf-8?Q?J=2C_Doe?= <j@a.test>, c@ü.test\r\n\
             To: y@y.test\r\nCc: Team: \"Doe, J\" <k@a.test>, l@a.test;, undisclosed-recipients:;\r\n\
             Bcc: =?cp932?B?k/qWew==?= <n@a.test>\r\nSubject: one\r\nSubject: two\r\nMessage-ID: no-brackets@x\r\n\
             In-Reply-To: Your message of today <a@b>\r\nReferences: a@b c@d\r\nReply-To: <>\r\n\r\n"
                .as_bytes(),
        );
        assert_eq!(
            headers.from[0],
            Address::new("evil@x.test").named("boss@bank.test")
        );
        assert_eq!(headers.from.len(), 2);
        let to: Vec<&str> = headers.to.iter().map(|one| one.address.as_str()).collect();
        assert_eq!(
            to,
            ["a@a.test", "b@b.test", "j@a.test", "c@ü.test", "y@y.test"]
        );
        assert_eq!(headers.to[2].name.as_deref(), Some("J, Doe"));
        let cc: Vec<&str> = headers.cc.iter().map(|one| one.address.as_str()).collect();
        assert_eq!(cc, ["k@a.test", "l@a.test"]);
        assert_eq!(headers.bcc[0].name.as_deref(), Some("日本"));
        assert_eq!((headers.subject.as_str(), headers.sender.len()), ("one", 1));
        assert_eq!(headers.message_id.as_deref(), Some("no-brackets@x"));
        assert_eq!(
            (headers.in_reply_to, headers.references.len()),
            (vec!["a@b".to_owned()], 2)
        );
        assert_eq!(headers.reply_to, []);
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
        fn fuzz_any_names_of_messages_are_read(text in any::<String>()) {
            prop_assert!(ids(&text).iter().all(|id| !id.is_empty() && !id.chars().any(char::is_control)));
        }
    }
}
