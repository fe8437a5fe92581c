//! Names whose text there is one of.

/// Under these names a second text makes both void: DMARC policies (RFC 7489, section 6.6.3), DKIM keys (RFC 6376,
/// section 3.6.2.2), MTA-STS (RFC 8461, section 3.1), TLS reports (RFC 8460, section 3).
pub(super) fn is_single(name: &str) -> bool {
    let mut labels = name.split('.');
    match (labels.next(), labels.next()) {
        (Some("_dmarc" | "_mta-sts"), _) | (Some("_smtp"), Some("_tls")) => true,
        _ => name.contains("._domainkey."),
    }
}
