//! Merging SPF records (RFC 7208), by their words. What is there keeps its order, its qualifiers and its `all`.

use std::collections::BTreeSet;

/// Terms that ask the DNS, of which a receiver follows no more (section 4.6.4).
pub const LOOKUP_LIMIT: usize = 10;
/// A text of this length still fits a plain answer together with its name (section 3.4).
pub const LENGTH_LIMIT: usize = 450;

/// Why two records cannot be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Clash {
    Limit { lookups: usize, length: usize },
    Contradiction(String),
}

/// Is a text an SPF record? (Section 4.5)
pub(super) fn is_spf(text: &str) -> bool {
    let mut words = text.split(' ');
    words
        .next()
        .is_some_and(|version| version.eq_ignore_ascii_case("v=spf1"))
}

/// `present` with the mechanisms of `wanted` that it does not have, before its `all` or `redirect`.
pub(super) fn merge(present: &str, wanted: &str) -> Result<String, Clash> {
    let mut words: Vec<String> = words(present);
    let mut missing = Vec::new();
    for term in mechanisms(wanted) {
        let (qualifier, mechanism) = split(&term);
        let mut all = words.iter().chain(&missing);
        match all.find(|word| split(word).1 == mechanism) {
            None => missing.push(term),
            Some(word) if split(word).0 == qualifier => {}
            Some(word) => return Err(Clash::Contradiction(word.clone())),
        }
    }
    if missing.is_empty() {
        return Ok(present.to_owned());
    }
    let is_end = |word: &String| is_all(word) || split(word).1.starts_with("redirect=");
    let end = words.iter().position(is_end).unwrap_or(words.len());
    words.splice(end..end, missing);
    within_limits(words.join(" "))
}

/// Refuses what a receiver would refuse.
pub(super) fn within_limits(text: String) -> Result<String, Clash> {
    let lookups = words(&text).iter().filter(|word| asks(word)).count();
    let length = text.len();
    if lookups > LOOKUP_LIMIT || length > LENGTH_LIMIT {
        return Err(Clash::Limit { lookups, length });
    }
    Ok(text)
}

/// The mechanisms but for `all`, with the version and modifiers left out.
pub(super) fn mechanisms(text: &str) -> Vec<String> {
    let is_mechanism = |word: &String| {
        let name = word.split([':', '/']).next().unwrap_or_default();
        !is_all(word) && !name.contains('=')
    };
    words(text).into_iter().filter(is_mechanism).collect()
}

/// `text` without these mechanisms.
pub(super) fn without(text: &str, terms: &[String]) -> String {
    let gone: BTreeSet<String> = terms.iter().map(|term| split(term).1).collect();
    let rest = words(text);
    let rest: Vec<String> = rest
        .into_iter()
        .filter(|word| !gone.contains(&split(word).1))
        .collect();
    rest.join(" ")
}

fn words(text: &str) -> Vec<String> {
    text.split_ascii_whitespace().map(str::to_owned).collect()
}

/// The qualifier, `+` unless there is one, and the mechanism in lower case.
fn split(word: &str) -> (char, String) {
    let mut characters = word.chars();
    match characters.next() {
        Some(first @ ('+' | '-' | '~' | '?')) => (first, characters.as_str().to_ascii_lowercase()),
        _ => ('+', word.to_ascii_lowercase()),
    }
}

fn is_all(word: &str) -> bool {
    split(word).1 == "all"
}

fn asks(word: &str) -> bool {
    let mechanism = split(word).1;
    let name = mechanism.split([':', '/', '=']).next().unwrap_or_default();
    matches!(name, "include" | "a" | "mx" | "ptr" | "exists" | "redirect")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_goes_before_all_which_keeps_its_qualifier() {
        let merged = merge(
            "v=spf1 mx include:old.test -all",
            "v=spf1 include:new.test ~all",
        );
        assert_eq!(
            merged.unwrap(),
            "v=spf1 mx include:old.test include:new.test -all"
        );
        let merged = merge("v=spf1 redirect=x.test", "v=spf1 a ~all");
        assert_eq!(merged.unwrap(), "v=spf1 a redirect=x.test");
        let merged = merge("V=SPF1 ip4:192.0.2.1", "v=spf1 mx -all");
        assert_eq!(merged.unwrap(), "V=SPF1 ip4:192.0.2.1 mx");
    }

    #[test]
    fn what_is_there_stays_as_it_is_written() {
        let present = "v=spf1  +Include:New.test   ~all";
        assert_eq!(
            merge(present, "v=spf1 include:new.test -all").unwrap(),
            present
        );
        let clash = merge("v=spf1 -include:new.test ~all", "v=spf1 include:new.test");
        assert_eq!(
            clash,
            Err(Clash::Contradiction("-include:new.test".to_owned()))
        );
    }

    #[test]
    fn too_many_lookups_and_too_much_text_are_refused() {
        let ten: Vec<String> = (0..10).map(|one| format!("include:{one}.test")).collect();
        let full = format!("v=spf1 {} -all", ten.join(" "));
        assert_eq!(
            merge(&full, "v=spf1 ip4:192.0.2.1").unwrap().len(),
            full.len() + 14
        );
        assert!(matches!(
            merge(&full, "v=spf1 mx"),
            Err(Clash::Limit { lookups: 11, .. })
        ));
        let long = format!("v=spf1 {}-all", "ip4:192.0.2.100 ".repeat(27));
        assert!(merge(&long, "v=spf1 mx").is_ok());
        let long = format!("v=spf1 {}-all", "ip4:192.0.2.100 ".repeat(28));
        assert!(matches!(
            merge(&long, "v=spf1 mx"),
            Err(Clash::Limit { lookups: 1, .. })
        ));
    }

    #[test]
    fn only_a_whole_version_makes_an_spf_record() {
        assert!(is_spf("v=spf1") && is_spf("V=spf1 -all"));
        assert!(!is_spf("v=spf10 -all") && !is_spf(" v=spf1") && !is_spf("spf"));
    }
}
