//! The states of runs and steps, in the words the tables use.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

macro_rules! text_enum {
    ($(#[$meta:meta])* $name:ident in $table:literal { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// The word in the database.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// Reads the word back.
            ///
            /// # Errors
            ///
            /// [`Error::Inconsistent`] for a word this program does not know.
            pub fn parse(word: &str) -> Result<Self> {
                match word {
                    $($text => Ok(Self::$variant),)+
                    other => Err(Error::Inconsistent { table: $table, what: format!("state {other:?}") }),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

text_enum! {
    /// Where a run stands. Waiting is not a state: it is a wake-up time in the future with no lease.
    RunState in "saga.run" {
        /// Steps are being done.
        Forward = "forward",
        /// Steps are being undone.
        Unwinding = "unwinding",
        /// Every step is done or skipped.
        Succeeded = "succeeded",
        /// Nothing of the run is left in any peer.
        Undone = "undone",
        /// A person must decide.
        Stuck = "stuck",
    }
}

text_enum! {
    /// Where a step stands.
    StepState in "saga.step" {
        /// Not begun.
        Pending = "pending",
        /// Begun; it may have run, and may be waiting for its next try.
        Started = "started",
        /// Done, its output recorded.
        Done = "done",
        /// Refused for good, or out of time.
        Failed = "failed",
        /// Left out on purpose; satisfies its dependents.
        Skipped = "skipped",
        /// Its undo has begun.
        UndoStarted = "undo_started",
        /// Undone, or found never to have happened.
        Undone = "undone",
        /// Its undo was refused: the run is stuck.
        UndoFailed = "undo_failed",
    }
}

impl RunState {
    /// Nothing will happen to the run any more.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Undone)
    }

    /// Nothing will happen to the run unless a person steps in.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Succeeded | Self::Undone | Self::Stuck)
    }
}
