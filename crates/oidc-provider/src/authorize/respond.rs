//! Answers and refusals on their way to a client: in the query of a redirect, or in a form that the
//! browser posts. Each names the issuer (RFC 9207), so that a client of several is not confused.

use askama::Template;

use super::request::{AuthorizationRequest, ResponseMode};
use crate::{
    Answer, OAuthError, Parameters, Provider, Result,
    pages::{
        answer::redirect,
        assets,
        layout::{Layout, show_page},
        security,
        visit::Visit,
    },
};

/// Where an answer goes, and how.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) redirect_uri: String,
    pub(crate) mode: ResponseMode,
    pub(crate) state: Option<String>,
}

impl Reply {
    /// To a proven address; in a query, until more is known.
    pub(crate) fn new(redirect_uri: &str, parameters: &Parameters) -> Self {
        Self {
            redirect_uri: redirect_uri.to_owned(),
            mode: ResponseMode::Query,
            state: parameters.get("state").map(str::to_owned),
        }
    }

    /// To where a request says.
    pub(crate) fn of(request: &AuthorizationRequest) -> Self {
        Self {
            redirect_uri: request.redirect_uri.clone(),
            mode: request.response_mode,
            state: request.state.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "form_post.html")]
struct FormPost<'a> {
    layout: Layout,
    action: &'a str,
    fields: Vec<(&'static str, &'a str)>,
}

impl Provider {
    /// Tells a client no.
    pub(crate) fn refuse(
        &self,
        visit: &Visit<'_>,
        reply: &Reply,
        error: &OAuthError,
    ) -> Result<Answer> {
        metrics::counter!("oidc_authorizations_total", "outcome" => error.code).increment(1);
        let fields = vec![
            ("error", error.code),
            ("error_description", error.description.as_str()),
        ];
        self.reply(visit, reply, fields)
    }

    /// Sends fields to a client.
    pub(crate) fn reply<'a>(
        &'a self,
        visit: &Visit<'_>,
        reply: &'a Reply,
        mut fields: Vec<(&'static str, &'a str)>,
    ) -> Result<Answer> {
        if let Some(state) = &reply.state {
            fields.push(("state", state));
        }
        fields.push(("iss", &self.inner.config.issuer));
        match reply.mode {
            ResponseMode::Query => Ok(redirect(with_query(&reply.redirect_uri, &fields))),
            ResponseMode::FormPost => {
                let mut layout = Layout::bare(visit.s, visit.s.sending_you_back)
                    .script(assets::form_post_script());
                layout.leads_to = security::posts_to(&reply.redirect_uri);
                show_page!(FormPost {
                    layout,
                    action: &reply.redirect_uri,
                    fields,
                })
            }
        }
    }
}

/// An address with more in its query; what it had stays (RFC 6749 section 3.1.2).
pub(crate) fn with_query(uri: &str, fields: &[(&'static str, &str)]) -> String {
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        encoded.append_pair(name, value);
    }
    let encoded = encoded.finish();
    let joint = match uri.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{uri}{joint}{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_of_an_address_stays() {
        let fields = [("code", "a b&c"), ("state", "\r\n")];
        for (uri, expected) in [
            ("https://a.example/cb", "https://a.example/cb?"),
            ("https://a.example/cb?", "https://a.example/cb?"),
            ("https://a.example/cb?x=1", "https://a.example/cb?x=1&"),
            ("https://a.example/cb?x=1&", "https://a.example/cb?x=1&"),
            ("com.example.app:/cb", "com.example.app:/cb?"),
        ] {
            let expected = format!("{expected}code=a+b%26c&state=%0D%0A");
            assert_eq!(with_query(uri, &fields), expected);
        }
    }
}
