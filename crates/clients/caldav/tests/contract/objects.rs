//! Events and tasks.

use bheem_caldav::{
    CalendarHome, CalendarQuery, Client, Component, CreateCalendar, Deleted, Error, ErrorKind,
    EventPatch, Frequency, ICalendar, Limits, Listed, Property, RecurrenceRule, StoredObject,
    TodoPatch, Tz, Window,
};
use futures::TryStreamExt as _;

use super::{Offers, event, local, moment, names, now};

pub(crate) async fn suite(client: &Client, home: &CalendarHome, offers: Offers) {
    let slug = "contract-objects";
    let calendar = home.calendar(slug).unwrap();
    client.purge_calendar(&calendar).await.unwrap();
    let wanted = CreateCalendar::new(slug).components([Component::Event, Component::Todo]);
    let calendar = client.ensure_calendar(home, &wanted).await.unwrap().path;

    // Created once, by name and by UID.
    let mut tea = event("tea@contract", 23);
    tea.raw_mut()
        .children_mut()
        .last_mut()
        .unwrap()
        .push(Property::new("X-CONTRACT", "kept\\, as it is"));
    let written = client.create_object(&calendar, "tea", &tea).await.unwrap();
    assert!(written.is_new && written.etag.is_some(), "{written:?}");
    let again = client
        .create_object(&calendar, "tea", &tea)
        .await
        .unwrap_err();
    assert!(
        matches!(again, Error::Exists { .. }) && again.kind() == ErrorKind::Conflict,
        "{again:?}"
    );
    if offers.unique_uids {
        let other = client
            .create_object(&calendar, "other", &tea)
            .await
            .unwrap_err();
        assert!(matches!(other, Error::UidConflict { .. }), "{other:?}");
    }
    let found = client
        .find_by_uid(&calendar, "tea@contract")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(names([&found.path]), ["tea.ics"]);
    assert!(
        client
            .find_by_uid(&calendar, "tea")
            .await
            .unwrap()
            .is_none(),
        "no part of a UID is enough"
    );

    // Changed only in the version that was read; what nobody understands survives.
    let read = client.find_event(&calendar, "tea").await.unwrap().unwrap();
    let etag = read.etag.clone().unwrap();
    let mut edited = read.calendar().unwrap();
    edited
        .edit_event(&EventPatch::new().summary("Coffee").location("Köln"), now())
        .unwrap();
    let changed = client
        .update_object(&read.path, &etag, &edited)
        .await
        .unwrap();
    assert!(!changed.is_new);
    let late = client
        .update_object(&read.path, &etag, &edited)
        .await
        .unwrap_err();
    assert!(
        matches!(late, Error::Changed { .. }) && late.kind() == ErrorKind::Conflict,
        "{late:?}"
    );
    let read = client.find_object(&read.path).await.unwrap().unwrap();
    let there = read.calendar().unwrap();
    let component = there.raw().children_named("VEVENT").next().unwrap();
    assert_eq!(
        component.text("X-CONTRACT").as_deref(),
        Some("kept, as it is")
    );
    assert_eq!(there.event().unwrap().location.as_deref(), Some("Köln"));

    queries(client, &calendar, offers).await;
    todos(client, &calendar).await;
    if offers.free_busy {
        let window = Window::new(
            moment("2026-11-23T00:00:00Z"),
            moment("2026-11-24T00:00:00Z"),
        );
        let busy = client.free_busy(&calendar, window).await.unwrap();
        assert!(
            busy.iter()
                .any(|busy| busy.start == moment("2026-11-23T09:00:00Z")
                    && busy.end == moment("2026-11-23T10:00:00Z")),
            "{busy:?}"
        );
    }

    deletion(client, &read, &etag).await;
    assert_eq!(
        client.purge_calendar(&calendar).await.unwrap(),
        Deleted::Removed
    );
    let gone = client.list_objects(&calendar).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound, "{gone:?}");
}

