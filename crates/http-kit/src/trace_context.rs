//! The caller's W3C trace context, carried to every request made inside a scope.
//!
//! A task-local instead of an argument: otherwise each method of each client would have to pass it on.

use std::future::Future;

use http::HeaderValue;

tokio::task_local! {
    static CURRENT: HeaderValue;
}

/// A checked `traceparent` value (W3C Trace Context, section 3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traceparent(HeaderValue);

/// The text is no `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a W3C traceparent")]
pub struct TraceparentError;

impl Traceparent {
    /// Parses a value such as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`.
    ///
    /// # Errors
    /// If the text has another form.
    pub fn parse(text: &str) -> Result<Self, TraceparentError> {
        let lengths: Vec<usize> = text.split('-').map(str::len).collect();
        let is_hex = text
            .bytes()
            .all(|b| b == b'-' || b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if lengths != [2, 32, 16, 2] || !is_hex {
            return Err(TraceparentError);
        }
        HeaderValue::try_from(text)
            .map(Self)
            .map_err(|_invalid| TraceparentError)
    }
}

/// Runs `work`; every request it makes carries `parent`.
pub async fn with_traceparent<F: Future>(parent: Traceparent, work: F) -> F::Output {
    CURRENT.scope(parent.0, work).await
}

pub(crate) fn current() -> Option<HeaderValue> {
    CURRENT.try_with(Clone::clone).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_well_formed_values_are_accepted() {
        assert!(
            Traceparent::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").is_ok()
        );
        for wrong in [
            "",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-1-2-3",
            "zz",
        ] {
            assert_eq!(Traceparent::parse(wrong), Err(TraceparentError), "{wrong}");
        }
    }
}
