//! Who somebody is and how that is proven, over the wire and over several replicas.
#![cfg(test)]

#[path = "identity/acting.rs"]
mod acting;
#[path = "identity/alerts.rs"]
mod alerts;
#[path = "identity/consents.rs"]
mod consents;
#[path = "identity/factors.rs"]
mod factors;
#[path = "identity/proofs.rs"]
mod proofs;
#[path = "identity/replicas.rs"]
mod replicas;
#[path = "identity/sessions.rs"]
mod sessions;
#[path = "identity/sources.rs"]
mod sources;
#[path = "identity/step_up.rs"]
mod step_up;
mod support;
#[path = "identity/totp.rs"]
mod totp;

use bheem_http_kit::Url;
use support::{
    Answer, PASSWORD,
    browser::{Browser, Page},
    flow::{self, RelyingParty},
    sign_in::Visitor,
};

/// A browser goes to a relying party's address as `username`; answers where it ends up.
async fn visit(browser: &mut Browser, username: &str, url: &Url) -> Result<Url, Page> {
    let visitor = Visitor {
        username,
        password: PASSWORD,
    };
    let is_there = |next: &Url| next.host_str() == Some("rp.example");
    visitor.go(browser, url, is_there).await
}

/// A browser signs in to a relying party, which gets tokens.
async fn tokens(
    party: &RelyingParty,
    browser: &mut Browser,
    username: &str,
    nonce: &str,
    more: &[(&str, &str)],
) -> Answer {
    let code = code(party, browser, username, nonce, more).await;
    let answer = party.redeem(&party.issuer, &code).await.unwrap();
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    answer
}

async fn code(
    party: &RelyingParty,
    browser: &mut Browser,
    username: &str,
    nonce: &str,
    more: &[(&str, &str)],
) -> String {
    let end = visit(browser, username, &party.authorize(nonce, more)).await;
    let end = end.unwrap_or_else(|page| panic!("{}: {}", page.url, page.body));
    flow::code(&end).unwrap_or_else(|| panic!("{end}"))
}

/// Whether the browser is signed in, as the provider says without asking anything.
async fn is_signed_in(party: &RelyingParty, browser: &mut Browser) -> bool {
    let url = party.authorize("silent", &[("prompt", "none")]);
    let page = browser
        .fetch(bheem_http_kit::Method::GET, &url, &[], None)
        .await;
    let end = page.location().unwrap();
    flow::parameter(&end, "error").as_deref() != Some("login_required")
}
