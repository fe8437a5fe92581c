//! How a worker works.

use std::collections::HashMap;
use std::time::Duration;

use crate::Backoff;

/// How a worker works. The defaults suit production.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerConfig {
    /// Runs worked at once by this process.
    pub slots: usize,
    /// Runs that take access away worked at once by this process, beside the others.
    pub closing_slots: usize,
    /// How long a run stays with a worker that is not heard of. It acts for half of that at most.
    pub lease: Duration,
    /// Runs of one tenant leased at once, in all processes, unless its lane says otherwise.
    pub default_max_leased: i32,
    /// The same for runs that take access away.
    pub default_max_closing: i32,
    /// How often to look for due runs when nobody calls, give or take a tenth.
    pub poll: Duration,
    /// After so many claims in a row without any progress the run is given up: it kills its workers.
    pub max_fruitless_claims: i32,
    /// Calls at once to one peer from this process.
    pub peer_limit: usize,
    /// The same for particular peers.
    pub peer_limits: HashMap<String, usize>,
    /// How long the circuit of a peer stays open, growing with each probe that fails.
    pub circuit: Backoff,
    /// A run that takes access away asks a peer which is down again after this time, however long its circuit stays
    /// open for others.
    pub closing_pause: Duration,
    /// How long one worker may take to find out whether a peer is back.
    pub probe_window: Duration,
    /// How long steps may go on after the worker was told to stop.
    pub stop_grace: Duration,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self {
            slots: 16,
            closing_slots: 16,
            lease: Duration::from_mins(1),
            default_max_leased: 2,
            default_max_closing: 8,
            poll: Duration::from_secs(1),
            max_fruitless_claims: 10,
            peer_limit: 8,
            peer_limits: HashMap::new(),
            circuit: Backoff {
                base: Duration::from_secs(1),
                cap: Duration::from_mins(5),
            },
            closing_pause: Duration::from_secs(5),
            probe_window: Duration::from_secs(30),
            stop_grace: Duration::from_secs(3),
        }
    }
}
