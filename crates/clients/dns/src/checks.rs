//! Checks of single records.

use std::collections::BTreeSet;

use crate::verdict::Question;
use crate::{Check, RecordType, Resolver, Verdict, name};

impl Resolver {
    /// Is one of a name's texts exactly this one, such as a proof of ownership? Other texts do not matter.
    pub async fn check_txt(&self, name: &str, expected: &str) -> Check {
        let question = Question {
            name,
            record_type: RecordType::TXT,
            expected: vec![expected.to_owned()],
        };
        let found = match self.txt(name).await {
            Ok(answer) => answer.into_records(),
            Err(error) => return question.unavailable(&error),
        };
        let verdict = if found.is_empty() {
            Verdict::Missing
        } else if found.iter().any(|text| text == expected) {
            Verdict::Valid
        } else {
            Verdict::Mismatch {
                found: found.clone(),
            }
        };
        question.ended(found, verdict)
    }

    /// Does mail go to these hosts, all of them and no others?
    pub async fn check_mx(&self, domain: &str, hosts: &[&str]) -> Check {
        let wanted: BTreeSet<String> = hosts.iter().map(|host| name::canonical(host)).collect();
        let question = Question {
            name: domain,
            record_type: RecordType::MX,
            expected: wanted.iter().cloned().collect(),
        };
        let exchangers = match self.mx(domain).await {
            Ok(answer) => answer.into_records(),
            Err(error) => return question.unavailable(&error),
        };
        let there: BTreeSet<String> = exchangers.iter().map(|mx| mx.exchange.clone()).collect();
        let show = |mx: &crate::Mx| format!("{} {}", mx.preference, mx.exchange);
        let found: Vec<String> = exchangers.iter().map(show).collect();
        let verdict = if there.is_empty() {
            Verdict::Missing
        } else if there == wanted {
            Verdict::Valid
        } else {
            Verdict::Mismatch {
                found: found.clone(),
            }
        };
        question.ended(found, verdict)
    }

    /// Do the aliases of a name come by this target?
    pub async fn check_cname(&self, name: &str, target: &str) -> Check {
        let question = Question {
            name,
            record_type: RecordType::CNAME,
            expected: vec![name::canonical(target)],
        };
        let chain = match self.cname_chain(name).await {
            Ok(chain) => chain,
            Err(error) if error.cause == crate::Cause::AliasLoop => {
                return question.ended(Vec::new(), crate::verdict::invalid(error.cause));
            }
            Err(error) => return question.unavailable(&error),
        };
        let verdict = if chain.targets.is_empty() {
            Verdict::Missing
        } else if chain.leads_to(target) {
            Verdict::Valid
        } else {
            Verdict::Mismatch {
                found: chain.targets.clone(),
            }
        };
        question.ended(chain.targets, verdict)
    }
}
