//! A whole answer.

use std::fmt;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::{Error, retry_after};

/// An answer whose body has been read. Its `Debug` does not show the body.
pub struct Response {
    operation: &'static str,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Response {
    pub(crate) async fn read(
        operation: &'static str,
        mut answer: reqwest::Response,
        limit: usize,
    ) -> Result<Self, Error> {
        let status = answer.status();
        let headers = std::mem::take(answer.headers_mut());
        let too_large = || Error::TooLarge { operation, limit };
        let announced = headers
            .get(http::header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse().ok());
        if announced.is_some_and(|length: usize| length > limit) {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = answer
            .chunk()
            .await
            .map_err(|error| Error::from_reqwest(operation, error))?
        {
            if body.len().saturating_add(chunk.len()) > limit {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self {
            operation,
            status,
            headers,
            body: body.freeze(),
        })
    }

    /// The operation that was asked for.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// All headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// One header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long the peer asked us to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after(&self.headers)
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body, by value.
    #[must_use]
    pub fn into_body(self) -> Bytes {
        self.body
    }

    /// The error this answer's status stands for.
    #[must_use]
    pub fn to_error(&self) -> Error {
        Error::Status {
            operation: self.operation,
            status: self.status,
            retry_after: self.retry_after(),
        }
    }

    /// This answer if its status is a success.
    ///
    /// # Errors
    /// [`Error::Status`] if it is not.
    pub fn checked(self) -> Result<Self, Error> {
        if self.status.is_success() {
            Ok(self)
        } else {
            Err(self.to_error())
        }
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// [`Error::Decode`] with the JSON path, but without the value found there.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let operation = self.operation;
        let mut reader = serde_json::Deserializer::from_slice(&self.body);
        let value = serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| decode_error(operation, error.path().to_string(), error.inner()))?;
        reader
            .end()
            .map_err(|error| decode_error(operation, ".".to_owned(), &error))?;
        Ok(value)
    }
}

/// Reads a part of an answer that has been parsed already.
///
/// # Errors
/// [`Error::Decode`] with the JSON path within the part, but without the value found there.
pub fn decode_value<T: DeserializeOwned>(
    operation: &'static str,
    value: serde_json::Value,
) -> Result<T, Error> {
    serde_path_to_error::deserialize(value)
        .map_err(|error| decode_error(operation, error.path().to_string(), error.inner()))
}

fn decode_error(operation: &'static str, path: String, error: &serde_json::Error) -> Error {
    let category = match error.classify() {
        Category::Io => "io",
        Category::Syntax => "syntax",
        Category::Data => "data",
        Category::Eof => "eof",
    };
    Error::Decode {
        operation,
        path,
        category,
        line: error.line(),
        column: error.column(),
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("operation", &self.operation)
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
