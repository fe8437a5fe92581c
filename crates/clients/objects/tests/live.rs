//! Against a real bucket: runs only if `LIVE_OBJECTS_URL` is set, with `LIVE_OBJECTS_REGION`, `LIVE_OBJECTS_BUCKET`, `LIVE_OBJECTS_KEY` and
//! `LIVE_OBJECTS_SECRET`. Writes some 30 MB below `bheem-live-test` and removes them.
#![cfg(test)]

mod contract;

use bheem_objects::{Bucket, Key};

#[expect(
    clippy::disallowed_methods,
    reason = "live tests are configured by the environment"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test]
async fn objects() {
    let Some(url) = setting("LIVE_OBJECTS_URL") else {
        return;
    };
    let text = |name: &str| setting(name).unwrap();
    let open = |bucket: String, secret: String| {
        let (region, key) = (text("LIVE_OBJECTS_REGION"), text("LIVE_OBJECTS_KEY"));
        Bucket::builder(region, bucket, key, secret.into())
            .endpoint(&url)
            .build()
            .unwrap()
    };
    let (name, secret) = (text("LIVE_OBJECTS_BUCKET"), text("LIVE_OBJECTS_SECRET"));
    let folder = Key::from_segments(["bheem-live-test"]).unwrap();
    let bucket = open(name.clone(), secret.clone());
    contract::suite(&bucket, &folder).await;
    let stranger = open(name.clone(), "not the secret".to_owned());
    let nowhere = open(format!("{name}-that-does-not-exist"), secret);
    contract::refusals(&stranger, &nowhere, &folder.join("x").unwrap()).await;
}
