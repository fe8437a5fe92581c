//! What the name servers say about a domain. A question that nobody answered is neither yes nor no.

use bheem_dns::{
    Check, Resolver, Verdict,
    spf::{DomainSpec, Mechanism, Qualifier, SpfRecord, is_spf},
};
use bheem_persistence::repo::Purpose;

use super::DomainView;
use crate::ServicesConfig;

/// What is in the DNS; `None` where no name server answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) ownership: Option<bool>,
    pub(super) mx: Option<bool>,
    pub(super) spf: Option<bool>,
    pub(super) dkim: Option<bool>,
}

/// Looks for the records that a domain is expected to carry.
pub(super) async fn look(dns: &Resolver, config: &ServicesConfig, view: &DomainView) -> Seen {
    let name = view.domain.domain.as_str();
    let dkim = view.records.iter().find(|r| r.purpose == Purpose::Dkim);
    let (ownership, mx, spf, dkim) = tokio::join!(
        proof(dns, view),
        brings_mail(dns, name, config.mx_host.as_str()),
        allows_senders(dns, name, config.spf_include.as_str()),
        async {
            match dkim {
                Some(record) => answer(&dns.check_dkim(&record.name, &record.value).await),
                None => Some(false),
            }
        },
    );
    Seen {
        ownership,
        mx,
        spf,
        dkim,
    }
}

/// Whether the text that proves ownership stands at the domain itself or below it, compared whole.
pub(super) async fn proof(dns: &Resolver, view: &DomainView) -> Option<bool> {
    let name = view.domain.domain.as_str();
    let below = format!("_bheem-verify.{name}");
    let token = &view.domain.verification_token;
    let (apex, below) = tokio::join!(dns.check_txt(name, token), dns.check_txt(&below, token));
    match (answer(&apex), answer(&below)) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

/// Mail comes here when an MX record names our host. Null MX (RFC 7505) names none.
async fn brings_mail(dns: &Resolver, name: &str, host: &str) -> Option<bool> {
    let records = dns.mx(name).await.ok()?.into_records();
    Some(records.iter().any(|mx| mx.exchange == host))
}

/// Our senders are allowed when the one SPF record (RFC 7208, 4.5) passes whoever ours passes, or leaves the decision to
/// ours. What stands behind `all` never matches (5.1).
async fn allows_senders(dns: &Resolver, name: &str, ours: &str) -> Option<bool> {
    let texts = dns.txt(name).await.ok()?.into_records();
    let mut records = texts.iter().filter(|text| is_spf(text));
    let (Some(record), None) = (records.next(), records.next()) else {
        // None, or several, which receivers treat as an error.
        return Some(false);
    };
    let Ok(record) = record.parse::<SpfRecord>() else {
        return Some(false);
    };
    let is_ours = |domain: &DomainSpec| domain.literal().is_some_and(|name| name == ours);
    let includes = record.effective().any(|directive| {
        directive.qualifier == Qualifier::Pass
            && matches!(&directive.mechanism, Mechanism::Include(domain) if is_ours(domain))
    });
    let redirects =
        record.default_qualifier().is_none() && record.redirect.as_ref().is_some_and(is_ours);
    Some(includes || redirects)
}

fn answer(check: &Check) -> Option<bool> {
    match check.verdict {
        Verdict::Unavailable { .. } => None,
        _ => Some(check.is_valid()),
    }
}
