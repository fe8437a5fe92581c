//! The client of buckets against Moto.
#![cfg(test)]

#[path = "../../clients/objects/tests/contract/mod.rs"]
mod contract;

use std::time::Duration;

use bheem_http_kit::{Auth, ClientBuilder, HttpClient, Method, Url};
use bheem_local_servers::{
    moto::{Moto, Signatures},
    tools,
};
use bheem_objects::{Bucket, Key, SecretString};
use secrecy::ExposeSecret as _;

fn open(moto: &Moto, bucket: &str, secret: &SecretString) -> Bucket {
    Bucket::builder(moto.region(), bucket, moto.access_key(), secret.clone())
        .endpoint(moto.base_url())
        .build()
        .unwrap()
}

#[tokio::test]
async fn the_contract_holds_and_a_signed_address_opens() {
    let Some(python) = tools("moto").await.unwrap() else {
        return;
    };
    let moto = Moto::start(&python, Signatures::Ignored).await.unwrap();
    let bucket = open(&moto, moto.bucket(), moto.secret());
    let folder = Key::from_segments(["tenant"]).unwrap();
    contract::suite(&bucket, &folder).await;
    let key = folder.join("a b.txt").unwrap();
    bucket
        .put(&key, "text/plain", "hello".into())
        .await
        .unwrap();
    let minute = Duration::from_mins(1);
    let url = bucket.signed_url(&key, minute, Some("Grüße.txt")).await;
    let (status, body) = fetch(url.unwrap().expose_secret()).await;
    assert_eq!((status, body.as_str()), (200, "hello"));
}

#[tokio::test]
async fn a_wrong_secret_and_a_missing_bucket_are_refused() {
    let Some(python) = tools("moto").await.unwrap() else {
        return;
    };
    let moto = Moto::start(&python, Signatures::Checked).await.unwrap();
    let key = Key::from_segments(["tenant", "a.txt"]).unwrap();
    let stranger = open(&moto, moto.bucket(), &"not the secret".into());
    let nowhere = open(&moto, "no-such-bucket", moto.secret());
    contract::refusals(&stranger, &nowhere, &key).await;
    let bucket = open(&moto, moto.bucket(), moto.secret());
    let put = bucket.put(&key, "text/plain", "hello".into()).await;
    put.unwrap();
}

/// What a browser gets.
async fn fetch(url: &str) -> (u16, String) {
    let url = Url::parse(url).unwrap();
    let origin = url.origin().ascii_serialization();
    let http: HttpClient = ClientBuilder::new("browser", origin, Auth::None, |http| http)
        .build()
        .unwrap();
    let path: Vec<String> = url
        .path_segments()
        .unwrap()
        .map(|segment| bheem_http_kit::decode_segment(segment).unwrap())
        .collect();
    let segments: Vec<&str> = path.iter().map(String::as_str).collect();
    let mut request = http.request("fetch", Method::GET, &segments);
    for (name, value) in url.query_pairs() {
        request = request.query(&name, &value);
    }
    let answer = request.send().await.unwrap();
    let body = String::from_utf8_lossy(answer.body()).into_owned();
    (answer.status().as_u16(), body)
}
