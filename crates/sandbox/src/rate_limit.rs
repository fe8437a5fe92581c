//! A limit of requests that can be switched on: so many in each window, as most peers count.

use std::time::{Duration, Instant};

use serde::Deserialize;

/// See the module.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct RateLimit {
    requests: u32,
    seconds: u64,
    #[serde(skip)]
    window: Option<(Instant, u32)>,
}

impl RateLimit {
    /// Counts a request; answers how long to wait when it is one too many.
    pub(crate) fn take(&mut self) -> Option<Duration> {
        let length = Duration::from_secs(self.seconds);
        let now = Instant::now();
        let (began, count) = match self.window {
            Some((began, count)) if now.duration_since(began) < length => (began, count),
            _ => (now, 0),
        };
        self.window = Some((began, count.saturating_add(1)));
        (count >= self.requests).then(|| length.saturating_sub(now.duration_since(began)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_pass_and_the_next_is_told_to_wait() {
        let mut limit: RateLimit =
            serde_json::from_str(r#"{"requests": 2, "seconds": 3600}"#).unwrap();
        assert_eq!((limit.take(), limit.take()), (None, None));
        assert!(limit.take().unwrap() > Duration::from_secs(3500));
    }
}
