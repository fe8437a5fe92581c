#![doc = include_str!("../README.md")]

mod client;
mod dates;
mod error;
mod left_out;
mod listing;
mod locks;
mod multistatus;
mod nextcloud;
mod path;
mod properties;
mod propfind;
mod reading;
mod resource;
mod transfer;
mod tree;
mod writing;
mod xml;

pub use client::Client;
pub use error::{Error, Failed};
pub use left_out::{LeftOut, LeftOutReason, Listed, Listing};
pub use locks::{Features, Lock, LockRequest, LockScope};
pub use multistatus::{MAX_RESPONSES, Multistatus, MultistatusError, PropertyResponse};
pub use nextcloud::{
    Chunk, MAX_CHUNK_BYTES, MAX_CHUNKS, MIN_CHUNK_BYTES, NextcloudFiles, Patience, Preview,
    Restored, SearchCondition, SearchPage, SearchQuery, TrashItem, Upload, UploadSession, Version,
    chunk_bytes,
};
pub use path::DavPath;
pub use properties::{PropertyChange, Quota};
pub use propfind::{Depth, propfind_body};
pub use reading::{ContentRange, Download, File, Range};
pub use resource::Resource;
pub use transfer::{Overwrite, Transferred};
pub use writing::{Precondition, Put, PutOptions};
pub use xml::{Element, MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, Name, XmlError, escape, parse};

pub use bheem_http_kit::{
    Auth, BuildError, Bytes, ClientBuilder, Created, Deleted, Effect, EncodedPath, ErrorKind,
    Method, Page, PathError, Request, Response, RetryPolicy, SecretString, Url,
};

/// The namespace of WebDAV itself.
pub const DAV: &str = "DAV:";
/// The namespace of Nextcloud's own properties.
pub const NEXTCLOUD: &str = "http://nextcloud.org/ns";
/// The namespace of ownCloud's and Nextcloud's file properties.
pub const OWNCLOUD: &str = "http://owncloud.org/ns";
