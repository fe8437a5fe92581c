//! Sizes: requests speak of mebibytes, answers of bytes.

use serde_json::Value;

use super::{domains::Domain, mailboxes::Mailbox, reply::Verdict};
use crate::{store::Store, text};

pub(super) const MEBIBYTE: i64 = 1_048_576;

/// A number from the request, or what stands in the template.
pub(super) fn number(attributes: &Value, name: &str, default: i64) -> i64 {
    attributes
        .get(name)
        .and_then(text::integer)
        .unwrap_or(default)
}

/// Whether a mailbox of `quota` mebibytes fits its domain, not counting `except`'s present quota.
pub(super) fn fits(
    store: &Store,
    domain: &Domain,
    quota: i64,
    except: &str,
    verdict: &mut Verdict,
) -> bool {
    if quota > domain.maxquota {
        verdict.limit("mailbox_quota_exceeded", &[domain.maxquota]);
        return false;
    }
    let used = used(store, &domain.name, except);
    if used + quota > domain.quota {
        let left = domain.quota - used;
        verdict.limit("mailbox_quota_left_exceeded", &[left]);
        return false;
    }
    true
}

/// Mebibytes that the domain's mailboxes may use together.
pub(super) fn used(store: &Store, domain: &str, except: &str) -> i64 {
    super::mailboxes::of_domain(store, domain)
        .iter()
        .filter(|mailbox| mailbox.username != except)
        .map(|mailbox: &Mailbox| mailbox.quota)
        .sum()
}

/// Seats of a domain.
pub(super) fn count(store: &Store, domain: &str) -> i64 {
    i64::try_from(super::mailboxes::of_domain(store, domain).len()).unwrap_or(i64::MAX)
}
