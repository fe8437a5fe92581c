//! Messages themselves: read, made safe to show, and written.

pub mod build;
pub(crate) mod headers;
mod safe_style;
mod sanitise;
pub(crate) mod text;
pub mod view;

pub use build::{Attachment, BuiltMessage, OutgoingMessage};
pub use headers::{Headers, ListUnsubscribe};
pub use sanitise::{SafeHtml, sanitise_html};
pub use text::html_to_text;
pub use view::{AttachmentInfo, MessageView, ViewOptions, parse_message};
