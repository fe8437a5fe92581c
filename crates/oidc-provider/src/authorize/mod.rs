//! The authorization endpoint (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2).
//!
//! The order is everything here. First the client and the address that it wants the answer at are
//! proven; until then whatever is wrong is told to the person, and no address that came with the
//! request is ever visited. Only then is the rest read, and what is wrong with it goes back to the
//! client. A request for which somebody must act becomes a row; pages carry its token, which is worth
//! nothing in another browser.

mod claims;
pub(crate) mod decide;
mod hint;
mod issue;
mod pushed;
pub(crate) mod redirect_uri;
pub(crate) mod request;
mod respond;
mod waiting;

pub(crate) use hint::Hint;
pub(crate) use respond::with_query;
pub(crate) use waiting::Waiting;

use std::sync::Arc;

use decide::{ClientFacts, Decision, Facts, SessionFacts};
use request::{AuthorizationRequest, Proven, response_mode};
use respond::Reply;

use crate::{
    OAuthError, Parameters, Provider, Result,
    client::Client,
    pages::{
        answer::redirect,
        cookies::Cookie,
        problem::{Problem, Shown},
        visit::Visit,
    },
    scope,
};

/// Whether anybody could have made the client: anybody may have a tenant, and a tenant its clients. The
/// browser is not sent to the address of such a one before its user has agreed to anything: it may have been
/// made for that alone (RFC 9700, 4.11.2).
fn is_anybodys(client: &Client) -> bool {
    client.record.tenant_id.is_some()
}

impl Provider {
    /// A request at the endpoint.
    pub(crate) async fn begin_authorization(&self, visit: &mut Visit<'_>) -> Shown {
        let is_post = visit.request.is_post;
        let parameters = if is_post {
            visit.open_form()?
        } else {
            visit.query()?
        };
        let client = self.known(&parameters).await?;
        let request = match self.read(&client, &parameters).await? {
            Ok(request) => request,
            Err(refused) => {
                let (reply, error) = *refused;
                if is_anybodys(&client) {
                    return Err(Problem::Request(error).into());
                }
                return Ok(self.refuse(visit, &reply, &error)?);
            }
        };
        visit.speak(&request.ui_locales);
        if is_post {
            // A form of another site brings no cookies along (`SameSite=Lax`), and so nobody who is
            // signed in. The way on does.
            let token = self.keep_waiting(&request, None).await?;
            return Ok(redirect(waiting::path("/login/continue", &token)));
        }
        self.proceed(visit, &client, request, None).await
    }

    async fn known(&self, parameters: &Parameters) -> Shown<Arc<Client>> {
        let id = parameters.required("client_id");
        let id = id.map_err(Problem::Request)?;
        match self.inner.clients.find(id).await? {
            Some(client) if client.is_open() => Ok(client),
            _ => Err(Problem::Client.into()),
        }
    }

    /// The request, or what the client is told at its proven address.
    async fn read(
        &self,
        client: &Client,
        parameters: &Parameters,
    ) -> Shown<Result<AuthorizationRequest, Box<(Reply, OAuthError)>>> {
        if let Some(uri) = parameters.get("request_uri")
            && pushed::is_ours(uri)
        {
            return Ok(Ok(self.take_pushed(client, uri).await?));
        }
        let redirect_uri = proven_address(client, parameters)?;
        let mut reply = Reply::new(redirect_uri, parameters);
        let parsed = match response_mode(parameters) {
            Err(error) => Err(error),
            Ok(mode) => {
                reply.mode = mode;
                self.read_rest(client, parameters, redirect_uri, mode)
            }
        };
        Ok(parsed.map_err(|error| Box::new((reply, error))))
    }

    fn read_rest(
        &self,
        client: &Client,
        parameters: &Parameters,
        redirect_uri: &str,
        mode: request::ResponseMode,
    ) -> Result<AuthorizationRequest, OAuthError> {
        let proven = Proven {
            redirect_uri,
            response_mode: mode,
            hint: self.hinted(parameters)?,
            own_audience: &scope::own_audience(&self.inner.config),
        };
        let request = AuthorizationRequest::parse(parameters, &client.record, &proven)?;
        if client.record.settings.requires_par {
            return Err(OAuthError::new(
                "invalid_request",
                "this client must push its requests",
            ));
        }
        Ok(request)
    }

