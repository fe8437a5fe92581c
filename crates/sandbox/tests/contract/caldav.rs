//! Calendars and contacts of Nextcloud: what their client is promised.

#[path = "../../../clients/caldav/tests/contract/mod.rs"]
mod suite;

use bheem_caldav::{
    Attendee, Auth, BusyKind, CalendarHome, Client, ErrorKind, EventPatch, ICalendar, Method,
    Participation, SecretString, SyncMethod, SyncOutcome, SyncState, Tz, Window,
};
use bheem_nextcloud::CreateUser;
use bheem_sandbox::{PeerHandle, Sandbox};
use suite::{Offers, event, local, moment, now};

const OFFERS: Offers = Offers {
    well_known: true,
    unique_uids: true,
    refuses_existing: true,
    proppatch: true,
    descriptions: true,
    finds_series: true,
    finds_contacts: true,
    checks_tokens: true,
    free_busy: true,
    makes_address_books: true,
};

fn client(peer: &PeerHandle, user: &str, password: SecretString) -> Client {
    let base = format!("{}/remote.php/dav", peer.base_url);
    Client::builder(base, Auth::basic(user, password))
        .build()
        .unwrap()
}

fn sample(peer: &PeerHandle) -> Client {
    let password = SecretString::from(peer.credential("sample_password").to_owned());
    client(peer, peer.credential("sample_user"), password)
}

#[tokio::test]
async fn the_contract_holds() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    suite::suite(&sample(&sandbox.nextcloud), OFFERS).await;
}

/// A person with a mail address, and their client.
async fn person(peer: &PeerHandle, id: &str) -> Client {
    let password = bheem_http_kit::throwaway_password();
    let admin = peer.credential("admin_user").to_owned();
    let auth = Auth::basic(
        admin,
        SecretString::from(peer.credential("admin_password").to_owned()),
    );
    let ocs = bheem_nextcloud::Client::builder(&peer.base_url, auth)
        .build()
        .unwrap();
    let user = CreateUser::new(id)
        .password(password.clone())
        .email(format!("{id}@a.test"));
    ocs.users().create(&user).await.unwrap();
    client(peer, id, password)
}

fn personal(id: &str) -> bheem_caldav::DavPath {
    CalendarHome::nextcloud(id)
        .unwrap()
        .calendar("personal")
        .unwrap()
}

fn meeting() -> ICalendar {
    let details = EventPatch::new()
        .summary("Planning")
        .end(&local(23, 11))
        .organizer(Some(&Attendee::mail("ann@a.test")))
        .attendees(&[
            Attendee::mail("ann@a.test").participation(Participation::Accepted),
            Attendee::mail("bob@a.test"),
        ]);
    ICalendar::event_at("planning@a.test", &local(23, 10), &details, now())
}

#[tokio::test]
async fn an_invitation_is_delivered_answered_and_taken_back() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let (ann, bob) = (person(peer, "ann").await, person(peer, "bob").await);
    ann.list_objects(&personal("ann")).await.unwrap();
    let written = ann
        .create_object(&personal("ann"), "planning", &meeting())
        .await
        .unwrap();

    let principal = bob.discover().await.unwrap();
    assert_eq!(principal.email(), Some("bob@a.test"));
    let inbox = principal.inbox.unwrap();
    let messages = bob.list_inbox(&inbox).await.unwrap();
    let [message] = messages.as_slice() else {
        panic!("{messages:?}")
    };
    assert_eq!(message.calendar().unwrap().method(), Some(Method::Request));
    bob.dismiss(&message.path).await.unwrap();
    let copy = bob
        .find_by_uid(&personal("bob"), "planning@a.test")
        .await
        .unwrap()
        .unwrap();

    let mut answered = copy.calendar().unwrap();
    answered
        .respond("bob@a.test", &Participation::Accepted, None, Tz::UTC, now())
        .unwrap();
    bob.update_object(&copy.path, copy.etag.as_deref().unwrap(), &answered)
        .await
        .unwrap();
    let hers = ann.find_object(&written.path).await.unwrap().unwrap();
    let attendees = hers.calendar().unwrap().event().unwrap().attendees;
    let bobs = attendees.iter().find(|one| one.is("bob@a.test")).unwrap();
    assert_eq!(bobs.participation, Participation::Accepted);
    let inbox_of_ann = ann.discover().await.unwrap().inbox.unwrap();
    let replies = ann.list_inbox(&inbox_of_ann).await.unwrap();
    assert_eq!(replies[0].calendar().unwrap().method(), Some(Method::Reply));

    ann.delete_object(&written.path, None).await.unwrap();
    let messages = bob.list_inbox(&inbox).await.unwrap();
    assert_eq!(
        messages[0].calendar().unwrap().method(),
        Some(Method::Cancel)
    );
    let copy = bob
        .find_object(&copy.path)
        .await
        .unwrap()
        .unwrap()
        .calendar()
        .unwrap();
    assert_eq!(
        copy.event().unwrap().status,
        Some(bheem_caldav::EventStatus::Cancelled)
    );
}

