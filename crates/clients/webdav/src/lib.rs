#![doc = include_str!("../README.md")]

mod client;
mod error;
mod multistatus;
mod path;
mod propfind;
mod resource;
mod transfer;
mod xml;

pub use client::Client;
pub use error::Error;
pub use multistatus::{MAX_RESPONSES, Multistatus, MultistatusError, PropertyResponse};
pub use path::DavPath;
pub use propfind::{Depth, propfind_body};
pub use resource::Resource;
pub use transfer::{Download, File, Overwrite, Precondition, Put, Transferred};
pub use xml::{Element, MAX_DEPTH, MAX_ELEMENTS, Name, XmlError, escape, parse};

pub use bheem_http_kit::{
    Auth, BuildError, Bytes, ClientBuilder, Created, Deleted, Effect, EncodedPath, ErrorKind,
    Method, PathError, Request, Response, RetryPolicy, SecretString,
};

/// The namespace of WebDAV itself.
pub const DAV: &str = "DAV:";
/// The namespace of ownCloud's and Nextcloud's file properties.
pub const OWNCLOUD: &str = "http://owncloud.org/ns";