    /// Decides what happens next and does it.
    pub(crate) async fn proceed(
        &self,
        visit: &mut Visit<'_>,
        client: &Client,
        request: AuthorizationRequest,
        waiting: Option<&Waiting>,
    ) -> Shown {
        let decision = self.decide(visit, client, &request, waiting).await?;
        let page = match decision {
            Decision::Answer => {
                return self.issue(visit, &request, waiting).await;
            }
            Decision::Refuse(code, description) => {
                let error = OAuthError::new(code, description);
                if is_anybodys(client) {
                    return Err(Problem::Request(error).into());
                }
                return self.give_up(visit, &request, waiting, &error).await;
            }
            Decision::SignIn => "/login",
            Decision::SecondFactor => {
                // Of whoever is signed in; what stands between the factors of another sign-in is void.
                visit.drop_cookie(Cookie::Pending);
                "/login/second-factor"
            }
            Decision::ChooseAccount => "/login/accounts",
            Decision::Consent => "/consent",
        };
        let token = if let Some(waiting) = waiting {
            waiting.token.clone()
        } else {
            let browser = visit.browser_hash();
            self.keep_waiting(&request, Some(browser)).await?
        };
        Ok(redirect(waiting::path(page, &token)))
    }

    /// Ends a request with a refusal.
    pub(crate) async fn give_up(
        &self,
        visit: &Visit<'_>,
        request: &AuthorizationRequest,
        waiting: Option<&Waiting>,
        error: &OAuthError,
    ) -> Shown {
        if let Some(waiting) = waiting {
            self.use_up(waiting).await?;
        }
        Ok(self.refuse(visit, &Reply::of(request), error)?)
    }

    async fn decide(
        &self,
        visit: &Visit<'_>,
        client: &Client,
        request: &AuthorizationRequest,
        waiting: Option<&Waiting>,
    ) -> Result<Decision> {
        let is_first_party = client.record.settings.is_first_party;
        let mut consented = Vec::new();
        let session = match &visit.session {
            None => None,
            Some(signed_in) => {
                let account = &signed_in.account;
                let acr = bheem_identity::acr(&signed_in.session.amr);
                let scope = Self::scope("decide on an authorization request");
                let mut read = self.inner.database.system_read(&scope).await?;
                if !is_first_party {
                    consented = read.consents().scopes(account.id, client.id()).await?;
                }
                let is_admitted = !client.record.settings.is_bound
                    || self
                        .inner
                        .people
                        .find(account.id)
                        .await?
                        .is_some_and(|person| client.admits(&person, decide::AAL2));
                let (mut must, mut has) = (false, false);
                if acr != decide::AAL2 {
                    must = read
                        .accounts()
                        .requires_second_factor_in(account.id, client.serves())
                        .await?;
                    let app = read.totp().find(account.id).await?;
                    has = app.is_some_and(|app| app.confirmed_at.is_some())
                        || !read.passkeys().list(account.id).await?.is_empty();
                }
                Some(SessionFacts {
                    id: signed_in.session.id,
                    account_id: account.id,
                    authenticated_at: signed_in.session.authenticated_at,
                    acr,
                    has_second_factor: has,
                    must_have_second_factor: must,
                    is_admitted,
                    consented: &consented,
                })
            }
        };
        Ok(decide::decide(&Facts {
            request,
            client: ClientFacts {
                is_first_party,
                may_be_imitated: client.is_public()
                    && !request.redirect_uri.starts_with("https://"),
            },
            session,
            progress: waiting.map(|waiting| waiting.progress),
            now: self.inner.clock.now(),
        }))
    }
}

/// The address at which the client wants its answer, if it has registered it.
fn proven_address<'p>(client: &Client, parameters: &'p Parameters) -> Shown<&'p str> {
    let given = parameters.required("redirect_uri");
    let given = given.map_err(Problem::Request)?;
    if is_registered(client, given) {
        Ok(given)
    } else {
        Err(Problem::Redirect.into())
    }
}

fn is_registered(client: &Client, uri: &str) -> bool {
    let settings = &client.record.settings;
    redirect_uri::is_registered(&settings.redirect_uris, settings.is_native, uri)
}
