//! A client that knows nothing of our client crates.

use bheem_sandbox::PeerHandle;
use reqwest::{Client, Method, Response};
use serde_json::Value;

#[expect(
    clippy::disallowed_methods,
    reason = "the stand-ins are tested by a plain client"
)]
pub(crate) fn client() -> Client {
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

/// Status and JSON body.
pub(crate) async fn json(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}

/// A request to Mailcow with the key that may write.
pub(crate) async fn mailcow(
    peer: &PeerHandle,
    method: Method,
    path: &str,
    body: Value,
) -> (u16, Value) {
    let url = format!("{}/api/v1/{path}", peer.base_url);
    let mut request = client()
        .request(method, url)
        .header("X-API-Key", peer.credential("api_key"));
    if !body.is_null() {
        request = request.json(&body);
    }
    json(request.send().await.unwrap()).await
}

/// The types and codes of Mailcow's verdicts.
pub(crate) fn codes(answer: &Value) -> Vec<String> {
    let entries = answer.as_array().unwrap();
    entries
        .iter()
        .map(|entry| {
            let message = &entry["msg"];
            let code = message
                .as_str()
                .unwrap_or_else(|| message[0].as_str().unwrap());
            format!("{} {code}", entry["type"].as_str().unwrap())
        })
        .collect()
}

/// An OCS call by the administrator.
pub(crate) async fn ocs(peer: &PeerHandle, method: &str, path: &str, body: Value) -> (u16, Value) {
    let admin = (
        peer.credential("admin_user"),
        peer.credential("admin_password"),
    );
    ocs_as(peer, admin, method, path, body).await
}

pub(crate) async fn ocs_as(
    peer: &PeerHandle,
    (user, password): (&str, &str),
    method: &str,
    path: &str,
    body: Value,
) -> (u16, Value) {
    let url = format!("{}/ocs/{path}", peer.base_url);
    let mut request = client()
        .request(method.parse().unwrap(), url)
        .basic_auth(user, Some(password))
        .header("OCS-APIRequest", "true")
        .header("Accept", "application/json");
    if !body.is_null() {
        request = request.json(&body);
    }
    json(request.send().await.unwrap()).await
}

/// The code in an OCS envelope.
pub(crate) fn code(answer: &Value) -> i64 {
    answer["ocs"]["meta"]["statuscode"].as_i64().unwrap()
}

/// A DAV request by the sample user; `path` is below `/remote.php/dav/`.
pub(crate) async fn dav(
    peer: &PeerHandle,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response {
    let url = format!("{}/remote.php/dav/{path}", peer.base_url);
    let mut request = client()
        .request(method.parse().unwrap(), url)
        .basic_auth(
            peer.credential("sample_user"),
            Some(peer.credential("sample_password")),
        )
        .body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

pub(crate) async fn dav_status(
    peer: &PeerHandle,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> u16 {
    dav(peer, method, path, headers, body)
        .await
        .status()
        .as_u16()
}
