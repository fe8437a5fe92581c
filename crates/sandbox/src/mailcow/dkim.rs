//! Signing keys. A stand-in signs nothing, so only the public half exists, and it is a number of
//! the right form rather than the product of two primes, of 2048 bits whatever size is asked for.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    domains::{self, canonical},
    quotas::number,
    reply::Verdict,
};
use crate::{random, store::Store, text};

pub(super) const TABLE: &str = "dkim";

/// `SubjectPublicKeyInfo` of a 2048-bit RSA key up to the modulus (RFC 3279, section 2.3.1).
const KEY_HEADER: [u8; 33] = [
    0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01,
    0x01, 0x05, 0x00, 0x03, 0x82, 0x01, 0x0f, 0x00, 0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01,
    0x00,
];
/// The exponent 65537.
const KEY_END: [u8; 5] = [0x02, 0x03, 0x01, 0x00, 0x01];

fn public_key() -> String {
    let mut modulus = random::bytes::<256>();
    if let Some(first) = modulus.first_mut() {
        *first |= 0x80;
    }
    if let Some(last) = modulus.last_mut() {
        *last |= 1;
    }
    let mut key = KEY_HEADER.to_vec();
    key.extend(modulus);
    key.extend(KEY_END);
    STANDARD.encode(key)
}

/// Makes a key unless the domain has one, for a domain that is being added.
pub(super) fn generate(store: &mut Store, domain: &str, attributes: &Value, verdict: &mut Verdict) {
    if store.contains(TABLE, domain) {
        return verdict.success(&["domain_add_dkim_available"]);
    }
    let selector = attributes.get("dkim_selector").and_then(text::string);
    let selector = selector
        .filter(|selector| !selector.is_empty())
        .unwrap_or_else(|| "dkim".to_owned());
    let bits = number(attributes, "key_size", 2048);
    let key = public_key();
    let entry = json!({
        "pubkey": key,
        "length": bits.to_string(),
        "dkim_txt": format!("v=DKIM1;k=rsa;t=s;s=email;p={key}"),
        "dkim_selector": selector,
        "privkey": "",
    });
    store.put(TABLE, domain, &entry);
    verdict.success(&["dkim_added", domain]);
}

/// For a domain that has a key already, Mailcow says that the domain or selector is invalid.
pub(super) fn add(store: &mut Store, attributes: &Value, verdict: &mut Verdict) {
    let wanted = attributes.get("domains").and_then(text::string);
    for domain in wanted.unwrap_or_default().split(',').map(canonical) {
        if domains::load(store, &domain).is_none() {
            verdict.danger(&["access_denied", &domain]);
        } else if store.contains(TABLE, &domain) || !has_valid_selector(attributes) {
            verdict.danger(&["dkim_domain_or_sel_invalid", &domain]);
        } else {
            generate(store, &domain, attributes, verdict);
        }
    }
}

fn has_valid_selector(attributes: &Value) -> bool {
    let selector = attributes.get("dkim_selector").and_then(text::string);
    selector.is_none_or(|selector| {
        selector
            .chars()
            .all(|one| one.is_ascii_alphanumeric() || "-_.".contains(one))
    })
}

pub(super) fn delete(store: &mut Store, domain: &str, verdict: &mut Verdict) {
    let domain = canonical(domain);
    store.remove(TABLE, &domain);
    verdict.success(&["dkim_removed", &domain]);
}

pub(super) fn get(store: &Store, domain: &str) -> Option<Value> {
    store.get(TABLE, &canonical(domain))
}