#[tokio::test]
async fn what_the_client_is_to_send_is_not_delivered() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let (ann, bob) = (person(peer, "ann").await, person(peer, "bob").await);
    ann.list_objects(&personal("ann")).await.unwrap();
    let mut quiet = meeting();
    let silent = Attendee::mail("bob@a.test").schedule_agent(bheem_caldav::ScheduleAgent::Client);
    quiet
        .edit_event(&EventPatch::new().attendees(&[silent]), now())
        .unwrap();
    ann.create_object(&personal("ann"), "planning", &quiet)
        .await
        .unwrap();
    assert!(bob.list_objects(&personal("bob")).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_outbox_tells_who_is_busy() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let (ann, bob) = (person(peer, "ann").await, person(peer, "bob").await);
    bob.list_objects(&personal("bob")).await.unwrap();
    bob.create_object(&personal("bob"), "tea", &event("tea@a.test", 24))
        .await
        .unwrap();
    let outbox = ann.discover().await.unwrap().outbox.unwrap();
    let window = Window::new(
        moment("2026-11-24T00:00:00Z"),
        moment("2026-11-25T00:00:00Z"),
    );
    let asked = [
        Attendee::mail("bob@a.test"),
        Attendee::mail("nobody@b.test"),
    ];
    let answers = ann
        .free_busy_of(&outbox, "ann@a.test", &asked, window, now())
        .await
        .unwrap();
    let [bobs, nobodys] = answers.as_slice() else {
        panic!("{answers:?}")
    };
    let busy = bobs.busy.as_ref().unwrap();
    assert_eq!(
        (busy[0].start, busy[0].end, busy[0].kind),
        (
            moment("2026-11-24T09:00:00Z"),
            moment("2026-11-24T10:00:00Z"),
            BusyKind::Busy
        )
    );
    assert!(
        nobodys.status.starts_with("3.7") && nobodys.busy.is_none(),
        "{nobodys:?}"
    );
}

#[tokio::test]
async fn tokens_that_are_forgotten_lead_to_a_full_comparison() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let client = sample(peer);
    let calendar = personal("sample");
    client.list_objects(&calendar).await.unwrap();
    client
        .create_object(&calendar, "tea", &event("tea@a.test", 24))
        .await
        .unwrap();
    let known = client
        .sync(&calendar, &SyncState::default())
        .await
        .unwrap()
        .state;
    crate::support::control(peer, "forget-sync-tokens", &serde_json::json!({})).await;
    let outcome = client
        .sync_collection(&calendar, known.token.as_deref())
        .await
        .unwrap();
    assert_eq!(outcome, SyncOutcome::FullResyncNeeded);
    let difference = client.sync(&calendar, &known).await.unwrap();
    assert!(
        difference.changed.is_empty() && difference.removed.is_empty(),
        "{difference:?}"
    );
    assert_eq!(difference.method, SyncMethod::Resync);
}

#[tokio::test]
async fn another_persons_calendar_is_not_there() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.nextcloud;
    let (ann, bob) = (person(peer, "ann").await, person(peer, "bob").await);
    ann.list_objects(&personal("ann")).await.unwrap();
    let refused = bob
        .create_object(&personal("ann"), "x", &event("x@a.test", 24))
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unauthorized);
}
