//! Checks of what makes a domain's mail believed: SPF, DKIM, DMARC.

use crate::spf::SpfProblem;
use crate::verdict::{Question, invalid};
use crate::{Check, DkimKey, DmarcRecord, RecordType, Resolver, Verdict};

fn texts(name: &str, expected: Vec<String>) -> Question<'_> {
    Question {
        name,
        record_type: RecordType::TXT,
        expected,
    }
}

impl Resolver {
    /// Is the SPF record of a domain valid, and does it include, directly or through others, the policy of `include`?
    pub async fn check_spf(&self, domain: &str, include: &str) -> Check {
        let question = texts(domain, vec![format!("include:{include}")]);
        let report = match self.inspect_spf(domain).await {
            Ok(report) => report,
            Err(error) => return question.unavailable(&error),
        };
        let found = report.found.clone();
        let verdict = match report.problems.first() {
            _ if found.is_empty() => Verdict::Missing,
            Some(SpfProblem::Several { .. }) if found.len() > 1 => Verdict::Multiple {
                found: found.clone(),
            },
            Some(problem) => invalid(problem),
            None if report.includes(include) => Verdict::Valid,
            None => Verdict::Mismatch {
                found: found.clone(),
            },
        };
        question.ended(found, verdict)
    }

    /// Is the key at `<selector>._domainkey.<domain>` the one of this record?
    pub async fn check_dkim(&self, name: &str, expected: &str) -> Check {
        let question = texts(name, vec![expected.to_owned()]);
        let found = match self.txt(name).await {
            Ok(answer) => answer.into_records(),
            Err(error) => return question.unavailable(&error),
        };
        let verdict = match found.as_slice() {
            [] => Verdict::Missing,
            [one] => match (DkimKey::parse(one), DkimKey::parse(expected)) {
                (Err(error), _) => invalid(error),
                (Ok(key), _) if key.is_revoked() => invalid("the key is revoked"),
                (Ok(key), Ok(wanted))
                    if (&key.key, &key.key_type) == (&wanted.key, &wanted.key_type) =>
                {
                    Verdict::Valid
                }
                _ => Verdict::Mismatch {
                    found: found.clone(),
                },
            },
            _ => Verdict::Multiple {
                found: found.clone(),
            },
        };
        question.ended(found, verdict)
    }

    /// Has a domain one DMARC policy, a valid one? Which, is the domain's own affair. One that has none is under that of
    /// its organisation (RFC 7489, section 6.6.3, step 3): then [`Check::name`] and [`Check::found`] tell of that.
    pub async fn check_dmarc(&self, domain: &str) -> Check {
        let own = self.dmarc_at(domain).await;
        let name = crate::name::canonical(domain);
        let organisation = psl::domain_str(&name).filter(|organisation| *organisation != name);
        let is_policy = |text: &String| DmarcRecord::is_one(text);
        match organisation {
            Some(organisation)
                if !own.found.iter().any(is_policy)
                    && !matches!(own.verdict, Verdict::Unavailable { .. }) =>
            {
                let above = self.dmarc_at(organisation).await;
                let is_unknown = matches!(above.verdict, Verdict::Unavailable { .. });
                if is_unknown || above.found.iter().any(is_policy) {
                    above
                } else {
                    own
                }
            }
            _ => own,
        }
    }

    async fn dmarc_at(&self, domain: &str) -> Check {
        let name = format!("_dmarc.{domain}");
        let question = texts(&name, Vec::new());
        let mut found = match self.txt(&name).await {
            Ok(answer) => answer.into_records(),
            Err(error) => return question.unavailable(&error),
        };
        let is_policy = |text: &String| DmarcRecord::is_one(text);
        if found.iter().any(is_policy) {
            found.retain(is_policy);
        }
        let verdict = match found.as_slice() {
            [] => Verdict::Missing,
            [one] => DmarcRecord::parse(one).map_or_else(invalid, |_policy| Verdict::Valid),
            _ => Verdict::Multiple {
                found: found.clone(),
            },
        };
        question.ended(found, verdict)
    }
}
