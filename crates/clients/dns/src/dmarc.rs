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
    /// What is wrong with it, and was left out of account.
    pub discarded: Vec<TagError>,
}

impl DmarcRecord {
    /// Is a text meant as a DMARC policy? Others at the same name are ignored (section 6.6.3).
    #[must_use]
    pub fn is_one(text: &str) -> bool {
        Tags::parse(text.split(';').next().unwrap_or_default())
            .is_ok_and(|tags| tags.begins_with("DMARC1").is_ok())
    }

    /// Reads a policy. What is wrong in it counts as if it were not there (section 6.3), with one exception: without a
    /// policy that is understood, whoever wants reports has the policy "none" (section 6.6.3, step 6).
    ///
    /// # Errors
    /// If it is none.
    pub fn parse(text: &str) -> Result<Self, DmarcError> {
        let (tags, mut discarded) = Tags::parse_leniently(text);
        tags.begins_with("DMARC1")?;
        let aggregate_reports = tags.list("rua", ',');
        let wanted = read(&tags, "p", policy).and_then(|found| found.ok_or(TagError::Missing("p")));
        let below = read(&tags, "sp", policy);
        let (policy, subdomain_policy) = match (wanted, below) {
            (Ok(policy), Ok(below)) => (policy, below),
            (Err(error), _) | (_, Err(error)) => {
                if !aggregate_reports.iter().any(|address| is_address(address)) {
                    return Err(error);
                }
                discarded.push(error);
                (DmarcPolicy::None, None)
            }
        };
        let mut or_default = |found: Result<Option<Alignment>, TagError>| match found {
            Ok(found) => found.unwrap_or_default(),
            Err(error) => {
                discarded.push(error);
                Alignment::default()
            }
        };
        let dkim_alignment = or_default(read(&tags, "adkim", alignment));
        let spf_alignment = or_default(read(&tags, "aspf", alignment));
        let percent = read(&tags, "pct", |text| {
            text.parse().ok().filter(|percent: &u8| *percent <= 100)
        });
        let percent = percent.unwrap_or_else(|error| {
            discarded.push(error);
            None
        });
        Ok(Self {
            policy,
            subdomain_policy,
            dkim_alignment,
            spf_alignment,
            percent: percent.unwrap_or(100),
            aggregate_reports,
            failure_reports: tags.list("ruf", ','),
            discarded,
        })
    }
}

fn read<T>(
    tags: &Tags,
    tag: &'static str,
    understand: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, TagError> {
    let text = tags.get(tag);
    text.map(|text| understand(text).ok_or(TagError::Value(tag)))
        .transpose()
}

/// An URI, as far as that can be told without going there.
fn is_address(text: &str) -> bool {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|one: char| one.is_ascii_alphabetic())
            && scheme.chars().all(|one| one.is_ascii_alphanumeric())
    };
    text.split_once(':').is_some_and(|(scheme, rest)| {
        let is_mail = scheme.eq_ignore_ascii_case("mailto");
        is_scheme(scheme) && !rest.is_empty() && (!is_mail || rest.contains('@'))
    })
}

fn policy(text: &str) -> Option<DmarcPolicy> {
    match text.to_ascii_lowercase().as_str() {
        "none" => Some(DmarcPolicy::None),
        "quarantine" => Some(DmarcPolicy::Quarantine),
        "reject" => Some(DmarcPolicy::Reject),
        _ => None,
    }
}

fn alignment(text: &str) -> Option<Alignment> {
    match text {
        "r" | "R" => Some(Alignment::Relaxed),
        "s" | "S" => Some(Alignment::Strict),
        _ => None,
    }
}
