//! The device grant.

use bheem_oidc_provider::Incoming;
use bheem_persistence::repo::DeviceApproval;
use bheem_vault::token;

use crate::support::{App, Bed, Person, Reply, form};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn begin(bed: &Bed, app: &App) -> Reply {
    let (header, body) = (app.header(), form(&[("scope", "openid")]));
    let request = Incoming {
        method: "POST",
        path: "/api/v1/sso/device_authorization",
        authorization: header.as_deref(),
        body: body.as_bytes(),
        ..Incoming::default()
    };
    let reply = Reply::from(bed.provider.device_authorization(&request).await);
    reply.good()
}

async fn poll(bed: &Bed, app: &App, code: &str) -> Reply {
    bed.token(app, &[("grant_type", GRANT), ("device_code", code)])
        .await
}

async fn answer(bed: &Bed, user_code: &str, person: Option<Person>) -> bool {
    let hash = token::hash(user_code.replace('-', "").as_bytes());
    let mut read = bed.read().await;
    let found = read
        .device_codes()
        .find_by_user_code(&hash, bed.now())
        .await;
    let record = found.unwrap().unwrap();
    match person {
        None => read
            .device_codes()
            .deny(record.id, bed.now())
            .await
            .unwrap(),
        Some(person) => {
            let approval = DeviceApproval {
                account_id: person.account,
                session_id: person.session,
                authenticated_at: bed.now(),
                amr: vec!["pwd".to_owned()],
                scopes: record.scopes,
            };
            read.device_codes()
                .approve(record.id, &approval, bed.now())
                .await
                .unwrap()
        }
    }
}

#[tokio::test]
async fn a_device_waits_for_a_person_and_gets_tokens_once() {
    let bed = Bed::new().await;
    let (app, ada) = (bed.client("app").await, bed.person("ada").await);
    let begun = begin(&bed, &app).await;
    assert_eq!(
        begun.text("verification_uri"),
        "https://work.example/device"
    );
    let code = begun.text("device_code");
    poll(&bed, &app, code)
        .await
        .is_refused(400, "authorization_pending");
    poll(&bed, &app, code).await.is_refused(400, "slow_down");
    bed.pass(9);
    // Five seconds became ten.
    poll(&bed, &app, code).await.is_refused(400, "slow_down");
    bed.pass(15);
    poll(&bed, &app, code)
        .await
        .is_refused(400, "authorization_pending");
    assert!(answer(&bed, begun.text("user_code"), Some(ada)).await);
    let other = bed.client("other").await;
    poll(&bed, &other, code)
        .await
        .is_refused(400, "invalid_grant");
    let reply = poll(&bed, &app, code).await.good();
    bed.userinfo(reply.text("access_token")).await.good();
    poll(&bed, &app, code)
        .await
        .is_refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_refusal_and_the_end_of_time_are_told_apart() {
    let bed = Bed::new().await;
    let app = bed.client("app").await;
    let refused = begin(&bed, &app).await;
    assert!(answer(&bed, refused.text("user_code"), None).await);
    let reply = poll(&bed, &app, refused.text("device_code")).await;
    reply.is_refused(400, "access_denied");
    let late = begin(&bed, &app).await;
    bed.pass(600);
    let reply = poll(&bed, &app, late.text("device_code")).await;
    reply.is_refused(400, "expired_token");
    poll(&bed, &app, "x").await.is_refused(400, "invalid_grant");
}
