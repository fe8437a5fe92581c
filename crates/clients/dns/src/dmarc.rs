//! DMARC policies (RFC 7489, section 6.3).

use crate::{TagError, tags::Tags};

/// What is to happen to mail that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DmarcPolicy {
    /// Nothing.
    None,
    /// It is suspicious.
    Quarantine,
    /// It is refused.
    Reject,
}

/// How alike domains have to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Alignment {
    /// Of the same organisation.
    #[default]
    Relaxed,
    /// The same.
    Strict,
}

/// Why a text is no DMARC policy.
pub type DmarcError = TagError;

/// A DMARC policy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DmarcRecord {
    /// For the domain.
    pub policy: DmarcPolicy,
    /// For its subdomains, if it is another one.
    pub subdomain_policy: Option<DmarcPolicy>,
    /// Of DKIM.
    pub dkim_alignment: Alignment,
    /// Of SPF.
    pub spf_alignment: Alignment,
    /// To how much of the mail it applies.
    pub percent: u8,
    /// Where reports of many messages go.
    pub aggregate_reports: Vec<String>,
    /// Where reports of single messages go.
    pub failure_reports: Vec<String>,
}

impl DmarcRecord {
    /// Is a text meant as a DMARC policy? Others at the same name are ignored (section 6.6.3).
    #[must_use]
    pub fn is_one(text: &str) -> bool {
        Tags::parse(text.split(';').next().unwrap_or_default())
            .is_ok_and(|tags| tags.begins_with("DMARC1").is_ok())
    }

    /// Reads a policy.
    ///
    /// # Errors
    /// If it is none.
    pub fn parse(text: &str) -> Result<Self, DmarcError> {
        let tags = Tags::parse(text)?;
        tags.begins_with("DMARC1")?;
        let aggregate_reports = tags.list("rua", ',');
        let wanted = tags.get("p").map(policy);
        let policy_of_domain = match wanted {
            Some(Some(policy)) => policy,
            // Who wants reports and writes the policy wrong gets the reports (section 6.6.3).
            Some(None) if !aggregate_reports.is_empty() => DmarcPolicy::None,
            Some(None) => return Err(TagError::Value("p")),
            None => return Err(TagError::Missing("p")),
        };
        let below = tags
            .get("sp")
            .map(|text| policy(text).ok_or(TagError::Value("sp")));
        let percent = tags
            .get("pct")
            .map(|text| text.parse().map_err(|_invalid| TagError::Value("pct")));
        let percent = percent.transpose()?.unwrap_or(100);
        if percent > 100 {
            return Err(TagError::Value("pct"));
        }
        Ok(Self {
            policy: policy_of_domain,
            subdomain_policy: below.transpose()?,
            dkim_alignment: alignment(tags.get("adkim"), "adkim")?,
            spf_alignment: alignment(tags.get("aspf"), "aspf")?,
            percent,
            aggregate_reports,
            failure_reports: tags.list("ruf", ','),
        })
    }
}

fn policy(text: &str) -> Option<DmarcPolicy> {
    match text.to_ascii_lowercase().as_str() {
        "none" => Some(DmarcPolicy::None),
        "quarantine" => Some(DmarcPolicy::Quarantine),
        "reject" => Some(DmarcPolicy::Reject),
        _ => None,
    }
}

fn alignment(text: Option<&str>, tag: &'static str) -> Result<Alignment, TagError> {
    match text {
        None | Some("r" | "R") => Ok(Alignment::Relaxed),
        Some("s" | "S") => Ok(Alignment::Strict),
        Some(_) => Err(TagError::Value(tag)),
    }
}
