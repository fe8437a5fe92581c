use bheem_identity::Algorithm;
use bheem_oidc_provider::Answer;
use serde_json::{Value, json};

use crate::support::{App, Bed, Browser, ISSUER, Person, leads_to, location, text};

const BYE: &str = "https://app.example/bye";

/// An ID token of the person's session, changed.
async fn hint(bed: &Bed, app: &App, ada: &Person, change: impl FnOnce(&mut Value)) -> String {
    let session = bed.identity.sessions(ada.id).await.unwrap().remove(0);
    let mut claims =
        json!({"iss": ISSUER, "sub": ada.id, "aud": app.id, "sid": session.id, "exp": 1});
    change(&mut claims);
    let keys = bed.identity.keys();
    keys.sign(Algorithm::Es256, Some("JWT"), &claims).unwrap()
}

async fn log_out(browser: &mut Browser<'_>, query: &str) -> Answer {
    browser.get(&format!("/api/v1/sso/logout?{query}")).await
}

async fn is_signed_in(bed: &Bed, ada: &Person) -> bool {
    !bed.identity.sessions(ada.id).await.unwrap().is_empty()
}

#[tokio::test]
async fn an_id_token_of_the_very_session_signs_out_without_a_question() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client().await, bed.person("ada").await);
    let mut browser = bed.signed_in(&ada).await;
    let hint = hint(&bed, &app, &ada, |_| ()).await;
    let query = format!("id_token_hint={hint}&post_logout_redirect_uri={BYE}&state=s%26x");
    let answer = log_out(&mut browser, &query).await;
    assert_eq!(location(&answer), format!("{BYE}?state=s%26x"));
    assert!(!is_signed_in(&bed, &ada).await);
}

#[tokio::test]
async fn nothing_less_signs_out_without_asking() {
    let bed = Bed::new().await;
    let (app, ada, bob) = (
        bed.client().await,
        bed.person("ada").await,
        bed.person("bob").await,
    );
    let mut browser = bed.signed_in(&ada).await;
    let other_session = hint(&bed, &app, &ada, |claims| {
        claims["sid"] = json!("01890000-0000-7000-8000-000000000000");
    });
    let no_session = hint(&bed, &app, &ada, |claims| claims["sid"] = Value::Null);
    let other_subject = hint(&bed, &app, &ada, |claims| claims["sub"] = json!(bob.id));
    let other_issuer = hint(&bed, &app, &ada, |claims| {
        claims["iss"] = json!("https://evil.example");
    });
    let access_token = {
        let claims = json!({"iss": ISSUER, "sub": ada.id, "aud": app.id,
            "sid": bed.identity.sessions(ada.id).await.unwrap()[0].id});
        let keys = bed.identity.keys();
        keys.sign(Algorithm::Es256, Some("at+jwt"), &claims)
            .unwrap()
    };
    let mut queries = vec![String::new(), "id_token_hint=x.y.z".to_owned()];
    for hint in [
        other_session.await,
        no_session.await,
        other_subject.await,
        other_issuer.await,
        access_token,
    ] {
        queries.push(format!("id_token_hint={hint}"));
    }
    for query in queries {
        let page = log_out(&mut browser, &query).await;
        assert_eq!(page.status, 200, "{query}");
        assert!(text(&page).contains("Do you want to sign out?"), "{query}");
        assert!(is_signed_in(&bed, &ada).await, "{query}");
    }
    let page = log_out(&mut browser, "").await;
    leads_to(
        &browser.submit(&page, &[("choice", "stay")]).await,
        "/account",
    );
    assert!(is_signed_in(&bed, &ada).await);
    leads_to(
        &browser.submit(&page, &[("choice", "leave")]).await,
        "/signed-out",
    );
    assert!(!is_signed_in(&bed, &ada).await);
}

#[tokio::test]
async fn nobody_is_sent_where_no_client_has_registered() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client().await, bed.person("ada").await);
    for (client_id, uri) in [
        (app.id.as_str(), "https://evil.example/"),
        (app.id.as_str(), "https://app.example/bye/"),
        (app.id.as_str(), "https://app.example/bye?x=1"),
        (app.id.as_str(), "https://app.example@evil.example/bye"),
        (app.id.as_str(), "//evil.example"),
        (app.id.as_str(), "javascript:alert(1)"),
        ("nobody", BYE),
        ("", BYE),
    ] {
        let query = format!("client_id={client_id}&post_logout_redirect_uri={uri}");
        let mut nobody = bed.browser();
        leads_to(&log_out(&mut nobody, &query).await, "/signed-out");
        let mut browser = bed.signed_in(&ada).await;
        let page = log_out(&mut browser, &query).await;
        let done = browser.submit(&page, &[("choice", "leave")]).await;
        leads_to(&done, "/signed-out");
        // Nor by a form that was changed on the way.
        let mut browser = bed.signed_in(&ada).await;
        let page = log_out(&mut browser, &format!("client_id={}", app.id)).await;
        let fields = [("choice", "leave"), ("post_logout_redirect_uri", uri)];
        let done = browser.submit(&page, &fields).await;
        if uri != BYE {
            leads_to(&done, "/signed-out");
        }
    }
    let mut browser = bed.signed_in(&ada).await;
    let query = format!("client_id={}&post_logout_redirect_uri={BYE}", app.id);
    let page = log_out(&mut browser, &query).await;
    let done = browser.submit(&page, &[("choice", "leave")]).await;
    assert_eq!(location(&done), BYE);
}

#[tokio::test]
async fn client_and_hint_mean_the_same() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client().await, bed.person("ada").await);
    let other = bed.client_with(Bed::settings("Other")).await;
    let mut browser = bed.signed_in(&ada).await;
    let hint = hint(&bed, &app, &ada, |_| ()).await;
    let query = format!("id_token_hint={hint}&client_id={}", other.id);
    assert_eq!(log_out(&mut browser, &query).await.status, 400);
    assert!(is_signed_in(&bed, &ada).await);
}
