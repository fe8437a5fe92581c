//! Answering the questions of a walk.

use super::{Evidence, Question, SpfReport, SpfWalk};
use crate::{Error, Resolver, observe::observe};

impl Resolver {
    /// What the SPF record of a domain comes to.
    ///
    /// # Errors
    /// If some of it could not be found out, so that nothing can be said (`temperror`).
    pub async fn inspect_spf(&self, domain: &str) -> Result<SpfReport, Error> {
        // Said here, since the walk would take any text for a name.
        crate::name::parse(domain)
            .map_err(|cause| Error::new(domain, crate::RecordType::TXT, cause))?;
        observe("inspect_spf", self.walk_spf(domain)).await
    }

    async fn walk_spf(&self, domain: &str) -> Result<SpfReport, Error> {
        let mut walk = SpfWalk::new(domain);
        while let Some(question) = walk.next_question() {
            let evidence = match question {
                Question::Texts(name) => Evidence::Texts(self.txt(&name).await?.into_records()),
                Question::Addresses(name) => {
                    Evidence::Count(self.addresses(&name).await?.into_records().len())
                }
                Question::Exchangers(name) => {
                    Evidence::Count(self.mx(&name).await?.into_records().len())
                }
            };
            walk.answer(evidence);
        }
        Ok(walk.into_report())
    }
}
