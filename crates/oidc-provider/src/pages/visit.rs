//! A request of a browser while it is answered: who is signed in, in which language, and what the
//! browser is to keep.

use bheem_identity::BrowserSession;
use bheem_vault::token;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{
    PageRequest,
    cookies::Cookie,
    csrf,
    problem::{Problem, Shown},
    strings::{self, Strings},
};
use crate::{Answer, Parameters, Provider, Result};

/// A request while it is answered.
pub(crate) struct Visit<'r> {
    pub(crate) request: &'r PageRequest,
    /// The cookie that forms and waiting requests are bound to.
    pub(crate) browser: SecretString,
    /// Who is signed in.
    pub(crate) session: Option<BrowserSession>,
    /// The language.
    pub(crate) s: &'static Strings,
    cookies: Vec<String>,
}

impl<'r> Visit<'r> {
    /// The one that this request belongs to; a browser without a cookie gets one.
    pub(crate) async fn begin(provider: &Provider, request: &'r PageRequest) -> Result<Self> {
        let mut cookies = Vec::new();
        let browser = if let Some(browser) = &request.browser {
            browser.clone()
        } else {
            let browser = token::generate()?;
            cookies.push(Cookie::Browser.set(&browser));
            browser
        };
        let session = match &request.session {
            Some(cookie) => provider.inner.identity.browser_session(cookie).await?,
            None => None,
        };
        Ok(Self {
            request,
            browser,
            session,
            s: strings::choose(&[], &request.accept_language),
            cookies,
        })
    }

    /// Speaks the language that a client asks for.
    pub(crate) fn speak(&mut self, ui_locales: &[String]) {
        self.s = strings::choose(ui_locales, &self.request.accept_language);
    }

    /// Lets the browser keep a cookie.
    pub(crate) fn keep(&mut self, cookie: Cookie, value: &SecretString) {
        self.cookies.push(cookie.set(value));
    }

    /// Takes a cookie away.
    pub(crate) fn drop_cookie(&mut self, cookie: Cookie) {
        self.cookies.push(cookie.clear());
    }

    /// The answer with the cookies.
    pub(crate) fn finish(self, mut answer: Answer) -> Answer {
        let cookies = self
            .cookies
            .into_iter()
            .map(|cookie| ("set-cookie", cookie));
        answer.headers.extend(cookies);
        answer
    }

    /// SHA-256 of the browser's cookie.
    pub(crate) fn browser_hash(&self) -> [u8; 32] {
        token::hash(self.browser.expose_secret().as_bytes())
    }

    /// The query.
    pub(crate) fn query(&self) -> Shown<Parameters> {
        read(self.request.query.as_bytes())
    }

    /// A form of our own: it carries the browser's mark, and nothing says that it came from elsewhere.
    pub(crate) fn form(&self, provider: &Provider) -> Shown<Parameters> {
        let form = read(&self.request.form.0)?;
        let inner = &provider.inner;
        let given = form.get("csrf").unwrap_or_default();
        let is_ours = self.request.browser.is_some()
            && self.request.may_be_ours(&origin(&inner.config.issuer))
            && csrf::is_marked(&inner.vault, &self.browser, given)?;
        if is_ours {
            Ok(form)
        } else {
            metrics::counter!("oidc_foreign_forms_total").increment(1);
            Err(Problem::Form.into())
        }
    }

    /// The form of a request that any site may post, such as an authorization request.
    pub(crate) fn open_form(&self) -> Shown<Parameters> {
        read(&self.request.form.0)
    }
}

fn read(encoded: &[u8]) -> Shown<Parameters> {
    Ok(Parameters::parse(encoded).map_err(Problem::Request)?)
}

/// The origin of an address.
pub(crate) fn origin(uri: &str) -> String {
    Url::parse(uri).map_or_else(
        |_error| String::new(),
        |url| url.origin().ascii_serialization(),
    )
}
