use std::time::Duration;

use bheem_sandbox::{Fault, FaultAction, Sandbox};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{client, codes, dav, dav_status, mailcow};

fn fault(action: FaultAction) -> Fault {
    Fault {
        method: Some("POST".to_owned()),
        path_prefix: "/api/v1/add/domain".to_owned(),
        action,
        ..Fault::default()
    }
}

fn add_domain(sandbox: &Sandbox) -> reqwest::RequestBuilder {
    client()
        .post(format!("{}/api/v1/add/domain", sandbox.mailcow.base_url))
        .header("X-API-Key", sandbox.mailcow.credential("api_key"))
        .json(&json!({"domain": "a.test"}))
}

fn domains(sandbox: &Sandbox) -> usize {
    sandbox.mailcow.state()["domains"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_failure_does_nothing_and_is_over_after_its_times() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let url = format!("{}/__sandbox/faults", sandbox.mailcow.control_url);
    let body = json!({"method": "POST", "path_prefix": "/api/v1/add", "action": "fail", "status": 503, "times": 2});
    let response = client().post(&url).json(&body).send().await.unwrap();
    assert_eq!(response.status(), 201);
    for _ in 0..2 {
        assert_eq!(add_domain(&sandbox).send().await.unwrap().status(), 503);
    }
    assert_eq!(domains(&sandbox), 0);
    assert_eq!(add_domain(&sandbox).send().await.unwrap().status(), 200);
    assert_eq!(domains(&sandbox), 1);
}

#[tokio::test]
async fn apply_then_drop_applies_and_breaks_the_connection() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    sandbox.mailcow.fault(fault(FaultAction::ApplyThenDrop));
    let error = add_domain(&sandbox).send().await.unwrap_err();
    assert!(error.is_request() && error.status().is_none(), "{error:?}");
    assert_eq!(domains(&sandbox), 1);
    let (_, answer) = mailcow(
        &sandbox.mailcow,
        Method::POST,
        "add/domain",
        json!({"domain": "a.test"}),
    )
    .await;
    assert_eq!(codes(&answer), ["danger domain_exists"]);
}

#[tokio::test]
async fn a_hanging_request_does_nothing_and_ends_with_the_clients_patience() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    sandbox.mailcow.fault(fault(FaultAction::Hang));
    let patience = Duration::from_millis(200);
    let error = add_domain(&sandbox)
        .timeout(patience)
        .send()
        .await
        .unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(domains(&sandbox), 0);
    sandbox.shutdown().await;
}

#[tokio::test]
async fn garbage_is_a_success_that_cannot_be_read() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    sandbox.mailcow.fault(fault(FaultAction::Garbage));
    let response = add_domain(&sandbox).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let text = response.text().await.unwrap();
    assert!(serde_json::from_str::<Value>(&text).is_err(), "{text}");
    assert_eq!(domains(&sandbox), 0);
}

#[tokio::test]
async fn a_delay_keeps_the_answer_back_and_lasts_until_cleared() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    sandbox.mailcow.fault(Fault {
        delay_ms: 60_000,
        times: Some(-1),
        ..Fault::default()
    });
    for _ in 0..2 {
        let patience = Duration::from_millis(100);
        let error = add_domain(&sandbox)
            .timeout(patience)
            .send()
            .await
            .unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
    }
    let url = format!("{}/__sandbox/faults", sandbox.mailcow.control_url);
    assert_eq!(client().delete(&url).send().await.unwrap().status(), 204);
    assert_eq!(add_domain(&sandbox).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_failure_speaks_the_peers_language() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    sandbox.nextcloud.fault(Fault {
        method: Some("PUT".to_owned()),
        action: FaultAction::Fail,
        status: Some(423),
        ..Fault::default()
    });
    let locked = dav(&sandbox.nextcloud, "PUT", "files/sample/a", &[], "x").await;
    assert_eq!(locked.status(), 423);
    assert!(locked.text().await.unwrap().contains("FileLocked"));
    assert_eq!(
        dav_status(&sandbox.nextcloud, "PUT", "files/sample/a", &[], "x").await,
        201
    );
}

#[tokio::test]
async fn a_reset_ends_faults_and_forgets_all_but_the_installation() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    add_domain(&sandbox).send().await.unwrap();
    sandbox.mailcow.fault(Fault {
        times: Some(0),
        ..fault(FaultAction::Fail)
    });
    let url = format!("{}/__sandbox/reset", sandbox.mailcow.control_url);
    assert_eq!(client().post(&url).send().await.unwrap().status(), 204);
    assert_eq!(domains(&sandbox), 0);
    assert!(sandbox.mailcow.faults().is_empty());
    sandbox.nextcloud.reset().unwrap();
    assert_eq!(
        sandbox.nextcloud.state()["users"].as_array().unwrap().len(),
        2
    );
}

#[tokio::test]
async fn control_requests_are_checked() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let base = &sandbox.mailcow.control_url;
    let nonsense = client()
        .post(format!("{base}/__sandbox/faults"))
        .body(r#"{"action":"explode"}"#);
    assert_eq!(nonsense.send().await.unwrap().status(), 400);
    assert_eq!(
        client()
            .get(format!("{base}/__sandbox/none"))
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
}
