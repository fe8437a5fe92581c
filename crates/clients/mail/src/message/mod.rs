//! Messages themselves: read, made safe to show, and written.

mod balance;
pub mod build;
mod date;
pub(crate) mod decode;
mod flowed;
pub(crate) mod headers;
mod mime;
pub(crate) mod parameters;
pub(crate) mod parts;
mod safe_style;
mod sanitise;
mod text;
pub mod view;
mod words;

pub(crate) use date::date;
pub(crate) use words::decode_words;

pub use build::{Attachment, BuiltMessage, CalendarMethod, OutgoingMessage};
pub use headers::{Headers, ListUnsubscribe};
pub use sanitise::{SafeHtml, sanitise_html};
pub use text::html_to_text;
pub use view::{AttachmentInfo, MessageView, ViewOptions, parse_message, parse_structure};
