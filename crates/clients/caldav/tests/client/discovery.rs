use bheem_caldav::{Error, ErrorKind};
use wiremock::MockServer;
use wiremock::matchers::{body_string_contains, header};

use crate::{BASE, at, dav, found, multistatus};

#[tokio::test]
async fn the_home_is_found_by_way_of_the_principal() {
    let server = MockServer::start().await;
    let principal = format!(
        "<d:current-user-principal><d:href>{BASE}/principals/users/u%201/</d:href></d:current-user-principal>"
    );
    dav("PROPFIND", "/")
        .and(header("depth", "0"))
        .and(body_string_contains("current-user-principal"))
        .respond_with(multistatus(&found("/", &principal)))
        .expect(1)
        .mount(&server)
        .await;
    let home = format!(
        "<c:calendar-home-set><d:href>{BASE}/calendars/u%201</d:href></c:calendar-home-set>"
    );
    dav("PROPFIND", "/principals/users/u%201/")
        .and(header("depth", "0"))
        .and(body_string_contains(
            "<x:calendar-home-set xmlns:x=\"urn:ietf:params:xml:ns:caldav\"/>",
        ))
        .respond_with(multistatus(&found("/principals/users/u%201/", &home)))
        .expect(1)
        .mount(&server)
        .await;
    dav("PROPFIND", "/calendars/u%201/")
        .respond_with(multistatus(""))
        .expect(1)
        .mount(&server)
        .await;
    let calendars = at(&server);
    let home = calendars.discover_home().await.unwrap();
    assert_eq!(
        home.path().encoded().as_str(),
        format!("{BASE}/calendars/u%201/")
    );
    assert!(calendars.list_calendars(&home).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_server_that_does_not_lead_there_is_told_apart() {
    let server = MockServer::start().await;
    let anonymous = "<d:current-user-principal><d:unauthenticated/></d:current-user-principal>";
    dav("PROPFIND", "/")
        .respond_with(multistatus(&found("/", anonymous)))
        .expect(1)
        .mount(&server)
        .await;
    let error = at(&server).discover_home().await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Discovery {
                property: "current-user-principal",
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(error.kind(), ErrorKind::Protocol);
}
