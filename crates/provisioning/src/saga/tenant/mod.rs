//! Closes a tenant's services, opens them again, and deletes a tenant.
//!
//! The use case has closed our own doors in its transaction; here the peers follow. Every person has a run of their
//! own, so one that a peer refuses holds up nobody else, and people's runs are worked side by side. Deleting goes on
//! to what belongs to the tenant as a whole, and frees its domains last: a name is claimable only when its mail is
//! closed.

mod domains;
mod free;
mod group;
mod people;
mod reopen;

use std::sync::Arc;

use bheem_saga::{Graph, Policy, Saga};
use serde::{Deserialize, Serialize};

use super::Deps;
use domains::MailDomainsStep;
use free::FreeStep;
use group::GroupStep;
use people::{AskPeopleStep, PeopleStep};
use reopen::ReopenPeopleStep;

/// Whose tenant is the run's.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct TenantParams {
    /// The tenant is gone: also people who were removed before are looked at again.
    #[serde(default)]
    pub is_deleted: bool,
}

macro_rules! sagas {
    ($($(#[$doc:meta])* $name:ident = $kind:literal, pivot: $pivot:expr, closes: $closing:literal,
       |$graph:ident, $deps:ident| $body:block)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name(Arc<Deps>);

        impl $name {
            pub(crate) fn new(deps: &Arc<Deps>) -> Self {
                Self(Arc::clone(deps))
            }
        }

        impl Saga for $name {
            const KIND: &'static str = $kind;
            const VERSION: i32 = 1;
            const PIVOT: Option<&'static str> = $pivot;
            const IS_CLOSING: bool = $closing;
            type Params = TenantParams;

            fn define(&self, $graph: &mut Graph<TenantParams>) {
                let $deps = || Arc::clone(&self.0);
                $body
            }
        }
    )*};
}

sagas! {
    /// Takes the services of everybody in a tenant that was suspended.
    CloseTenant = "close_tenant", pivot: Some(super::step_names::ASK_PEOPLE), closes: true, |graph, deps| {
        graph.step(AskPeopleStep(deps()));
        graph.step(PeopleStep(deps())).after::<AskPeopleStep>();
    }
    /// Gives the services back to everybody in a tenant that is open again.
    ReopenTenant = "reopen_tenant", pivot: Some(super::step_names::REOPEN_PEOPLE), closes: false, |graph, deps| {
        graph.step(ReopenPeopleStep(deps()));
        graph.step(PeopleStep(deps())).after::<ReopenPeopleStep>();
    }
    /// Takes the services of everybody, then what belongs to the tenant as a whole; frees its domains last.
    DeleteTenant = "delete_tenant", pivot: Some(super::step_names::ASK_PEOPLE), closes: true, |graph, deps| {
        graph.step(AskPeopleStep(deps()));
        graph.step(PeopleStep(deps())).after::<AskPeopleStep>();
        graph.step(MailDomainsStep(deps())).after::<AskPeopleStep>();
        graph.step(GroupStep(deps())).after::<PeopleStep>();
        graph.step(FreeStep(deps())).after::<PeopleStep>().after::<MailDomainsStep>().after::<GroupStep>();
    }
}

/// Patience without end: what is open must be closed however long a peer is away.
fn patient(deps: &Deps) -> Policy {
    Policy {
        deadline: std::time::Duration::from_hours(24 * 365),
        ..deps.closing_policy()
    }
}
