//! An answer whose body is read as it comes.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use futures::stream::try_unfold;
use http::{HeaderMap, StatusCode};

use crate::{Error, Response};

/// An answer whose headers are here and whose body is still on its way.
pub struct StreamingResponse {
    operation: &'static str,
    answer: reqwest::Response,
    idle_timeout: Duration,
}

impl StreamingResponse {
    pub(crate) fn new(
        operation: &'static str,
        answer: reqwest::Response,
        idle_timeout: Duration,
    ) -> Self {
        Self {
            operation,
            answer,
            idle_timeout,
        }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.answer.status()
    }

    /// All headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.answer.headers()
    }

    /// Reads the rest of the body, at most `limit` bytes.
    ///
    /// # Errors
    /// If the body is larger, stalls or breaks off.
    pub async fn collect(self, limit: usize) -> Result<Response, Error> {
        let operation = self.operation;
        match tokio::time::timeout(
            self.idle_timeout,
            Response::read(operation, self.answer, limit),
        )
        .await
        {
            Ok(result) => result,
            Err(_elapsed) => Err(Error::Timeout { operation }),
        }
    }

    /// The body, piece by piece. The stream ends with an error if the peer stalls or breaks off.
    pub fn into_stream(self) -> impl Stream<Item = Result<Bytes, Error>> + Send + 'static {
        let (operation, idle_timeout) = (self.operation, self.idle_timeout);
        try_unfold(self.answer, move |mut answer| async move {
            match tokio::time::timeout(idle_timeout, answer.chunk()).await {
                Ok(Ok(chunk)) => Ok(chunk.map(|chunk| (chunk, answer))),
                Ok(Err(error)) => Err(Error::from_reqwest(operation, error)),
                Err(_elapsed) => Err(Error::Timeout { operation }),
            }
        })
    }
}

impl fmt::Debug for StreamingResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamingResponse")
            .field("operation", &self.operation)
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}
