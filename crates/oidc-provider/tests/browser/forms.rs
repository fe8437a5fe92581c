use bheem_oidc_provider::{Methods, Page};

use crate::support::{Bed, header, location, text};

#[tokio::test]
async fn no_form_is_taken_without_the_mark_of_the_browser() {
    let bed = Bed::new().await;
    let ada = bed.person("ada").await;
    let mut browser = bed.signed_in(&ada).await;
    let page = browser.get("/account/password").await;
    let html = text(&page);
    let (_, mark) = html.split_once("name=\"csrf\" value=\"").unwrap();
    let mark = mark.split_once('"').unwrap().0.to_owned();
    let mut other = bed.browser();
    other.get("/login").await;
    for (page, path, methods) in Page::ALL {
        // These take requests of other sites; nothing happens by them alone.
        if methods == Methods::Get || matches!(page, Page::Authorize | Page::ForgotPassword) {
            continue;
        }
        let leave = ("choice", "leave");
        assert_eq!(browser.post(path, &[leave]).await.status, 403, "{path}");
        assert_eq!(
            browser.post(path, &[leave, ("csrf", "x")]).await.status,
            403,
            "{path}"
        );
        let foreign = [leave, ("csrf", mark.as_str())];
        let is_account = path.starts_with("/account");
        let answer = other.post(path, &foreign).await;
        assert!(
            answer.status == 403 || (is_account && location(&answer) == "/login"),
            "{path}"
        );
    }
    assert_eq!(bed.identity.sessions(ada.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_form_that_comes_from_elsewhere_is_refused_by_what_the_browser_says() {
    let bed = Bed::new().await;
    let ada = bed.person("ada").await;
    for (name, value, is_ours) in [
        ("origin", "https://work.example", true),
        ("origin", "null", true),
        ("origin", "https://evil.example", false),
        ("origin", "https://work.example.evil.example", false),
        ("sec-fetch-site", "same-origin", true),
        ("sec-fetch-site", "same-site", false),
        ("sec-fetch-site", "cross-site", false),
    ] {
        let mut browser = bed.browser();
        let page = browser.get("/login").await;
        browser.headers.insert(name, value.to_owned());
        let answer = browser.sign_in(&page, &ada).await;
        assert_eq!(
            answer.status,
            if is_ours { 303 } else { 403 },
            "{name}: {value}"
        );
    }
}

#[tokio::test]
async fn every_page_keeps_others_out() {
    let bed = Bed::new().await;
    let ada = bed.person("ada").await;
    let mut browser = bed.signed_in(&ada).await;
    for (_, path, methods) in Page::ALL {
        if methods == Methods::Post {
            continue;
        }
        let answer = browser.get(path).await;
        assert_eq!(header(&answer, "cache-control"), Some("no-store"), "{path}");
        assert_eq!(
            header(&answer, "referrer-policy"),
            Some("no-referrer"),
            "{path}"
        );
        assert_eq!(
            header(&answer, "x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        if answer.status == 303 {
            continue;
        }
        let policy = header(&answer, "content-security-policy").unwrap();
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        let html = text(&answer);
        assert!(html.contains("<html lang=\"en\">"), "{path}");
        for inline in ["<style", " style=", " onclick", "<script>", "javascript:"] {
            assert!(!html.contains(inline), "{path}: {inline}");
        }
    }
}

#[tokio::test]
async fn pages_speak_the_language_of_their_reader() {
    let bed = Bed::new().await;
    let mut browser = bed.browser();
    browser
        .headers
        .insert("accept-language", "de-AT,de;q=0.9,en;q=0.5".to_owned());
    let html = text(&browser.get("/login").await);
    assert!(html.contains("<html lang=\"de\">") && html.contains("Anmelden"));
}

#[tokio::test]
async fn signing_out_ends_the_session_and_takes_the_cookie() {
    let bed = Bed::new().await;
    let ada = bed.person("ada").await;
    let mut browser = bed.signed_in(&ada).await;
    let account = browser.get("/account").await;
    let done = browser.submit(&account, &[]).await;
    assert_eq!(location(&done), "/signed-out");
    assert!(!browser.cookies.contains_key("__Host-bheem-session"));
    assert!(bed.identity.sessions(ada.id).await.unwrap().is_empty());
    assert_eq!(location(&browser.get("/account").await), "/login");
}
