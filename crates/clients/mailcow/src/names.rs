//! Names in the path of a request.
//!
//! Mailcow's nginx pastes the decoded path into a query (`try_files … /json_api.php?query=$1&$args`), which PHP decodes
//! again: `+` becomes a blank, `&` begins another parameter, `%` is decoded twice (mailcow-dockerized of 2026-08). A
//! name is encoded once for each of them, so no text of a person can become a parameter or another route. A slash
//! separates the parts of the query after the last decoding: it cannot be passed at all.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Unreserved characters (RFC 3986, section 2.3) and `@` mean themselves in a query.
const PASTED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'@');

/// A segment as the query must hold it; the path encodes it once more. `None` if it cannot be passed.
pub(crate) fn pasted(segment: &str) -> Option<String> {
    (!segment.contains(['/', '\0'])).then(|| utf8_percent_encode(segment, PASTED).to_string())
}

/// Whether a name means the same to everything on its way, so that an empty answer proves that there is none.
pub(crate) fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte);
    name.bytes().all(plain)
}

/// A text as it was before PHP's `htmlspecialchars`, which Mailcow applies once or twice.
pub(crate) fn unescaped(text: &str) -> String {
    once(&once(text))
}

fn once(text: &str) -> String {
    const ENTITIES: [(&str, &str); 6] = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#039;", "'"),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    let (mut plain, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, from)) = rest.find('&').map(|at| rest.split_at(at)) {
        plain.push_str(before);
        let entity = ENTITIES
            .iter()
            .find_map(|(entity, is)| Some((from.strip_prefix(entity)?, *is)));
        let (after, is) = entity.unwrap_or((from.strip_prefix('&').unwrap_or_default(), "&"));
        plain.push_str(is);
        rest = after;
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What PHP takes out of the query: the last parameter of the name counts, as in `parse_str`.
    fn php_reads(path: &str) -> String {
        let nginx = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
        let query = format!("query={nginx}&");
        let mut found = String::new();
        for pair in query.split('&') {
            if let Some(value) = pair.strip_prefix("query=") {
                let value = value.replace('+', " ");
                found = percent_encoding::percent_decode_str(&value)
                    .decode_utf8_lossy()
                    .into_owned();
            }
        }
        found
    }

    #[test]
    fn hostile_names_reach_php_as_they_are() {
        for name in [
            "john+news@shop.example",
            "r&d@shop.example",
            "100%@shop.example",
            "a%2fb@shop.example",
            "z&query=get/domain/all&y@shop.example"
                .replace('/', "-")
                .as_str(),
            "o'b=c@shop.example",
            "jörg@shop.example",
        ] {
            let sent = bheem_http_kit::encode_segment(&pasted(name).unwrap()).unwrap();
            assert_eq!(php_reads(&sent), name, "{sent}");
        }
        assert_eq!(pasted("z&query=get/domain/all&y"), None);
        assert_eq!(
            pasted("john.doe-1@shop.example").unwrap(),
            "john.doe-1@shop.example"
        );
    }

    #[test]
    fn escaped_names_are_read_whether_escaped_once_or_twice() {
        for (text, is) in [
            ("o&#039;b", "o'b"),
            ("o&amp;#039;b", "o'b"),
            ("R&amp;amp;D", "R&D"),
            ("R&amp;D", "R&D"),
            ("R&D & co", "R&D & co"),
            ("&lt;b&gt; &amp;quot;x&amp;quot;", "<b> \"x\""),
            ("&nbsp;&", "&nbsp;&"),
        ] {
            assert_eq!(unescaped(text), is, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_name_becomes_a_parameter(name in "[^/\\p{C}]{1,40}") {
            prop_assume!(name != "." && name != "..");
            let sent = bheem_http_kit::encode_segment(&pasted(&name).unwrap()).unwrap();
            prop_assert_eq!(php_reads(&sent), name);
        }
    }
}
