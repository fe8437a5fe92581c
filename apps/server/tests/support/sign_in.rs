//! A person who goes through the pages of the provider, whatever they ask.

use bheem_http_kit::Url;

use super::browser::{Browser, Page};

/// More pages than any flow has.
const MOST_PAGES: usize = 12;

/// Who acts.
#[derive(Clone)]
pub(crate) struct Visitor<'a> {
    pub(crate) username: &'a str,
    pub(crate) password: &'a str,
}

impl Visitor<'_> {
    /// Opens an address and does what the pages ask until `stop` says that the next address is the end, or until a
    /// page asks nothing more. Answers the address, or the last page.
    pub(crate) async fn go(
        &self,
        browser: &mut Browser,
        url: &Url,
        stop: impl Fn(&Url) -> bool + Copy,
    ) -> Result<Url, Page> {
        let mut page = browser.open(url, stop).await;
        for _ in 0..MOST_PAGES {
            if let Some(end) = page.location() {
                return Ok(end);
            }
            page = match self.answer(browser, &page, stop).await {
                Some(next) => next,
                None => return Err(page),
            };
        }
        panic!("pages without end: {}", page.body);
    }

    /// Fills in what a page asks; `None` when it asks nothing.
    async fn answer(
        &self,
        browser: &mut Browser,
        page: &Page,
        stop: impl Fn(&Url) -> bool + Copy,
    ) -> Option<Page> {
        assert_eq!(page.status, 200, "{}: {}", page.url, page.body);
        let sign_in = [("username", self.username), ("password", self.password)];
        let (mark, filled): (&str, &[(&str, &str)]) = match page.url.path() {
            "/login" => ("password", &sign_in),
            "/login/accounts" => ("/login/accounts", &[("choice", "continue")]),
            "/consent" => ("/consent", &[("choice", "allow")]),
            "/device" if page.body.contains("value=\"allow\"") => {
                ("/device", &[("choice", "allow")])
            }
            "/device" if page.body.contains("id=\"user_code\"") => ("user_code", &[]),
            "/api/v1/sso/logout" => ("/api/v1/sso/logout", &[("choice", "leave")]),
            _ => return None,
        };
        let form = page.form(mark);
        Some(browser.submit(page, &form, filled, stop).await)
    }
}
