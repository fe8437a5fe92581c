//! Token exchange (RFC 8693): a service takes the token that a person's client called it with to a
//! shorter one for the next service.
//!
//! Three rules keep it from widening anything. The subject token must have been made for this client,
//! or name it in its audience. What is asked for must be a resource that the client is registered
//! for. And the result lives no longer than the subject token, has no scope that it had not, hangs on
//! the same grant and session, and says who acts.

use std::time::Duration;

use bheem_domain::AccountId;
use chrono::DateTime;

use super::{
    TokenRequest,
    access::{AccessClaims, Actor, NewAccess},
    answer::body,
};
use crate::{Answer, Outcome, Provider, Refusal, wire::put};

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// Life of the result.
const LIFE: Duration = Duration::from_mins(5);
/// So many services may act for one another.
const LONGEST_CHAIN: usize = 5;

impl Provider {
    pub(super) async fn exchange(&self, request: TokenRequest<'_>) -> Outcome<Answer> {
        let (client, parameters) = (request.client, request.parameters);
        if client.is_public() {
            return Err(Refusal::new(
                "unauthorized_client",
                "a public client cannot exchange tokens",
            ));
        }
        if parameters.required("subject_token_type")? != ACCESS_TOKEN {
            return Err(invalid("subject_token_type is not supported"));
        }
        if parameters
            .get("requested_token_type")
            .is_some_and(|wanted| wanted != ACCESS_TOKEN)
        {
            return Err(invalid("requested_token_type is not supported"));
        }
        if parameters.get("actor_token").is_some() {
            return Err(invalid("actor_token is not supported"));
        }
        let text = parameters.required("subject_token")?;
        let subject = self.read_access(text).await?;
        let (subject, _) = subject.ok_or_else(|| invalid("the subject token is not valid"))?;
        self.check_subject(&request, &subject).await?;

        let audience = targets(&request)?;
        let allowed = subject
            .scopes()
            .into_iter()
            .map(str::to_owned)
            .filter(|scope| client.record.settings.scopes.contains(scope))
            .collect::<Vec<_>>();
        let scopes = crate::scope::narrowed(parameters, &allowed)?;
        let act = actor(client.id(), &subject)?;
        let now = self.inner.clock.now();
        let (token, claims) = self.issue_access(
            NewAccess {
                client,
                subject: subject.sub.clone(),
                audience,
                scopes: &scopes,
                root: subject.root.clone(),
                jkt: request.jkt,
                act: Some(act),
                userinfo_claims: Vec::new(),
                life: LIFE,
                not_after: DateTime::from_timestamp(subject.exp, 0),
            },
            now,
        )?;
        let mut body = body(&token, &claims, now);
        put(&mut body, "issued_token_type", ACCESS_TOKEN);
        Ok(Answer::json(200, &body))
    }

    /// Whether the client may stand on this token.
    async fn check_subject(
        &self,
        request: &TokenRequest<'_>,
        subject: &AccessClaims,
    ) -> Outcome<()> {
        let client = request.client;
        if subject.client_id != client.id() && !subject.aud.contains(client.id()) {
            return Err(invalid("the subject token is not for this client"));
        }
        if let Some(bound) = subject.jkt()
            && request.jkt.as_deref() != Some(bound)
        {
            return Err(invalid("the subject token is bound to another key"));
        }
        let account: Option<AccountId> = subject.sub.parse().ok();
        let (Some(account), Some(_)) = (account, &subject.root) else {
            return Err(invalid("the subject token is not a person's"));
        };
        let person = self.inner.people.find(account).await?;
        if person.is_some_and(|person| client.admits(&person, subject.acr())) {
            Ok(())
        } else {
            Err(invalid("the person may not use this client"))
        }
    }
}

fn invalid(why: &str) -> Refusal {
    Refusal::new("invalid_request", why)
}

/// Where the result is to be used: what the client is registered for, and nothing by default.
fn targets(request: &TokenRequest<'_>) -> Outcome<Vec<String>> {
    let parameters = request.parameters;
    let mut targets: Vec<String> = Vec::new();
    for target in parameters.all("resource").chain(parameters.all("audience")) {
        let resources = &request.client.record.settings.resources;
        if !resources.iter().any(|resource| resource == target) {
            return Err(Refusal::new(
                "invalid_target",
                "the client may not have tokens for this resource",
            ));
        }
        if !targets.iter().any(|other| other == target) {
            targets.push(target.to_owned());
        }
    }
    if targets.is_empty() {
        return Err(Refusal::new(
            "invalid_target",
            "resource or audience is missing",
        ));
    }
    Ok(targets)
}

/// Section 4.1: the client acts, for whoever acted before.
fn actor(client_id: &str, subject: &AccessClaims) -> Outcome<Actor> {
    let mut length = 1;
    let mut link = subject.act.as_ref();
    while let Some(actor) = link {
        length += 1;
        link = actor.act.as_deref();
    }
    if length > LONGEST_CHAIN {
        return Err(invalid("too many services act for one another"));
    }
    Ok(Actor {
        sub: client_id.to_owned(),
        act: subject.act.clone().map(Box::new),
    })
}
