//! A client of another part of the same server.
#![cfg(test)]

use std::time::Duration;

use bheem_http_kit::{
    Auth, ClientBuilder, EncodedPath, Error, HttpClient, Method, RetryPolicy, testing::captured_log,
};
use wiremock::matchers::{any, header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn client(url: &str) -> HttpClient {
    let eager = RetryPolicy {
        max_attempts: 30,
        base: Duration::ZERO,
        cap: Duration::ZERO,
    };
    ClientBuilder::new("whole", url, Auth::bearer("token".into()), |http| http)
        .retry(eager)
        .build()
        .unwrap()
}

#[tokio::test]
async fn paths_begin_there_and_credentials_are_the_same() {
    let server = MockServer::start().await;
    for target in ["/base/a%20b/x%2Fy", "/elsewhere/z"] {
        Mock::given(path(target))
            .and(header("authorization", "Bearer token"))
            .respond_with(ResponseTemplate::new(204))
            .expect(1)
            .mount(&server)
            .await;
    }
    let whole = client(&format!("{}/base/", server.uri()));
    let part = whole.below("part", &EncodedPath::relative(&["a b"]).unwrap());
    let answer = part.request("op", Method::GET, &["x/y"]).send().await;
    assert_eq!(answer.unwrap().status(), 204);
    let from_root = EncodedPath::absolute("/elsewhere/z").unwrap();
    let answer = part.request_path("op", Method::GET, &from_root).send();
    assert_eq!(answer.await.unwrap().status(), 204);
    assert_eq!(whole.base_url().path(), "/base/");
}

#[tokio::test]
async fn a_part_from_the_root_of_the_host_leaves_the_base_behind() {
    let server = MockServer::start().await;
    Mock::given(path("/other/x"))
        .respond_with(ResponseTemplate::new(204))
        .expect(1)
        .mount(&server)
        .await;
    let whole = client(&format!("{}/base/", server.uri()));
    let part = whole.below("part", &EncodedPath::absolute("/other/").unwrap());
    let answer = part.request("op", Method::GET, &["x"]).send().await;
    assert_eq!(answer.unwrap().status(), 204);
}

#[tokio::test]
async fn its_operations_bear_its_own_name() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(204))
        .mount(&server)
        .await;
    let whole = client(&server.uri());
    let part = whole.below("part", &EncodedPath::relative(&["a"]).unwrap());
    for (http, name, other) in [(&whole, "whole", "part"), (&part, "part", "whole")] {
        let work = http.observe("op", async {
            http.request("op", Method::GET, &[]).send().await.map(drop)
        });
        let (result, log) = captured_log(work).await;
        result.unwrap();
        assert!(log.contains(&format!("peer=\"{name}\"")), "{log}");
        assert!(!log.contains(&format!("peer=\"{other}\"")), "{log}");
    }
}

#[tokio::test]
async fn retries_of_one_part_leave_those_of_the_other() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(503))
        .mount(&server)
        .await;
    let whole = client(&server.uri());
    let part = whole.below("part", &EncodedPath::relative(&["a"]).unwrap());
    let mut asked = Vec::new();
    for http in [&whole, &whole, &part] {
        let before = server.received_requests().await.unwrap().len();
        let answer: Result<_, Error> = http.request("op", Method::GET, &[]).send().await;
        assert_eq!(answer.unwrap().status(), 503);
        asked.push(server.received_requests().await.unwrap().len() - before);
    }
    // The budget allows twenty: all are used up by the first request, none is left for the second.
    assert_eq!(asked, [21, 1, 21]);
}
