//! The DKIM record (RFC 6376) of the domain's key joins the records which the domain is expected to carry: that of the key
//! with which the mail server signs now, whatever its selector. A domain without a key gets one.

use std::sync::Arc;

use bheem_domain::DnsRecordId;
use bheem_http_kit::ErrorKind;
use bheem_mailcow::Dkim;
use bheem_persistence::repo::{NewDnsRecord, Purpose};
use bheem_saga::{Apply, Failure, Policy, Probe, Retry, Step, StepContext, Undo};

use super::{EnableDomainMailParams, domain::DomainStep, require_proven};
use crate::{
    connector::{database, mailcow::refused, unanswered},
    credential,
    saga::Deps,
};

/// What a key is called that is made here; Mailcow's own name for it.
const SELECTOR: &str = "dkim";
/// Its size; smaller ones are refused by large receivers (RFC 8301, section 3.2).
const KEY_BITS: u16 = 2048;

pub(super) struct DkimStep(pub(super) Arc<Deps>);

type Context = StepContext<EnableDomainMailParams>;

impl DkimStep {
    async fn expect(&self, ctx: &Context) -> Result<String, Failure> {
        let name = ctx.output_of::<DomainStep>()?.domain;
        let key = self.key(&name).await?;
        let record = NewDnsRecord {
            id: DnsRecordId::generate(&**self.0.database.clock()),
            record_type: "TXT",
            name: format!("{}._domainkey.{name}", key.selector),
            value: key.txt,
            priority: None,
            purpose: Purpose::Dkim,
        };
        let mut tx = self.0.tenant(ctx.tenant_id()).await?;
        let domain = tx.domains().find(ctx.params.domain_id).await;
        let domain = require_proven(domain.map_err(|error| database(&error))?)?;
        let expected = tx.domains().expect(domain.id, &record).await;
        expected.map_err(|error| database(&error))?;
        tx.commit().await.map_err(|error| database(&error))?;
        Ok(record.name)
    }
}

impl DkimStep {
    /// Mailcow makes a key with the domain only if its template for domains says so.
    async fn key(&self, name: &str) -> Result<Dkim, Failure> {
        let mailcow = self.0.mailcow()?;
        let found = mailcow.find_dkim(name).await;
        if let Some(key) = found.map_err(|error| unanswered(&error))? {
            return Ok(key);
        }
        match mailcow.create_dkim(name, SELECTOR, KEY_BITS).await {
            Err(error) if error.kind() != ErrorKind::Conflict => return Err(refused(&error)),
            _ => {}
        }
        let made = mailcow.find_dkim(name).await;
        let made = made.map_err(|error| unanswered(&error))?;
        made.ok_or_else(|| Retry::because("the domain has no DKIM key yet").into())
    }
}

impl Step for DkimStep {
    const NAME: &'static str = "dkim";
    const PEER: Option<&'static str> = Some(credential::MAILCOW);
    type Params = EnableDomainMailParams;
    type Output = String;

    fn policy(&self) -> Policy {
        self.0.config.retry
    }

    /// Expecting a record twice is expecting it once.
    async fn probe(&self, _ctx: &Context) -> Probe<String> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &Context) -> Apply<String> {
        self.expect(ctx).await.into()
    }

    /// The record goes with the domain's row.
    async fn undo(&self, _ctx: &Context, _ours: String) -> Undo {
        Undo::Done
    }
}
