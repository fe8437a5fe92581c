//! Content lines and components: what iCalendar (RFC 5545) and vCard (RFC 6350) have in common.
//!
//! A tree of lines rather than of typed values: what is not understood is kept byte for byte, so that an edit never
//! costs another program its data. Types are read from the tree, and edits are made on it.

mod component;
mod duration;
mod fold;
mod parameter;
mod partial;
mod property;
mod quoted;
mod text;
mod when;

pub use component::{FormatError, MAX_COMPONENTS, MAX_LINES, MAX_NESTING, RawComponent};
pub use duration::Span;
pub use parameter::Parameter;
pub use partial::{Partial, Unreadable};
pub use property::Property;
pub use text::{escape_text, split_values, unescape_text};
pub use when::{Period, PeriodEnd, When};

pub(crate) use fold::{fold_into, unfold};
pub(crate) use when::{Entry, entries, utc_text};
