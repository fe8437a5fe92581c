//! Address books and contacts.

use bheem_caldav::{
    CardVersion, Client, ContactPatch, Created, DavPath, Deleted, Error, Labelled, Listed,
    Property, StoredObject, StructuredName, SyncState, VCard,
};
use futures::TryStreamExt as _;

use super::{Offers, names, now};

pub(crate) async fn suite(client: &Client, offers: Offers) {
    let home = client.discover_address_book_home().await.unwrap();
    let slug = "contract-people";
    if !offers.makes_address_books {
        return;
    }
    let book = home.address_book(slug).unwrap();
    client.delete_address_book(&book).await.unwrap();
    assert_eq!(client.find_address_book(&home, slug).await.unwrap(), None);
    assert_eq!(
        client
            .create_address_book(&home, slug, "People & <friends>")
            .await
            .unwrap(),
        Created::Created
    );
    let there = client
        .ensure_address_book(&home, slug, "People & <friends>")
        .await
        .unwrap();
    assert_eq!(there.display_name.as_deref(), Some("People & <friends>"));
    assert!(
        client
            .list_address_books(&home)
            .await
            .unwrap()
            .iter()
            .any(|one| one.slug == slug)
    );
    let book = there.path;

    let details = ContactPatch::new()
        .name(&StructuredName::new("Jane", "Doe; the second"))
        .emails(&[Labelled::new("jane@a.test".to_owned(), "work").preferred()])
        .note("Line one\nline two");
    let mut jane = VCard::new(
        CardVersion::Three,
        "jane@contract",
        "Jane Doe",
        &details,
        now(),
    );
    jane.raw_mut().push(Property::new("X-CONTRACT", "kept"));
    let written = client.create_contact(&book, "jane", &jane).await.unwrap();
    assert!(written.is_new);
    let again = client
        .create_contact(&book, "jane", &jane)
        .await
        .unwrap_err();
    assert!(matches!(again, Error::Exists { .. }), "{again:?}");
    let john = VCard::new(
        CardVersion::Three,
        "john@contract",
        "John Roe",
        &ContactPatch::new(),
        now(),
    );
    client.create_contact(&book, "john", &john).await.unwrap();

    reading_and_changing(client, &book, offers).await;
    assert_eq!(
        client.delete_address_book(&book).await.unwrap(),
        Deleted::Removed
    );
    assert_eq!(
        client.delete_address_book(&book).await.unwrap(),
        Deleted::Absent
    );
}

/// With two contacts there.
async fn reading_and_changing(client: &Client, book: &DavPath, offers: Offers) {
    if offers.finds_contacts {
        let found = client.search_contacts(book, "jane@a", 10).await.unwrap();
        assert_eq!(names(found.iter().map(|one| &one.path)), ["jane.vcf"]);
        let found = client
            .find_contact_by_uid(book, "jane@contract")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(names([&found.path]), ["jane.vcf"]);
    }
    let path = book.child("jane.vcf").unwrap();
    let stored = client.find_object(&path).await.unwrap().unwrap();
    let mut card = stored.card().unwrap();
    let contact = card.contact().unwrap();
    assert_eq!(contact.note.as_deref(), Some("Line one\nline two"));
    assert_eq!(contact.name.unwrap().family, "Doe; the second");
    assert_eq!(
        (
            contact.emails[0].value.as_str(),
            contact.emails[0].is_preferred
        ),
        ("jane@a.test", true)
    );

    let state = client
        .sync(book, &SyncState::default())
        .await
        .unwrap()
        .state;
    card.edit(&ContactPatch::new().title("Baker"), now());
    let etag = stored.etag.clone().unwrap();
    client
        .update_contact(&stored.path, &etag, &card)
        .await
        .unwrap();
    let late = client
        .update_contact(&stored.path, &etag, &card)
        .await
        .unwrap_err();
    assert!(matches!(late, Error::Changed { .. }), "{late:?}");
    let difference = client.sync(book, &state).await.unwrap();
    assert_eq!(names(&difference.changed), ["jane.vcf"]);
    let fetched = client
        .get_contacts(
            book,
            &[stored.path.clone(), book.child("missing.vcf").unwrap()],
        )
        .await
        .unwrap();
    let card = fetched.objects[0].card().unwrap();
    assert_eq!(
        (
            card.contact().unwrap().title.as_deref(),
            card.raw().text("X-CONTRACT").as_deref()
        ),
        (Some("Baker"), Some("kept"))
    );
    assert_eq!(names(&fetched.missing), ["missing.vcf"]);

    let all: Vec<Listed<StoredObject>> = client.stream_contacts(book).try_collect().await.unwrap();
    let all: Vec<StoredObject> = all.into_iter().filter_map(Listed::item).collect();
    assert_eq!(
        names(all.iter().map(|one| &one.path)),
        ["jane.vcf", "john.vcf"]
    );
    assert_eq!(
        client.delete_object(&stored.path, None).await.unwrap(),
        Deleted::Removed
    );
    assert_eq!(
        client.delete_object(&stored.path, None).await.unwrap(),
        Deleted::Absent
    );
}
