//! What a browser sent.

use bheem_identity::Client;
use secrecy::SecretString;

use super::cookies::{self, Cookie};

/// A request of a browser.
#[derive(Debug, Clone)]
pub struct PageRequest {
    /// Where it comes from.
    pub client: Client,
    /// Whether it was posted.
    pub is_post: bool,
    pub(crate) query: String,
    pub(crate) form: Secret,
    pub(crate) session: Option<SecretString>,
    pub(crate) device: Option<SecretString>,
    pub(crate) browser: Option<SecretString>,
    pub(crate) pending: Option<SecretString>,
    pub(crate) accept_language: String,
    origin: Option<String>,
    fetch_site: Option<String>,
}

/// A form, which may hold a password.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[a form]")
    }
}

impl PageRequest {
    /// A request with its query and form, as they came, and its headers.
    pub fn new(
        client: Client,
        is_post: bool,
        query: &str,
        form: Vec<u8>,
        header: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let given = header("cookie").unwrap_or_default();
        Self {
            client,
            is_post,
            query: query.to_owned(),
            form: Secret(form),
            session: cookies::find(&given, Cookie::Session),
            device: cookies::find(&given, Cookie::Device),
            browser: cookies::find(&given, Cookie::Browser),
            pending: cookies::find(&given, Cookie::Pending),
            accept_language: header("accept-language").unwrap_or_default(),
            origin: header("origin"),
            fetch_site: header("sec-fetch-site"),
        }
    }

    /// Whether the browser says nothing that speaks against a form of our own at `origin`.
    ///
    /// Our pages send no referrer, so browsers write `null` for the origin of their forms; then it is
    /// `Sec-Fetch-Site`, and always the token in the form, that tells.
    pub(crate) fn may_be_ours(&self, origin: &str) -> bool {
        let site_is_ours = self
            .fetch_site
            .as_deref()
            .is_none_or(|site| site == "same-origin");
        let origin_is_ours = self
            .origin
            .as_deref()
            .is_none_or(|from| from == "null" || from == origin);
        site_is_ours && origin_is_ours
    }
}
