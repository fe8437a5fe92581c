//! What one stranger does, the others do not pay for.

use bheem_http_kit::Method;
use serde_json::{Value, json};

use crate::support::{Answer, PASSWORD, TestApp, eventually, flow::query};

type Headers<'a> = [(&'static str, &'a str); 2];

async fn behind_a_proxy(change: impl FnOnce(&mut bheem_server::settings::Settings)) -> TestApp {
    TestApp::start_with(|settings| {
        settings.http.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
        change(settings);
    })
    .await
}

async fn register(app: &TestApp, from: &str, name: &str, more: Value) -> Answer {
    let mut body = json!({"username": name, "password": PASSWORD});
    for (field, value) in more.as_object().into_iter().flatten() {
        body[field] = value.clone();
    }
    let from = [("x-forwarded-for", from)];
    app.send_with(Method::POST, "/auth/register", &from, &body)
        .await
}

async fn sign_in(app: &TestApp, headers: &Headers<'_>, name: &str, password: &str) -> Answer {
    let body = json!({"username": name, "password": password});
    app.send_with(Method::POST, "/auth/login", headers, &body)
        .await
}

fn is_limited(answer: &Answer, name: &str, quota: u32) {
    answer.is_problem(429, "too_many_requests");
    let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
    let seconds: u64 = header("retry-after").parse().unwrap();
    assert!(seconds > 0);
    let policy = header("ratelimit-policy");
    assert!(
        policy.starts_with(&format!("\"{name}\";q={quota};w=")),
        "{policy}"
    );
    assert_eq!(header("ratelimit"), format!("\"{name}\";r=0;t={seconds}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_network_registers_so_many_and_others_go_on() {
    let app = behind_a_proxy(|settings| settings.auth.registrations_per_network = 2).await;
    for (number, from) in ["2001:db8::1", "2001:db8::2"].into_iter().enumerate() {
        let answer = register(&app, from, &format!("ada{number}"), json!({})).await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
    }
    // A customer has a /64; another address of it is no other customer.
    let third = register(&app, "2001:db8::ffff:1", "ada3", json!({})).await;
    is_limited(&third, "registrations-per-network", 2);
    for from in ["2001:db8:0:1::1", "192.0.2.1"] {
        let name = from.replace([':', '.'], "-");
        let answer = register(&app, from, &format!("bob{name}"), json!({})).await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_floods_a_mailbox_and_nobody_is_kept_from_a_link() {
    let app = behind_a_proxy(|_| {}).await;
    let victim = "victim@corp.test";
    let answer = register(&app, "192.0.2.1", victim, json!({})).await;
    assert_eq!(answer.status, 201);
    // Names and networks without end, one recipient.
    for number in 0..20 {
        let from = format!("198.51.100.{number}");
        let name = format!("stranger{number}");
        let answer = register(&app, &from, &name, json!({"email": victim})).await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        let body = json!({"email": victim});
        let from = [("x-forwarded-for", from.as_str())];
        let path = "/auth/password/reset/request";
        let asked = app.send_with(Method::POST, path, &from, &body).await;
        assert_eq!(asked.status, 200, "{:?}", asked.body);
    }
    let waiting = "SELECT count(*) FROM saga.run WHERE state = 'forward'";
    eventually("all mails are out", async || {
        query(&app.database, waiting) == "0"
    })
    .await;
    let messages = app.messages_to(victim);
    let resets: Vec<&Value> = messages
        .iter()
        .filter(|message| message.to_string().contains("#token="))
        .collect();
    assert!((1..=6).contains(&resets.len()), "{}", resets.len());
    assert!(messages.len() - resets.len() <= 3, "{}", messages.len());
    // The first link is as good as one that was not sent any more.
    let link =
        json!({"token": TestApp::link_token(resets[0]), "password": "a new and long password"});
    let set = app.send(Method::POST, "/auth/set-password", &link).await;
    assert_eq!(set.status, 200, "{:?}", set.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_to_an_address_that_nobody_proved_says_nothing_a_stranger_wrote() {
    let app = TestApp::start().await;
    let lure = "Win a prize at evil.test";
    for (name, field) in [("evil.test-prize", "email"), ("other", "email")] {
        let mut body = json!({"username": name, "password": PASSWORD, "full_name": lure});
        body[field] = json!("victim@corp.test");
        let answer = app.send(Method::POST, "/auth/register", &body).await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        let person = app.sign_in(name, PASSWORD).await;
        let asked = person.post("/auth/email/verify", &json!({})).await;
        assert_eq!(asked.status, 202, "{:?}", asked.body);
        let reset = json!({"email": name});
        app.send(Method::POST, "/auth/password/reset/request", &reset)
            .await;
    }
    eventually("the mails are there", async || {
        app.messages_to("victim@corp.test").len() >= 6
    })
    .await;
    for message in app.messages_to("victim@corp.test") {
        let text = message.to_string();
        assert!(!text.contains("evil.test"), "{text}");
        assert!(!text.contains("prize"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_somebody_waits_for_passes_those_of_a_crowd() {
    // Nobody works; everything waits.
    let app = TestApp::start_with(|settings| settings.saga.slots = 0).await;
    for number in 0..40 {
        let name = format!("crowd{number}@crowd.test");
        app.person(&name).await;
    }
    app.person("ada@acme.test").await;
    let reset = json!({"email": "ada@acme.test"});
    let asked = app
        .send(Method::POST, "/auth/password/reset/request", &reset)
        .await;
    assert_eq!(asked.status, 200);
    // One mail at a time.
    let mut settings = app.settings.clone();
    settings.saga.slots = 1;
    settings.saga.slots_per_tenant = 1;
    let worker = bheem_server::server::start(&settings).await.unwrap();
    eventually("some mails are out", async || {
        app.sandbox.notify.state()["messages"]
            .as_array()
            .unwrap()
            .len()
            > 3
    })
    .await;
    let first = app.sandbox.notify.state()["messages"][0].to_string();
    assert!(
        first.contains("#token=") && first.contains("ada@acme.test"),
        "{first}"
    );
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_have_a_daily_limit_by_number_and_in_all() {
    let app = TestApp::start_with(|settings| settings.auth.codes_per_day = 7).await;
    let send = async |name: &str, number: &str| {
        let person = app.person(name).await;
        let body = json!({"phone": number});
        person.post("/auth/phone/send", &body).await
    };
    for number in 0..5 {
        let answer = send(&format!("ada{number}"), "+14155550123").await;
        assert_eq!(answer.status, 202, "{:?}", answer.body);
    }
    is_limited(&send("eve", "+1 415 555 0123").await, "codes-per-number", 5);
    for number in 0..2 {
        let answer = send(&format!("bob{number}"), &format!("+1415555020{number}")).await;
        assert_eq!(answer.status, 202, "{:?}", answer.body);
    }
    is_limited(&send("carl", "+14155550300").await, "codes-per-day", 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_behind_one_address_do_not_keep_a_known_device_out() {
    let app = behind_a_proxy(|_| {}).await;
    let own = [
        ("x-forwarded-for", "192.0.2.1"),
        ("user-agent", "Adas laptop"),
    ];
    let others = [("x-forwarded-for", "192.0.2.1"), ("user-agent", "a script")];
    app.person("ada").await;
    app.person("bob").await;
    assert_eq!(sign_in(&app, &own, "ada", PASSWORD).await.status, 200);
    // Guesses at her very name, and at names that nobody has, from the same network.
    for _ in 0..12 {
        sign_in(&app, &others, "ada", "wrong password!").await;
    }
    let guesses = (0..110).map(|number| {
        let (app, others) = (&app, &others);
        async move { sign_in(app, others, &format!("nobody{number}"), "wrong password!").await }
    });
    futures::future::join_all(guesses).await;
    let unknown = sign_in(&app, &others, "bob", PASSWORD).await;
    unknown.is_problem(429, "too_many_requests");
    let known = sign_in(&app, &own, "ada", PASSWORD).await;
    assert_eq!(known.status, 200, "{:?}", known.body);
    // Which is no way to guess on.
    let mut refused = false;
    for _ in 0..12 {
        let guess = sign_in(&app, &own, "ada", "wrong password!").await;
        refused |= guess.status == 429;
    }
    assert!(refused);
}
