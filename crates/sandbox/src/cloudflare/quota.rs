//! How much of the allowance is left, as it stands in the headers of each answer: 1200 requests in five minutes. It is told,
//! and not enforced; a limit that is has to be switched on by control, as for every stand-in.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::http::Answer;

const REQUESTS: u32 = 1200;
const WINDOW: Duration = Duration::from_mins(5);

/// The window that is running, and the requests in it.
#[derive(Debug, Default)]
pub(super) struct Quota(Mutex<Option<(Instant, u32)>>);

impl Quota {
    /// Counts a request and tells what is left.
    pub(super) fn tell(&self, answer: Answer) -> Answer {
        let now = Instant::now();
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (began, count) = match *window {
            Some((began, count)) if now.duration_since(began) < WINDOW => (began, count),
            _ => (now, 0),
        };
        let count = count.saturating_add(1);
        *window = Some((began, count));
        let left = REQUESTS.saturating_sub(count);
        let until = WINDOW.saturating_sub(now.duration_since(began)).as_secs();
        answer
            .with("Ratelimit", format!("\"default\";r={left};t={until}"))
            .with(
                "Ratelimit-Policy",
                format!("\"default\";q={REQUESTS};w={}", WINDOW.as_secs()),
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_leaves_one_less() {
        let quota = Quota::default();
        let told = |answer: &Answer| answer.headers[0].1.clone();
        assert!(told(&quota.tell(Answer::empty(200))).contains(";r=1199;"));
        assert!(told(&quota.tell(Answer::empty(200))).contains(";r=1198;"));
    }
}
