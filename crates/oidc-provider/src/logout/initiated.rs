//! Logout that a client or a person asks for (OpenID Connect RP-Initiated Logout 1.0).
//!
//! A link that somebody plants somewhere must not sign people out: without an ID token of the very
//! session the person is asked, in a form that carries the browser's mark.

use std::sync::Arc;

use askama::Template;

use crate::{
    Parameters, Provider, Result,
    authorize::Hint,
    client::Client,
    pages::{
        answer::redirect,
        cookies::Cookie,
        layout::{Layout, show_page},
        problem::{Problem, Shown},
        security,
        strings::fill,
        visit::Visit,
    },
};

const PATH: &str = "/api/v1/sso/logout";

#[derive(Template)]
#[template(path = "sign_out.html")]
struct SignOut {
    layout: Layout,
    signed_in_as: String,
}

/// What was asked for, as far as it is good.
struct Wish {
    hint: Option<Hint>,
    client: Option<Arc<Client>>,
    /// Registered by the client.
    redirect_uri: Option<String>,
    state: Option<String>,
}

impl Provider {
    /// A request at the endpoint, or the answer of a person who was asked.
    pub(crate) async fn log_out(&self, visit: &mut Visit<'_>) -> Shown {
        if !visit.request.is_post {
            let parameters = visit.query()?;
            let wish = self.wish(&parameters).await?;
            return self.log_out_or_ask(visit, &wish).await;
        }
        let form = visit.open_form()?;
        if form.get("choice").is_none() {
            // A form of another site brings no cookies along (`SameSite=Lax`); the way on does.
            return Ok(redirect(again(&form)));
        }
        let form = visit.form(self)?;
        if form.get("choice") != Some("leave") {
            return Ok(redirect("/account"));
        }
        let wish = self.wish(&form).await?;
        self.end(visit).await?;
        Ok(farewell(&wish))
    }

    async fn log_out_or_ask(&self, visit: &mut Visit<'_>, wish: &Wish) -> Shown {
        let Some(signed_in) = &visit.session else {
            return Ok(farewell(wish));
        };
        let is_meant = wish.hint.as_ref().is_some_and(|hint| {
            hint.session_id == Some(signed_in.session.id) && hint.subject == signed_in.account.id
        });
        if is_meant {
            self.end(visit).await?;
            return Ok(farewell(wish));
        }
        let s = visit.s;
        let name = &signed_in.account.username;
        let signed_in_as = fill(s.sign_out_as, name);
        let mut layout = Layout::new(self, visit, s.sign_out_question)?;
        if let Some(client) = &wish.client {
            layout = layout.carry("client_id", client.id());
        }
        if let Some(uri) = &wish.redirect_uri {
            layout.leads_to = security::leads_to(uri);
            layout = layout.carry("post_logout_redirect_uri", uri);
        }
        if let Some(state) = &wish.state {
            layout = layout.carry("state", state);
        }
        Ok(show_page!(SignOut {
            layout,
            signed_in_as,
        })?)
    }

    /// Ends the session of this browser.
    pub(crate) async fn end(&self, visit: &mut Visit<'_>) -> Result<()> {
        if let Some(signed_in) = visit.session.take() {
            let ended = self
                .inner
                .identity
                .end_session(signed_in.account.id, signed_in.session.id)
                .await;
            match ended {
                // Somebody else was faster.
                Ok(()) | Err(bheem_identity::Error::SessionNotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        visit.drop_cookie(Cookie::Session);
        visit.drop_cookie(Cookie::Pending);
        Ok(())
    }

    async fn wish(&self, parameters: &Parameters) -> Shown<Wish> {
        let hint = parameters
            .get("id_token_hint")
            .and_then(|text| self.hint(text));
        let named = parameters.get("client_id");
        // Section 2: both must mean the same client.
        if let (Some(hint), Some(named)) = (&hint, named)
            && !hint.audiences.iter().any(|audience| audience == named)
        {
            return Err(Problem::Request(crate::OAuthError::new(
                "invalid_request",
                "client_id is not whom the ID token was made for",
            ))
            .into());
        }
        let only = hint
            .as_ref()
            .and_then(|hint| match hint.audiences.as_slice() {
                [only] => Some(only.as_str()),
                _ => None,
            });
        let client = match named.or(only) {
            Some(id) => self.inner.clients.find(id).await?,
            None => None,
        };
        // Nobody is sent where no client has registered to receive them.
        let redirect_uri = parameters
            .get("post_logout_redirect_uri")
            .filter(|uri| {
                client.as_ref().is_some_and(|client| {
                    let registered = &client.record.settings.post_logout_redirect_uris;
                    registered.iter().any(|one| one == uri)
                })
            })
            .filter(|uri| uri.bytes().all(|byte| byte.is_ascii_graphic()))
            .map(str::to_owned);
        Ok(Wish {
            hint,
            client,
            redirect_uri,
            state: parameters.get("state").map(str::to_owned),
        })
    }
}

/// The same request as a GET, with what the specification knows of it.
fn again(form: &Parameters) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for name in [
        "id_token_hint",
        "client_id",
        "post_logout_redirect_uri",
        "state",
        "ui_locales",
    ] {
        if let Some(value) = form.get(name) {
            query.append_pair(name, value);
        }
    }
    format!("{PATH}?{}", query.finish())
}

/// Back to the client, or to a page of ours.
fn farewell(wish: &Wish) -> crate::Answer {
    match (&wish.redirect_uri, &wish.state) {
        (Some(uri), Some(state)) => {
            redirect(crate::authorize::with_query(uri, &[("state", state)]))
        }
        (Some(uri), None) => redirect(uri.as_str()),
        (None, _) => redirect("/signed-out"),
    }
}
