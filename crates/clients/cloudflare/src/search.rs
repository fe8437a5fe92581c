//! Which zone a name lies in.

use crate::{Zone, canonical_name, names::is_name};

/// What was found for a name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ZoneSearch {
    /// An active zone: what is written there is what the world sees.
    Controlled(Zone),
    /// A zone that is there, but not active (`pending` and the like): whoever added it has proven nothing.
    Inactive(Zone),
    /// No zone that this token may see.
    Absent,
}

impl ZoneSearch {
    /// The zone, if it means control.
    #[must_use]
    pub fn controlled(&self) -> Option<&Zone> {
        match self {
            Self::Controlled(zone) => Some(zone),
            _ => None,
        }
    }
}

/// Each candidate costs a request, and whoever owns a domain can make names of a hundred labels.
const CANDIDATE_LIMIT: usize = 10;

/// The names of zones that a name can lie in, longest first, down to the registrable domain. None for what is no name or
/// itself a public suffix. Of very deep names only the ten shortest are told.
#[must_use]
pub fn zone_candidates(name: &str) -> Vec<String> {
    let name = canonical_name(name);
    let name = name.strip_prefix("*.").unwrap_or(&name);
    let shortest = psl::domain_str(name).map(str::len);
    let (Some(shortest), true) = (shortest, is_name(name)) else {
        return Vec::new();
    };
    let mut candidates = Vec::new();
    let mut rest = name;
    while rest.len() >= shortest {
        candidates.push(rest.to_owned());
        let Some((_, parent)) = rest.split_once('.') else {
            break;
        };
        rest = parent;
    }
    let too_many = candidates.len().saturating_sub(CANDIDATE_LIMIT);
    candidates.drain(..too_many);
    candidates
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn candidates_end_at_the_registrable_domain() {
        assert_eq!(
            zone_candidates("Mail.eu.Example.co.uk."),
            ["mail.eu.example.co.uk", "eu.example.co.uk", "example.co.uk"]
        );
        assert_eq!(zone_candidates("example.co.in"), ["example.co.in"]);
        assert_eq!(zone_candidates("*.shop.com.au"), ["shop.com.au"]);
        assert_eq!(
            zone_candidates("_dmarc.a.test"),
            ["_dmarc.a.test", "a.test"]
        );
    }

    #[test]
    fn a_public_suffix_is_nobodys_zone() {
        for name in ["co.uk", "com", "", ".", "a b", "ck"] {
            assert!(zone_candidates(name).is_empty(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn fuzz_candidates_are_bounded_and_each_lies_in_the_next(name in "\\PC{0,80}|([a-z]{1,3}\\.){0,90}uk") {
            let candidates = zone_candidates(&name);
            prop_assert!(candidates.len() <= CANDIDATE_LIMIT);
            for pair in candidates.windows(2) {
                let suffix = format!(".{}", pair[1]);
                prop_assert!(pair[0].ends_with(&suffix));
            }
        }
    }
}
