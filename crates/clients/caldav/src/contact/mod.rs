//! Contacts (vCard 3.0, RFC 2426; vCard 4.0, RFC 6350), as types over a tree of lines: what is not understood
//! survives an edit.

mod card;
mod labelled;
mod patch;
mod photo;
mod read;

pub use card::{CardVersion, VCard};
pub use labelled::{Labelled, PostalAddress, StructuredName};
pub use patch::ContactPatch;
pub use photo::{MAX_PHOTO_BYTES, Photo};
pub use read::{Contact, ContactKind};
