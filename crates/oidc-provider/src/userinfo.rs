//! Userinfo (OpenID Connect Core section 5.3), and the same for applications that speak only
//! GitLab's API.
//!
//! The token comes in the header or in a form, once (RFC 6750 section 2), or with a proof of its key
//! (RFC 9449 section 7); one that is bound to a key is refused without. It must be for our own API:
//! a service that was called with a token of its own cannot ask here who called.

use std::sync::Arc;

use bheem_domain::AccountId;
use bheem_persistence::repo::PersonClaims;
use serde_json::{Map, json};

use crate::{
    Answer, Outcome, Parameters, Provider, Refusal,
    client::Client,
    person_claims, scope,
    token::AccessClaims,
    wire::{Incoming, answer},
};

/// A request that somebody may make: the token, its client and the person.
struct Caller {
    claims: Arc<AccessClaims>,
    client: Arc<Client>,
    person: Arc<PersonClaims>,
}

/// A token as it was sent.
struct Sent<'a> {
    token: std::borrow::Cow<'a, str>,
    has_proof: bool,
}

const CHALLENGE: &str = r#"Bearer realm="workspace""#;

impl Provider {
    /// The userinfo endpoint.
    pub async fn userinfo(&self, request: &Incoming<'_>) -> Answer {
        answer(self.try_userinfo(request).await)
    }

    async fn try_userinfo(&self, request: &Incoming<'_>) -> Outcome<Answer> {
        let caller = self.caller(request).await?;
        let told = person_claims::claims(
            &caller.person,
            &caller.client,
            caller.claims.acr(),
            &caller.claims.scopes(),
            &caller.claims.userinfo_claims,
        );
        let mut body = Map::with_capacity(told.len() + 3);
        body.insert("sub".to_owned(), caller.claims.sub.as_str().into());
        body.extend(told);
        let answer = match caller.client.userinfo_algorithm {
            None => Answer::json(200, &body.into()),
            Some(algorithm) => {
                body.insert("iss".to_owned(), self.inner.config.issuer.as_str().into());
                body.insert("aud".to_owned(), caller.client.id().into());
                let keys = self.inner.identity.keys();
                let signed = keys.sign(algorithm, Some("JWT"), &body)?;
                Answer {
                    status: 200,
                    headers: vec![
                        ("content-type", "application/jwt".to_owned()),
                        ("cache-control", "no-store".to_owned()),
                    ],
                    body: signed.into(),
                }
            }
        };
        Ok(answer.readable_by(&caller.client, request.origin))
    }

    /// The person in the shape of GitLab's `GET /api/v4/user`. The address is told only when it is
    /// proven: these applications believe it.
    pub async fn gitlab_user(&self, request: &Incoming<'_>) -> Answer {
        answer(self.try_gitlab_user(request).await)
    }

    async fn try_gitlab_user(&self, request: &Incoming<'_>) -> Outcome<Answer> {
        let Caller {
            claims,
            client,
            person,
        } = self.caller(request).await?;
        let account = &person.account;
        let scopes = claims.scopes();
        let email = person
            .proven_email()
            .filter(|_| scopes.contains(&"email"))
            .map(ToString::to_string);
        let username = person.public_name();
        let name = person
            .display_name()
            .filter(|_| scopes.contains(&"profile"))
            .unwrap_or(&username);
        let body = json!({
            "id": person.number,
            "username": username,
            "login": username,
            "name": name,
            "email": email,
            "state": "active",
            "avatar_url": null,
            "web_url": self.inner.config.issuer,
            "created_at": account.created_at.to_rfc3339(),
            "bot": false,
            "external": false,
        });
        Ok(Answer::json(200, &body).readable_by(&client, request.origin))
    }

    async fn caller(&self, request: &Incoming<'_>) -> Outcome<Caller> {
        let sent = sent(request)?;
        let jkt = if sent.has_proof {
            let proof = self.check_dpop(request, Some(&sent.token)).await;
            proof.map_err(|refusal| match refusal {
                Refusal::Refused(refused) => {
                    let challenge = format!(r#"DPoP error="{}""#, refused.error.code);
                    Refusal::Refused(refused).status(401).challenge(challenge)
                }
                failed @ Refusal::Failed(_) => failed,
            })?
        } else {
            None
        };
        let Some((claims, client)) = self.read_access(&sent.token).await? else {
            return Err(invalid_token("the token is not valid"));
        };
        // A bound token needs its proof, and a proof needs a bound token.
        if claims.jkt() != jkt.as_deref() || sent.has_proof != claims.jkt().is_some() {
            return Err(invalid_token("the token is bound to another key"));
        }
        if !claims
            .aud
            .contains(&scope::own_audience(&self.inner.config))
        {
            return Err(invalid_token("the token is for somebody else"));
        }
        if !claims.scopes().contains(&"openid") {
            let challenge = format!(r#"{CHALLENGE}, error="insufficient_scope", scope="openid""#);
            return Err(
                Refusal::new("insufficient_scope", "the scope openid is needed")
                    .status(403)
                    .challenge(challenge),
            );
        }
        let account: Option<AccountId> = claims.sub.parse().ok();
        let person = match account {
            Some(account) => self.inner.people.find(account).await?,
            None => None,
        };
        match person.filter(|person| client.admits(person, claims.acr())) {
            Some(person) => Ok(Caller {
                claims,
                client,
                person,
            }),
            None => Err(invalid_token("the person may not sign in any more")),
        }
    }
}

fn invalid_token(why: &str) -> Refusal {
    Refusal::new("invalid_token", why)
        .status(401)
        .challenge(format!(r#"{CHALLENGE}, error="invalid_token""#))
}

/// Finds the token of a request.
fn sent<'a>(request: &Incoming<'a>) -> Outcome<Sent<'a>> {
    let form = if request.method == "POST" && !request.body.is_empty() {
        Parameters::parse(request.body)?
            .get("access_token")
            .map(str::to_owned)
    } else {
        None
    };
    let header = request
        .authorization
        .and_then(|header| header.split_once(' '))
        .map(|(scheme, token)| (scheme, token.trim()));
    match (header, form) {
        (Some(_), Some(_)) => Err(Refusal::new("invalid_request", "the token comes twice")
            .challenge(format!(r#"{CHALLENGE}, error="invalid_request""#))),
        (Some((scheme, token)), None) if scheme.eq_ignore_ascii_case("bearer") => Ok(Sent {
            token: token.into(),
            has_proof: false,
        }),
        (Some((scheme, token)), None)
            if scheme.eq_ignore_ascii_case("dpop") && request.dpop.is_some() =>
        {
            Ok(Sent {
                token: token.into(),
                has_proof: true,
            })
        }
        (None, Some(token)) => Ok(Sent {
            token: token.into(),
            has_proof: false,
        }),
        // RFC 6750 section 3.1: who brought nothing is told no reason.
        _ => Err(Refusal::new("invalid_token", "a token is needed")
            .status(401)
            .challenge(CHALLENGE)),
    }
}
