use crate::support::{Bed, authorize, code, leads_to, refused, text};

#[tokio::test]
async fn consent_is_remembered_and_asked_again_for_more() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client().await, bed.person("ada").await);
    let mut browser = bed.signed_in(&ada).await;
    let silent = browser.get(&authorize(&app, "prompt=none")).await;
    assert_eq!(refused(&silent), "consent_required");
    let asked = browser.get(&authorize(&app, "")).await;
    leads_to(&asked, "/consent");
    let page = browser.follow(&asked).await;
    assert!(text(&page).contains("The App asks for access"));
    code(&browser.agree(&page).await);
    code(&browser.get(&authorize(&app, "prompt=none")).await);
    let more = authorize(&app, "").replace("scope=openid", "scope=openid+email");
    let asked = browser.get(&more).await;
    leads_to(&asked, "/consent");
    let page = browser.follow(&asked).await;
    assert!(text(&page).contains("see your e-mail address"));
    code(&browser.agree(&page).await);
    code(&browser.get(&more).await);
}

#[tokio::test]
async fn consent_is_asked_for_again_where_the_client_wants_it() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client().await, bed.person("ada").await);
    let mut browser = bed.signed_in(&ada).await;
    for _ in 0..2 {
        let asked = browser.get(&authorize(&app, "prompt=consent")).await;
        leads_to(&asked, "/consent");
        let page = browser.follow(&asked).await;
        code(&browser.agree(&page).await);
    }
}

#[tokio::test]
async fn who_does_not_agree_is_taken_at_their_word() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client().await, bed.person("ada").await);
    let mut browser = bed.signed_in(&ada).await;
    let asked = browser.get(&authorize(&app, "")).await;
    let page = browser.follow(&asked).await;
    let answer = browser.submit(&page, &[("choice", "deny")]).await;
    assert_eq!(refused(&answer), "access_denied");
    assert_eq!(
        browser.agree(&page).await.status,
        400,
        "the request is over"
    );
    let silent = browser.get(&authorize(&app, "prompt=none")).await;
    assert_eq!(refused(&silent), "consent_required");
}

#[tokio::test]
async fn consent_is_that_of_whoever_was_asked() {
    let bed = Bed::new().await;
    let app = bed.client().await;
    let (ada, bob) = (bed.person("ada").await, bed.person("bob").await);
    let mut browser = bed.signed_in(&ada).await;
    let asked = browser.get(&authorize(&app, "")).await;
    let page = browser.follow(&asked).await;
    // In another window of the same browser somebody else signs in meanwhile.
    let login = browser.get("/login?again=1").await;
    browser.sign_in(&login, &bob).await;
    leads_to(&browser.agree(&page).await, "/consent");
    let mut read = bed.read().await;
    for person in [&ada, &bob] {
        let agreed = read.consents().scopes(person.id, &app.id).await.unwrap();
        assert!(agreed.is_empty(), "{}", person.name);
    }
}

#[tokio::test]
async fn consent_that_is_taken_back_is_gone() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client().await, bed.person("ada").await);
    let mut browser = bed.signed_in(&ada).await;
    let asked = browser.get(&authorize(&app, "")).await;
    let page = browser.follow(&asked).await;
    code(&browser.agree(&page).await);
    let account = browser.get("/account").await;
    let html = text(&account);
    assert!(html.contains("The App"));
    let (_, mark) = html.split_once("name=\"csrf\" value=\"").unwrap();
    let (mark, _) = mark.split_once('"').unwrap();
    let fields = [("csrf", mark), ("client_id", app.id.as_str())];
    leads_to(
        &browser.post("/account/consents/remove", &fields).await,
        "/account",
    );
    let silent = browser.get(&authorize(&app, "prompt=none")).await;
    assert_eq!(refused(&silent), "consent_required");
}
