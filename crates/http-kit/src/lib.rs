//! Outbound HTTP for the client crates: timeouts, retries, redaction, error kind and effect.
