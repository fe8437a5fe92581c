//! Following aliases, so far and no further.

use hickory_resolver::proto::rr::{Name, RData, Record};

use crate::observe::observe;
use crate::resolver::Reply;
use crate::{Answer, Cause, Error, RecordType, Resolver, name};

/// A longer chain is taken for a loop.
const ALIAS_LIMIT: usize = 8;

/// Where the aliases of a name lead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AliasChain {
    /// The targets in order; none if the name is no alias.
    pub targets: Vec<String>,
}

impl AliasChain {
    /// Does the chain come by this name?
    #[must_use]
    pub fn leads_to(&self, target: &str) -> bool {
        self.targets.contains(&name::canonical(target))
    }

    /// Where it ends; `None` if the name is no alias.
    #[must_use]
    pub fn end(&self) -> Option<&str> {
        self.targets.last().map(String::as_str)
    }
}

/// The target of a name's alias in an answer.
fn alias_in<'a>(records: &'a [Record], owner: &Name) -> Option<&'a Name> {
    records
        .iter()
        .filter(|record| record.name == *owner)
        .find_map(|record| match &record.data {
            RData::CNAME(target) => Some(&target.0),
            _ => None,
        })
}

impl Resolver {
    /// Where the aliases of a name lead.
    ///
    /// # Errors
    /// [`Cause::AliasLoop`] when they go round or on for more than eight, else as every question.
    pub async fn cname_chain(&self, name: &str) -> Result<AliasChain, Error> {
        observe("cname_chain", self.walk_aliases(name)).await
    }

    async fn walk_aliases(&self, text: &str) -> Result<AliasChain, Error> {
        const KIND: RecordType = RecordType::CNAME;
        let failed = |cause| Error::new(text, KIND, cause);
        let mut owner = name::parse(text).map_err(failed)?;
        let mut seen = vec![owner.to_lowercase()];
        loop {
            let Reply::Records(records) = self.ask(&owner, KIND).await? else {
                break;
            };
            let Some(target) = alias_in(&records, &owner) else {
                break;
            };
            owner = step(&mut seen, target).map_err(failed)?;
        }
        let targets = seen.iter().skip(1).map(name::show).collect();
        Ok(AliasChain { targets })
    }

    /// The data of a name's records of one type, through its aliases.
    pub(crate) async fn resolve(
        &self,
        text: &str,
        kind: RecordType,
    ) -> Result<Answer<RData>, Error> {
        let failed = |cause| Error::new(text, kind, cause);
        let mut owner = name::parse(text).map_err(failed)?;
        let mut seen = vec![owner.to_lowercase()];
        loop {
            let records = match self.ask(&owner, kind).await? {
                Reply::Records(records) => records,
                Reply::NoData => return Ok(Answer::NoData),
                Reply::NoSuchName => return Ok(Answer::NoSuchName),
            };
            let asked = owner.clone();
            while let Some(target) = alias_in(&records, &owner) {
                owner = step(&mut seen, target).map_err(failed)?;
            }
            let found: Vec<RData> = records
                .iter()
                .filter(|record| record.name == owner && record.record_type() == kind)
                .map(|record| record.data.clone())
                .collect();
            if !found.is_empty() {
                return Ok(Answer::Records(found));
            }
            // Neither what was asked for nor an alias of it: records of names that nobody asked about prove nothing.
            if owner == asked {
                return Ok(Answer::NoData);
            }
        }
    }
}

fn step(seen: &mut Vec<Name>, target: &Name) -> Result<Name, Cause> {
    let next = target.to_lowercase();
    if seen.contains(&next) || seen.len() > ALIAS_LIMIT {
        return Err(Cause::AliasLoop);
    }
    seen.push(next.clone());
    Ok(next)
}
