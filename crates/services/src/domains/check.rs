//! Judging DNS records. Pure: names are compared as names, never as parts of a text.

use bheem_domain::DomainName;

use crate::dns::Mx;

/// The TXT record that proves ownership, compared whole.
pub(super) fn proves_ownership(records: &[String], token: &str) -> bool {
    records.iter().any(|record| record.trim() == token)
}

/// Mail comes here when an MX record names our host. Null MX (RFC 7505) names none.
pub(super) fn brings_mail(records: &[Mx], host: &DomainName) -> bool {
    records.iter().any(|mx| mx.exchange == host.as_str())
}

/// Our senders are allowed when the one SPF record (RFC 7208, 4.5) includes or redirects to ours.
pub(super) fn allows_senders(records: &[String], include: &DomainName) -> bool {
    let mut spf = records.iter().filter(|record| {
        let first = record.split(' ').next().unwrap_or_default();
        first.eq_ignore_ascii_case("v=spf1")
    });
    let (Some(record), None) = (spf.next(), spf.next()) else {
        // None, or more than one, which receivers treat as an error.
        return false;
    };
    record.split(' ').skip(1).any(|term| {
        let term = term.strip_prefix('+').unwrap_or(term).to_ascii_lowercase();
        let target = term
            .strip_prefix("include:")
            .or_else(|| term.strip_prefix("redirect="));
        target
            .and_then(|name| DomainName::parse(name).ok())
            .is_some_and(|name| name == *include)
    })
}

/// The published key is the expected one. White space in the value does not count (RFC 6376, 3.2).
pub(super) fn carries_key(records: &[String], expected: &str) -> bool {
    let key = |record: &str| {
        record.split(';').find_map(|tag| {
            let (name, value) = tag.split_once('=')?;
            (name.trim() == "p").then(|| value.split_whitespace().collect::<String>())
        })
    };
    let expected = key(expected);
    expected
        .as_ref()
        .is_some_and(|expected| !expected.is_empty())
        && records.iter().any(|record| key(record) == expected)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(text: &str) -> DomainName {
        DomainName::parse(text).unwrap()
    }

    fn txt(records: &[&str]) -> Vec<String> {
        records.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn ownership_is_compared_whole() {
        let token = "bheem-verify=0123456789abcdef0123456789abcdef";
        assert!(proves_ownership(&txt(&["v=spf1 -all", token]), token));
        let longer = format!("{token}0");
        let prefixed = format!("x{token}");
        for other in ["", longer.as_str(), prefixed.as_str(), "bheem-verify="] {
            assert!(!proves_ownership(&txt(&[other]), token), "{other}");
        }
    }

    #[test]
    fn mx_names_are_compared_as_names() {
        let mx = |exchange: &str| Mx {
            preference: 10,
            exchange: exchange.to_owned(),
        };
        let host = name("mail.example.org");
        assert!(brings_mail(
            &[mx("other.example"), mx("mail.example.org")],
            &host
        ));
        for other in [
            "evil-mail.example.org",
            "mail.example.org.evil.net",
            "example.org",
            "",
        ] {
            assert!(!brings_mail(&[mx(other)], &host), "{other}");
        }
    }

    #[test]
    fn spf_is_parsed() {
        let ours = name("spf.example.org");
        for good in [
            "v=spf1 include:spf.example.org ~all",
            "V=SPF1 mx +include:SPF.example.org -all",
            "v=spf1 redirect=spf.example.org",
        ] {
            assert!(allows_senders(&txt(&["other", good]), &ours), "{good}");
        }
        for bad in [
            "v=spf1 include:evil-spf.example.org ~all",
            "v=spf1 include:spf.example.org.evil.net ~all",
            "v=spf1 -include:spf.example.org ~all",
            "v=spf10 include:spf.example.org",
            "include:spf.example.org",
            "v=spf1 a:spf.example.org",
        ] {
            assert!(!allows_senders(&txt(&[bad]), &ours), "{bad}");
        }
        let twice = txt(&["v=spf1 include:spf.example.org ~all", "v=spf1 -all"]);
        assert!(!allows_senders(&twice, &ours));
    }

    #[test]
    fn keys_are_compared_without_white_space() {
        let expected = "v=DKIM1;k=rsa;t=s;s=email;p=MIIBIjANBg";
        assert!(carries_key(
            &txt(&["v=DKIM1; k=rsa; p=MIIB IjAN Bg"]),
            expected
        ));
        for bad in ["v=DKIM1; p=", "v=DKIM1; p=MIIBIjANBh", "MIIBIjANBg", ""] {
            assert!(!carries_key(&txt(&[bad]), expected), "{bad}");
        }
        // A revoked key (RFC 6376, 3.6.1) does not match an empty expectation.
        assert!(!carries_key(&txt(&["v=DKIM1; p="]), "v=DKIM1; p="));
    }

    proptest! {
        #[test]
        fn no_record_makes_it_panic(record in ".*", expected in ".*") {
            let records = [record];
            let _ = allows_senders(&records, &name("spf.example.org"));
            let _ = carries_key(&records, &expected);
            let _ = proves_ownership(&records, &expected);
        }
    }
}
