//! The effect of a request that carried an `Idempotency-Key` commits together with the record of the key.
//!
//! The transaction that writes to the activity log or enqueues a run is the effect: as it commits, the key's
//! row is marked in the same transaction, for this attempt alone. An attempt that has lost the key (somebody
//! took it for dead) cannot commit any more. So whatever dies in between, the effect and the mark are both
//! there or both not.

use std::sync::{Arc, Mutex, PoisonError};

use bheem_domain::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::repo::Entity;

tokio::task_local! {
    static KEY: HeldKey;
}

/// A key that an attempt holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldKey {
    /// Whose it is.
    pub owner: Uuid,
    /// The key.
    pub key: String,
    /// The attempt.
    pub attempt: Uuid,
}

impl HeldKey {
    /// What `work` commits is committed under this key.
    pub async fn scope<F: Future>(&self, work: F) -> F::Output {
        KEY.scope(self.clone(), work).await
    }

    pub(crate) fn current() -> Option<Self> {
        KEY.try_with(Self::clone).ok()
    }
}

/// What a request did, as far as it can be told afterwards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// What the activity log says, such as `tenant.created`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Kind of the thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// Its tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<Uuid>,
    /// The run that was enqueued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<Uuid>,
    /// More, where the thing has no id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

/// What a transaction has done so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Noted(Arc<Mutex<Option<Effect>>>);

impl Noted {
    pub(crate) fn activity(
        &self,
        action: &str,
        entity: Option<Entity>,
        tenant_id: Option<TenantId>,
        metadata: Option<&Value>,
    ) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let run_id = noted.as_ref().and_then(|effect| effect.run_id);
        *noted = Some(Effect {
            action: Some(action.to_owned()),
            kind: entity.map(|entity| entity.kind.to_owned()),
            id: entity.map(|entity| entity.id),
            tenant_id: tenant_id.map(TenantId::as_uuid),
            run_id,
            metadata: metadata.cloned(),
        });
    }

    pub(crate) fn run(&self, run_id: Uuid) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.get_or_insert_default().run_id = Some(run_id);
    }

    pub(crate) fn effect(&self) -> Option<Effect> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
