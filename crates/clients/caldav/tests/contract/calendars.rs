//! Discovery and calendars.

use bheem_caldav::{
    CalendarHome, CalendarProperties, Client, Component, CreateCalendar, Created, Deleted, Error,
    ErrorKind, Protocol, Restored,
};

use super::Offers;

pub(crate) async fn suite(client: &Client, home: &CalendarHome, offers: Offers) {
    if offers.well_known {
        for protocol in [Protocol::CalDav, Protocol::CardDav] {
            let found = client.locate(protocol, &[]).await.unwrap();
            assert!(found.path().starts_with('/'), "{found}");
        }
    }
    let principal = client.discover().await.unwrap();
    assert_eq!(principal.calendar_home.as_ref(), Some(home));

    let path = home.calendar("contract-one").unwrap();
    client.purge_calendar(&path).await.unwrap();
    assert_eq!(
        client.find_calendar(home, "contract-one").await.unwrap(),
        None
    );
    let wanted = CreateCalendar::new("contract-one")
        .display_name("Work & <play>")
        .components([Component::Event, Component::Todo]);
    assert_eq!(
        client.create_calendar(home, &wanted).await.unwrap(),
        Created::Created
    );
    if offers.refuses_existing {
        assert_eq!(
            client.create_calendar(home, &wanted).await.unwrap(),
            Created::Exists
        );
    }
    let there = client.ensure_calendar(home, &wanted).await.unwrap();
    assert_eq!(
        (there.slug.as_str(), there.display_name.as_deref()),
        ("contract-one", Some("Work & <play>"))
    );
    assert!(there.privileges.can_write() && !there.is_shared);
    let listed = client.list_calendars(home).await.unwrap();
    assert!(
        listed
            .iter()
            .any(|one| one.slug == "contract-one" && one.display_name == there.display_name)
    );
    assert!(
        listed
            .iter()
            .all(|one| !matches!(one.slug.as_str(), "inbox" | "outbox" | "trashbin"))
    );
    assert!(
        client
            .list_subscriptions(home)
            .await
            .unwrap()
            .iter()
            .all(|one| one.slug != "contract-one")
    );

    if offers.proppatch {
        let mut changes = CalendarProperties::new()
            .display_name("Renamed")
            .color("#112233");
        if offers.descriptions {
            changes = changes.description("For \"all\"");
        }
        client.update_calendar(&path, &changes).await.unwrap();
        let there = client
            .find_calendar(home, "contract-one")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            (there.display_name.as_deref(), there.description.as_deref()),
            (
                Some("Renamed"),
                offers.descriptions.then_some("For \"all\"")
            )
        );
        assert!(
            there
                .color
                .is_some_and(|color| color.starts_with("#112233"))
        );
        let missing = home.calendar("contract-missing").unwrap();
        let error = client
            .update_calendar(&missing, &changes)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
    }
    trash_bin(client, home, &wanted).await;
}

/// With the calendar there.
async fn trash_bin(client: &Client, home: &CalendarHome, wanted: &CreateCalendar) {
    let path = home.calendar("contract-one").unwrap();
    assert_eq!(
        client.delete_calendar(&path).await.unwrap(),
        Deleted::Removed
    );
    // Whether it is in a trash bin now or gone, it is no calendar any more.
    assert_eq!(
        client.find_calendar(home, "contract-one").await.unwrap(),
        None
    );
    let is_kept = client
        .find_deleted_calendar(home, "contract-one")
        .await
        .unwrap()
        .is_some();
    if is_kept {
        let again = client.ensure_calendar(home, wanted).await.unwrap_err();
        assert!(matches!(again, Error::InTrash { .. }), "{again:?}");
        let restored = client.restore_calendar(home, "contract-one").await;
        assert_eq!(restored.unwrap(), Restored::Restored);
        assert!(
            client
                .find_calendar(home, "contract-one")
                .await
                .unwrap()
                .is_some()
        );
    }
    client.purge_calendar(&path).await.unwrap();
    assert_eq!(client.purge_calendar(&path).await.unwrap(), Deleted::Absent);
}
