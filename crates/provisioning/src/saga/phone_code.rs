//! A code that proves a telephone number. The run derives it from the id of its row, so that neither
//! the run's parameters nor the row hold it.

use std::sync::Arc;

use bheem_domain::VerificationCodeId;
use bheem_notify::Sms;
use bheem_persistence::SystemScope;
use bheem_saga::{Apply, Failure, Graph, Policy, Probe, Reject, Saga, Step, StepContext, Undo};
use serde::{Deserialize, Serialize};

use super::{Deps, step_names};
use crate::{
    connector::{database, failed, vault},
    credential,
};

/// What the code is derived for; identity does the same.
const PURPOSE: &str = "identity.phone_code";

/// Sends a code to a telephone. See the module.
#[derive(Debug, Clone)]
pub struct PhoneCode(Arc<Deps>);

/// Which code.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PhoneCodeParams {
    /// Its row.
    pub code_id: VerificationCodeId,
}

impl PhoneCode {
    pub(crate) fn new(deps: &Arc<Deps>) -> Self {
        Self(Arc::clone(deps))
    }
}

impl Saga for PhoneCode {
    const KIND: &'static str = "phone_code";
    const VERSION: i32 = 1;
    const PIVOT: Option<&'static str> = None;
    type Params = PhoneCodeParams;

    fn define(&self, graph: &mut Graph<PhoneCodeParams>) {
        graph.step(SmsStep(Arc::clone(&self.0)));
    }
}

struct SmsStep(Arc<Deps>);

/// What the step leaves.
#[derive(Debug, Serialize, Deserialize)]
struct SmsOutput {
    /// Notify's id of the message.
    message_id: Option<String>,
}

type Context = StepContext<PhoneCodeParams>;

impl SmsStep {
    async fn write(&self, ctx: &Context) -> Result<SmsOutput, Failure> {
        let deps = &self.0;
        let notify = deps.notify()?;
        let id = ctx.params.code_id;
        let scope = SystemScope::server("send a code to a telephone");
        let found = async {
            let mut read = deps.database.system_read(&scope).await?;
            let now = deps.database.clock().now();
            read.verification_codes().find(id, now).await
        };
        let row = found
            .await
            .map_err(|error| database(&error))?
            .ok_or_else(|| Reject::new("code_lapsed", "the code was used or has lapsed"))?;
        let code = deps
            .vault
            .six_digits(PURPOSE, id.as_uuid().as_bytes())
            .map_err(|error| vault(&error))?;
        let text = format!(
            "Your Bheem Workspace code is {code}. It is good for 10 minutes. Give it to nobody."
        );
        let sms = Sms::new(row.target, text);
        let sent = notify.send_sms(&ctx.effect_key().to_string(), &sms).await;
        let message_id = sent.map_err(|error| failed(&error))?.id;
        Ok(SmsOutput { message_id })
    }
}

impl Step for SmsStep {
    const NAME: &'static str = step_names::SMS;
    const PEER: Option<&'static str> = Some(credential::NOTIFY);
    type Params = PhoneCodeParams;
    type Output = SmsOutput;

    fn policy(&self) -> Policy {
        self.0.config.retry
    }

    /// A message cannot be asked for; Notify knows a repetition by its key.
    async fn probe(&self, _ctx: &Context) -> Probe<SmsOutput> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &Context) -> Apply<SmsOutput> {
        self.write(ctx).await.into()
    }

    async fn undo(&self, _ctx: &Context, _ours: SmsOutput) -> Undo {
        Undo::Done
    }
}
