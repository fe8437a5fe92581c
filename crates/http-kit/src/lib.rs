#![doc = include_str!("../README.md")]

mod auth;
mod budget;
mod builder;
mod client;
mod error;
mod exact;
pub mod lenient;
mod listed;
mod observe;
mod outcome;
mod page;
mod path;
mod peer_text;
mod progress;
mod redact;
mod request;
mod response;
mod retry;
mod secret;
mod source;
mod streaming;
#[cfg(feature = "testing")]
pub mod testing;
mod text_enum;
mod trace_context;

pub use auth::Auth;
pub use builder::{BuildError, ClientBuilder};
pub use client::HttpClient;
pub use error::{Effect, Error, ErrorKind, Failure};
pub use listed::Listed;
pub use observe::{DURATION_METRIC, REQUESTS_METRIC, observe};
pub use outcome::{Created, Deleted};
pub use page::{Page, stream_pages};
pub use path::{EncodedPath, PathError, decode_segment, encode_segment};
pub use peer_text::PeerText;
pub use redact::RedactedUrl;
pub use request::Request;
pub use response::{Response, decode_value};
pub use retry::{Decision, RetryPolicy, Situation, decide, retry_after};
pub use secret::throwaway_password;
pub use source::{CredentialSource, Fallback, Preference, SourceError};
pub use streaming::StreamingResponse;
pub use trace_context::{Traceparent, TraceparentError, with_traceparent};

pub use bytes::Bytes;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
pub use secrecy::{ExposeSecret, SecretString};
/// For [`text_enum!`].
#[doc(hidden)]
pub use serde;
pub use url::Url;
