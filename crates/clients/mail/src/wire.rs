//! Lines and counted bytes, with a cap on both. IMAP and ManageSieve are made of them, and SMTP until it is encrypted.

use std::io;

use bheem_http_kit::Effect;
use futures::FutureExt as _;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};

use crate::{Error, tls::BoxStream};

/// Memory for announced bytes is taken as they come, this much at a time: an announcement is cheap.
const STEP: usize = 64 * 1024;

#[derive(Debug)]
pub(crate) struct Wire {
    stream: BufReader<BoxStream>,
    /// What may still be read for the current answer.
    allowance: usize,
    limit: usize,
}

impl Wire {
    pub(crate) fn new(stream: BoxStream, limit: usize) -> Self {
        Self {
            stream: BufReader::with_capacity(16 * 1024, stream),
            allowance: limit,
            limit,
        }
    }

    /// A new answer may be as large as the last.
    pub(crate) fn renew_allowance(&mut self) {
        self.allowance = self.limit;
    }

    /// A line without its end.
    pub(crate) async fn line(
        &mut self,
        operation: &'static str,
        limit: usize,
    ) -> Result<Vec<u8>, Error> {
        let mut line = Vec::new();
        loop {
            let buffer = self
                .stream
                .fill_buf()
                .await
                .map_err(|source| interrupted(operation, source))?;
            if buffer.is_empty() {
                return Err(ended(operation));
            }
            let (taken, is_whole) = match buffer.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at.saturating_add(1), true),
                None => (buffer.len(), false),
            };
            line.extend_from_slice(buffer.get(..taken).unwrap_or_default());
            self.stream.consume(taken);
            self.spend(operation, taken)?;
            if line.len() > limit {
                return Err(too_large(operation, limit));
            }
            if is_whole {
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
        }
    }

    /// Exactly so many bytes.
    pub(crate) async fn bytes(
        &mut self,
        operation: &'static str,
        count: usize,
        limit: usize,
    ) -> Result<Vec<u8>, Error> {
        if count > limit {
            return Err(too_large(operation, limit));
        }
        self.spend(operation, count)?;
        let mut bytes = Vec::new();
        while bytes.len() < count {
            let at = bytes.len();
            let step = count.saturating_sub(at).min(STEP);
            bytes.resize(at.saturating_add(step), 0);
            let target = bytes.get_mut(at..).unwrap_or_default();
            self.stream
                .read_exact(target)
                .await
                .map_err(|source| interrupted(operation, source))?;
        }
        Ok(bytes)
    }

    fn spend(&mut self, operation: &'static str, count: usize) -> Result<(), Error> {
        self.allowance = self
            .allowance
            .checked_sub(count)
            .ok_or_else(|| too_large(operation, self.limit))?;
        Ok(())
    }

    pub(crate) async fn write(
        &mut self,
        operation: &'static str,
        bytes: &[u8],
    ) -> Result<(), Error> {
        let work = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        work.await.map_err(|source| interrupted(operation, source))
    }

    /// Waits until there is something to read, or the end. May be cancelled.
    pub(crate) async fn wait_for_data(&mut self, operation: &'static str) -> Result<(), Error> {
        self.stream
            .fill_buf()
            .await
            .map(|_data| ())
            .map_err(|source| interrupted(operation, source))
    }

    /// Has the server said nothing since the last answer? An end, a good-bye or anything unasked makes it not so.
    pub(crate) fn is_quiet(&mut self) -> bool {
        self.stream.fill_buf().now_or_never().is_none()
    }

    /// The connection itself, to be encrypted. What came before the encryption and was not read yet could be anybody's:
    /// then there is none.
    pub(crate) fn into_stream(self, operation: &'static str) -> Result<BoxStream, Error> {
        if self.stream.buffer().is_empty() {
            Ok(self.stream.into_inner())
        } else {
            Err(Error::protocol(
                operation,
                "something was said before the encryption",
            ))
        }
    }
}

fn ended(operation: &'static str) -> Error {
    interrupted(operation, io::ErrorKind::UnexpectedEof.into())
}

fn interrupted(operation: &'static str, source: io::Error) -> Error {
    Error::Interrupted {
        operation,
        source,
        effect: Effect::Unknown,
    }
}

fn too_large(operation: &'static str, limit: usize) -> Error {
    Error::TooLarge {
        operation,
        limit,
        effect: Effect::Unknown,
    }
}
