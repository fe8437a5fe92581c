//! Whose an account is, what it is called, and who may do what with it: attacks as whole flows over HTTP.
#![cfg(test)]

#[path = "accounts/addresses.rs"]
mod addresses;
#[path = "accounts/names.rs"]
mod names;
#[path = "accounts/passwords.rs"]
mod passwords;
#[path = "accounts/policy.rs"]
mod policy;
#[path = "accounts/roles.rs"]
mod roles;
#[path = "../../../crates/identity/tests/suite/soft_authenticator.rs"]
mod soft_authenticator;
mod support;
#[expect(dead_code, reason = "the tests of factors use all of it")]
#[path = "identity/totp.rs"]
mod totp;

use bheem_http_kit::Url;
use support::{
    Answer, PASSWORD,
    browser::Browser,
    flow::{self, RelyingParty},
    sign_in::Visitor,
};

/// A browser signs in to a relying party, which gets tokens.
async fn tokens(
    party: &RelyingParty,
    browser: &mut Browser,
    username: &str,
    nonce: &str,
    more: &[(&str, &str)],
) -> Answer {
    let visitor = Visitor {
        username,
        password: PASSWORD,
    };
    let is_there = |next: &Url| next.host_str() == Some("rp.example");
    let url = party.authorize(nonce, more);
    let end = visitor.go(browser, &url, is_there);
    let end = Box::pin(end)
        .await
        .unwrap_or_else(|page| panic!("{}: {}", page.url, page.body));
    let code = flow::code(&end).unwrap_or_else(|| panic!("{end}"));
    let answer = party.redeem(&party.issuer, &code).await.unwrap();
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    answer
}
