//! URLs as they may be shown: user-info, query and fragment can hold secrets.

use std::fmt;

use url::Url;

/// Shows scheme, host, port and path of a URL and nothing else.
pub struct RedactedUrl<'a>(pub &'a Url);

impl fmt::Display for RedactedUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.0;
        write!(
            f,
            "{}://{}",
            url.scheme(),
            url.host_str().unwrap_or_default()
        )?;
        if let Some(port) = url.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(url.path())?;
        if url.query().is_some() {
            f.write_str("?[REDACTED]")?;
        }
        Ok(())
    }
}

impl fmt::Debug for RedactedUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_info_and_query_are_hidden() {
        let url =
            Url::parse("https://me:secret@host.example:8443/a/b?token=secret#secret").unwrap();
        assert_eq!(
            RedactedUrl(&url).to_string(),
            "https://host.example:8443/a/b?[REDACTED]"
        );
    }
}
