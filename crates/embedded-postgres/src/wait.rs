//! Waiting for another process: look, pause, look again, with a limit.

use std::time::{Duration, Instant};

/// Asks `look` every few milliseconds until it gives a value or `limit` has passed.
pub(crate) fn until<T, E>(
    limit: Duration,
    mut look: impl FnMut() -> Result<Option<T>, E>,
) -> Result<Option<T>, E> {
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(value) = look()? {
            return Ok(Some(value));
        }
        if started.elapsed() >= limit {
            return Ok(None);
        }
        sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the state of a foreign process can only be polled, and this crate is documented as blocking"
)]
fn sleep(pause: Duration) {
    std::thread::sleep(pause);
}
