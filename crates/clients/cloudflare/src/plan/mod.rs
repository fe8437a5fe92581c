//! What to change in a zone so that a wish is fulfilled: pure, so that every case is a test, and always one batch.
//!
//! Invariants, whatever stands in the zone:
//!
//! - a record that is not marked as the owner's is never removed, but for foreign mail exchangers when the caller
//!   confirmed that; of foreign records only the SPF text is changed, and only by adding to it;
//! - there is never a second SPF record at a name, nor a second key of a DKIM selector or a second DMARC policy;
//! - what cannot be done without harm is told as a [`Problem`] and left as it is, and the rest is planned;
//! - planning again after the plan was applied gives nothing to do.

mod host;
mod marker;
mod problem;
mod removal;
mod spf;
mod state;
mod text;
mod wish;

pub use marker::{Marker, MarkerError};
pub use problem::Problem;
pub use removal::plan_removal;
pub use spf::{LENGTH_LIMIT as SPF_LENGTH_LIMIT, LOOKUP_LIMIT as SPF_LOOKUP_LIMIT};
pub use wish::Wish;

use crate::{Batch, Record};

/// What is to be done.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Plan {
    /// The changes, for [`crate::Records::batch`].
    pub batch: Batch,
    /// What was left as it is, because a person has to decide.
    pub problems: Vec<Problem>,
    /// How many of the wanted records are there already.
    pub unchanged: usize,
}

impl Plan {
    /// Is the wish fulfilled, with nothing to do and nothing in its way?
    #[must_use]
    pub fn is_fulfilled(&self) -> bool {
        self.batch.is_empty() && self.problems.is_empty()
    }
}

/// Plans how the records of a zone, all of them, become what is wished for. The wish is everything that its owner wants:
/// other records with the owner's mark are removed.
#[must_use]
pub fn plan_records(existing: &[Record], wish: &Wish) -> Plan {
    let mut state = state::State::new(existing, wish);
    state.take_invalid();
    state.take_proxied_mail_hosts();
    state.match_exact();
    state.mail_exchangers();
    state.sender_policies();
    state.others();
    state.finish()
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
