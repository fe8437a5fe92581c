//! The CalDAV and CardDAV client against Radicale and Xandikos.
#![cfg(test)]

#[path = "../../clients/caldav/tests/contract/mod.rs"]
mod suite;

use bheem_caldav::{Auth, Client, ErrorKind, SecretString};
use bheem_local_servers::{radicale::Radicale, tools, xandikos::Xandikos};
use suite::Offers;

async fn start_radicale() -> Option<Radicale> {
    let program = tools("radicale").await.unwrap()?;
    Some(Radicale::start(&program).await.unwrap())
}

#[tokio::test]
async fn the_contract_holds_with_radicale() {
    let Some(server) = start_radicale().await else {
        return;
    };
    let auth = Auth::basic(server.user(), server.password().clone());
    let client = Client::builder(server.base_url(), auth).build().unwrap();
    let offers = Offers {
        well_known: true,
        unique_uids: true,
        refuses_existing: true,
        proppatch: true,
        descriptions: true,
        finds_series: true,
        finds_contacts: true,
        checks_tokens: true,
        free_busy: false,
        makes_address_books: true,
    };
    suite::suite(&client, offers).await;
}

#[tokio::test]
async fn radicale_refuses_a_wrong_password() {
    let Some(server) = start_radicale().await else {
        return;
    };
    let auth = Auth::basic(server.user(), SecretString::from("wrong"));
    let client = Client::builder(server.base_url(), auth).build().unwrap();
    let home =
        bheem_caldav::CalendarHome::at(&bheem_caldav::DavPath::parse(server.user()).unwrap());
    let refused = client.list_calendars(&home).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unauthorized);
}

#[tokio::test]
async fn the_contract_holds_with_xandikos() {
    let Some(program) = tools("xandikos").await.unwrap() else {
        return;
    };
    let server = Xandikos::start(&program).await.unwrap();
    let client = Client::builder(server.base_url(), Auth::None)
        .build()
        .unwrap();
    let offers = Offers {
        well_known: true,
        unique_uids: true,
        refuses_existing: true,
        proppatch: true,
        descriptions: false,
        finds_series: false,
        finds_contacts: false,
        checks_tokens: false,
        free_busy: true,
        makes_address_books: true,
    };
    suite::suite(&client, offers).await;
}
