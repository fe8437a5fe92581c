//! Discovery and keys, with the relying party's side of `openidconnect` as the judge.

use std::str::FromStr;

use openidconnect::{
    ClientId, IssuerUrl, Nonce,
    core::{CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreProviderMetadata},
};

use crate::support::{Bed, ISSUER};

#[tokio::test]
async fn id_tokens_of_every_algorithm_are_good_by_the_published_keys() {
    let bed = Bed::new().await;
    let ada = bed.person("ada").await;
    let metadata: CoreProviderMetadata =
        serde_json::from_slice(&bed.provider.discovery().unwrap()).unwrap();
    assert_eq!(metadata.issuer().as_str(), ISSUER);
    let keys: CoreJsonWebKeySet = serde_json::from_slice(&bed.provider.jwks()).unwrap();
    for algorithm in ["ES256", "RS256", "EdDSA"] {
        let mut settings = Bed::settings(algorithm);
        settings.id_token_alg = algorithm.to_owned();
        let app = bed.client_with(settings, Vec::new()).await;
        let reply = bed.tokens(&app, ada, &["openid", "profile", "email"]).await;
        let verifier = CoreIdTokenVerifier::new_public_client(
            ClientId::new(app.id),
            IssuerUrl::new(ISSUER.to_owned()).unwrap(),
            keys.clone(),
        )
        .set_allowed_algs(metadata.id_token_signing_alg_values_supported().clone())
        .set_time_fn({
            let now = bed.now();
            move || now
        });
        let token = CoreIdToken::from_str(reply.text("id_token")).unwrap();
        let claims = token
            .claims(&verifier, &Nonce::new("n-0".to_owned()))
            .unwrap();
        assert_eq!(claims.subject().as_str(), ada.account.to_string());
        assert_eq!(claims.email().unwrap().as_str(), "ada@people.example");
        let hash = openidconnect::AccessTokenHash::from_token(
            &openidconnect::AccessToken::new(reply.text("access_token").to_owned()),
            token.signing_alg().unwrap(),
            token.signing_key(&verifier).unwrap(),
        );
        assert_eq!(
            claims.access_token_hash(),
            Some(&hash.unwrap()),
            "{algorithm}"
        );
        bed.userinfo(reply.text("access_token")).await.good();
    }
}

#[tokio::test]
async fn documents_are_rendered_once() {
    let bed = Bed::new().await;
    let (first, second) = (bed.provider.jwks(), bed.provider.jwks());
    assert_eq!(first.as_ptr(), second.as_ptr());
    let (first, second) = (
        bed.provider.discovery().unwrap(),
        bed.provider.discovery().unwrap(),
    );
    assert_eq!(first.as_ptr(), second.as_ptr());
}