async fn deletion(client: &Client, read: &StoredObject, old: &str) {
    // Deleted only in the version that was read, and once.
    let late = client
        .delete_object(&read.path, Some(old))
        .await
        .unwrap_err();
    assert!(matches!(late, Error::Changed { .. }), "{late:?}");
    let etag = read.etag.as_deref();
    assert_eq!(
        client.delete_object(&read.path, etag).await.unwrap(),
        Deleted::Removed
    );
    assert_eq!(
        client.delete_object(&read.path, None).await.unwrap(),
        Deleted::Absent
    );
    assert!(client.find_object(&read.path).await.unwrap().is_none());
}

async fn queries(client: &Client, calendar: &bheem_caldav::DavPath, offers: Offers) {
    let later = event("later@contract", 28);
    client
        .create_object(calendar, "later", &later)
        .await
        .unwrap();
    let rule = RecurrenceRule::every(Frequency::Weekly).count(4);
    let details = EventPatch::new()
        .summary("Weekly")
        .end(&local(3, 13))
        .rule(Some(&rule));
    let series = ICalendar::event_at("weekly@contract", &local(3, 12), &details, now());
    client
        .create_object(calendar, "weekly", &series)
        .await
        .unwrap();

    let window = Window::new(
        moment("2026-11-23T00:00:00Z"),
        moment("2026-11-25T00:00:00Z"),
    );
    let found = client.events_between(calendar, window).await.unwrap();
    let expected = if offers.finds_series {
        vec!["tea.ics", "weekly.ics"]
    } else {
        vec!["tea.ics"]
    };
    assert_eq!(names(found.iter().map(|one| &one.path)), expected);
    let weekly = client
        .find_event(calendar, "weekly")
        .await
        .unwrap()
        .unwrap();
    let expansion = weekly
        .calendar()
        .unwrap()
        .expand(window, Tz::UTC, Limits::default())
        .unwrap();
    let [instance] = expansion.instances.as_slice() else {
        panic!("{expansion:?}")
    };
    assert_eq!(instance.starts_at, moment("2026-11-24T11:00:00Z"));

    let all: Vec<Listed<StoredObject>> =
        client.stream_objects(calendar).try_collect().await.unwrap();
    let all: Vec<StoredObject> = all.into_iter().filter_map(Listed::item).collect();
    assert_eq!(
        names(all.iter().map(|one| &one.path)),
        ["later.ics", "tea.ics", "weekly.ics"]
    );
    let listed = client.list_objects(calendar).await.unwrap();
    assert!(
        listed.len() == 3 && listed.iter().all(|one| one.etag.is_some()),
        "{listed:?}"
    );
    let missing = calendar.child("missing.ics").unwrap();
    let paths: Vec<_> = listed
        .into_iter()
        .map(|one| one.path)
        .chain([missing])
        .collect();
    let fetched = client.get_objects(calendar, &paths).await.unwrap();
    assert_eq!(
        (fetched.objects.len(), names(&fetched.missing)),
        (3, vec!["missing.ics".to_owned()])
    );
    assert!(
        client
            .query(calendar, &CalendarQuery::new(Component::Journal))
            .await
            .unwrap()
            .is_empty()
    );
}

async fn todos(client: &Client, calendar: &bheem_caldav::DavPath) {
    let details = TodoPatch::new()
        .summary("Write it down")
        .due(Some(&local(30, 18)))
        .priority(1);
    client
        .create_object(
            calendar,
            "todo",
            &ICalendar::todo("todo@contract", &details, now()),
        )
        .await
        .unwrap();
    let open = client.list_todos(calendar, false).await.unwrap();
    let [(object, todo)] = open.items.as_slice() else {
        panic!("{open:?}")
    };
    assert_eq!(
        (todo.summary.as_deref(), todo.due.as_ref(), todo.priority),
        (Some("Write it down"), Some(&local(30, 18)), 1)
    );
    let mut done = object.calendar().unwrap();
    done.edit_todo(&TodoPatch::new().complete(now()), now())
        .unwrap();
    client
        .update_object(&object.path, object.etag.as_deref().unwrap(), &done)
        .await
        .unwrap();
    assert!(client.list_todos(calendar, false).await.unwrap().is_empty());
    let all = client.list_todos(calendar, true).await.unwrap();
    assert_eq!(all[0].1.completed_at, Some(now()));
    assert_eq!(
        names([&client
            .find_by_uid(calendar, "todo@contract")
            .await
            .unwrap()
            .unwrap()
            .path]),
        ["todo.ics"]
    );
}
