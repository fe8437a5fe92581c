//! The end of an upload in chunks, when its answer does not come.
//!
//! Nextcloud assembles the file while the MOVE waits. A proxy in between may lose patience (504) while PHP goes on, and
//! a second MOVE then meets a lock (423) or nothing at all (404). So the MOVE is never repeated: the destination tells
//! how it went (rclone/rclone#6133, nextcloud/server#17992, nextcloud/documentation#12511).

use std::time::Duration;

use bheem_http_kit::{Effect, ErrorKind};

use super::UploadSession;
use crate::{Error, Put, Resource};

const GIB: u64 = 1024 * 1024 * 1024;

/// How patiently to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// The first wait; the next ones double.
    pub first: Duration,
    /// The longest wait between two looks.
    pub cap: Duration,
    /// All waits together; `None` for as long as a MOVE of that size may take.
    pub total: Option<Duration>,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            cap: Duration::from_secs(15),
            total: None,
        }
    }
}

/// How long a MOVE of a file of this size may take: 5 minutes, and 3 for each GiB.
pub(super) fn move_time(total_bytes: u64) -> Duration {
    let minutes = total_bytes
        .div_ceil(GIB)
        .saturating_mul(3)
        .saturating_add(5);
    Duration::from_secs(minutes.saturating_mul(60))
}

/// Whether the file may be there although the answer does not say so.
pub(super) fn is_open(error: &Error) -> bool {
    match error {
        Error::Locked { .. } | Error::NotFound { .. } => true,
        // PHP itself says that it failed.
        Error::Http(error) if error.status().is_some_and(|status| status == 500) => false,
        error => {
            error.effect() == Effect::Unknown
                && matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Unavailable)
        }
    }
}

impl UploadSession {
    /// Looks until the destination is what was uploaded, or the server has no upload left to make it of.
    pub(super) async fn settle(&self, reason: Error) -> Result<Put, Error> {
        const OPERATION: &str = "finish_upload";
        let patience = self.files.patience;
        let total = patience
            .total
            .unwrap_or_else(|| move_time(self.sent_bytes()));
        let (mut waited, mut delay) = (Duration::ZERO, patience.first);
        loop {
            let is_pending = match self.is_pending().await {
                Ok(is_pending) => is_pending,
                Err(error) if error.kind().is_transient() => true,
                Err(error) => return Err(error),
            };
            // After that look, so that what ended between the two is seen.
            match self.files.client.find(&self.upload.path).await {
                Ok(Some(found)) if self.is_result(&found) => return Ok(self.put_of(found)),
                Ok(_) if !is_pending => return Err(reason),
                Err(error) if !error.kind().is_transient() => return Err(error),
                Ok(_) | Err(_) => {}
            }
            if waited >= total {
                return Err(Error::Unsettled {
                    operation: OPERATION,
                });
            }
            tokio::time::sleep(delay).await;
            waited = waited.saturating_add(delay);
            delay = delay.saturating_mul(2).min(patience.cap);
        }
    }

    /// It has the size that was sent, and is not what was there before.
    fn is_result(&self, found: &Resource) -> bool {
        let is_new = found.etag.is_none() || found.etag != self.etag_before;
        is_new && found.size_bytes == Some(self.sent_bytes())
    }

    fn put_of(&self, found: Resource) -> Put {
        Put {
            is_new: !self.was_there,
            is_time_kept: self.upload.options.modified_at.is_some_and(|time| {
                found
                    .modified_at
                    .is_some_and(|kept| kept.timestamp() == time.timestamp())
            }),
            etag: found.etag,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_may_take_minutes() {
        assert_eq!(move_time(0), Duration::from_mins(5));
        assert_eq!(move_time(1), Duration::from_mins(8));
        assert_eq!(move_time(10 * GIB), Duration::from_mins(35));
    }
}
