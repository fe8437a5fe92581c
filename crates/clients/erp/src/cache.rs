//! Plans that are there while the ERP is not.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bheem_http_kit::Error;

use crate::{Client, Plan};

/// Plans, and how old they are.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Plans {
    /// The plans.
    pub plans: Arc<[Plan]>,
    /// How long ago the ERP told them.
    pub age: Duration,
    /// Whether newer ones were wanted and could not be had.
    pub is_old: bool,
}

#[derive(Debug, Default)]
struct State {
    /// When the last good plans were told, and they.
    known: Option<(Instant, Arc<[Plan]>)>,
    /// When the ERP failed last.
    failed_at: Option<Instant>,
}

/// Asks for the plans at most every so often, and keeps the last good ones for when the ERP is down. Cheap to
/// clone; clones share what they know.
#[derive(Debug, Clone)]
pub struct CachedPlans {
    client: Client,
    fresh: Duration,
    state: Arc<Mutex<State>>,
    /// One asks, the others wait for what it hears.
    asking: Arc<tokio::sync::Mutex<()>>,
}

impl CachedPlans {
    /// Plans that count as fresh for this long.
    #[must_use]
    pub fn new(client: Client, fresh: Duration) -> Self {
        Self {
            client,
            fresh,
            state: Arc::default(),
            asking: Arc::default(),
        }
    }

    /// The plans: fresh ones if they can be had, else the last good ones with their age.
    ///
    /// # Errors
    /// When the ERP cannot tell them and never has.
    pub async fn get(&self) -> Result<Plans, Error> {
        if let Some(known) = self.known().filter(|known| known.age < self.fresh) {
            return Ok(known);
        }
        let wanted_at = Instant::now();
        let _turn = self.asking.lock().await;
        if let Some(known) = self.known().filter(|known| known.age < self.fresh) {
            return Ok(known);
        }
        // Whoever waited while the ERP failed does not ask a hanging ERP once more.
        let failed_at = self.state().failed_at;
        if failed_at.is_some_and(|at| at >= wanted_at)
            && let Some(known) = self.known()
        {
            return Ok(Plans {
                is_old: true,
                ..known
            });
        }
        match self.client.plans().await {
            Ok(plans) => {
                let plans: Arc<[Plan]> = plans.into();
                self.state().known = Some((Instant::now(), Arc::clone(&plans)));
                Ok(Plans {
                    plans,
                    age: Duration::ZERO,
                    is_old: false,
                })
            }
            Err(error) => {
                self.state().failed_at = Some(Instant::now());
                let known = self.known().ok_or(error)?;
                Ok(Plans {
                    is_old: true,
                    ..known
                })
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self) -> Option<Plans> {
        let state = self.state();
        let (at, plans) = state.known.as_ref()?;
        Some(Plans {
            plans: Arc::clone(plans),
            age: at.elapsed(),
            is_old: false,
        })
    }
}
