//! Sync of a calendar.

use bheem_caldav::{
    CalendarHome, Client, CreateCalendar, ErrorKind, SyncMethod, SyncOutcome, SyncState,
};

use super::{Offers, event, names};

pub(crate) async fn suite(client: &Client, home: &CalendarHome, offers: Offers) {
    let slug = "contract-sync";
    let calendar = home.calendar(slug).unwrap();
    client.purge_calendar(&calendar).await.unwrap();
    let calendar = client
        .ensure_calendar(home, &CreateCalendar::new(slug))
        .await
        .unwrap()
        .path;
    for (name, day) in [("one", 23), ("two", 24)] {
        client
            .create_object(&calendar, name, &event(&format!("{name}@sync"), day))
            .await
            .unwrap();
    }
    let first = client.sync(&calendar, &SyncState::default()).await.unwrap();
    assert_eq!(
        (names(&first.changed), first.method),
        (
            vec!["one.ics".to_owned(), "two.ics".to_owned()],
            SyncMethod::Token
        )
    );
    let same = client.sync(&calendar, &first.state).await.unwrap();
    assert!(
        same.changed.is_empty() && same.removed.is_empty(),
        "{same:?}"
    );

    client
        .create_object(&calendar, "three", &event("three@sync", 25))
        .await
        .unwrap();
    let one = calendar.child("one.ics").unwrap();
    client.delete_object(&one, None).await.unwrap();
    let second = client.sync(&calendar, &same.state).await.unwrap();
    assert_eq!(
        (names(&second.changed), names(&second.removed)),
        (vec!["three.ics".to_owned()], vec!["one.ics".to_owned()])
    );
    assert_eq!(second.state.etags.len(), 2);

    if offers.checks_tokens {
        let outcome = client
            .sync_collection(&calendar, Some("http://sabre.io/ns/sync/4000000"))
            .await
            .unwrap();
        assert_eq!(outcome, SyncOutcome::FullResyncNeeded);
        // A lost token costs a comparison, but the difference is the right one.
        let mut lost = first.state.clone();
        lost.token = Some("http://sabre.io/ns/sync/4000000".to_owned());
        let third = client.sync(&calendar, &lost).await.unwrap();
        assert_eq!(
            (names(&third.changed), names(&third.removed)),
            (vec!["three.ics".to_owned()], vec!["one.ics".to_owned()])
        );
        assert_eq!(third.method, SyncMethod::Resync);
    }
    client.purge_calendar(&calendar).await.unwrap();
    let gone = client.sync(&calendar, &second.state).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound, "{gone:?}");
}
