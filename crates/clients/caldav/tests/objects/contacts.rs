use bheem_caldav::{
    CardVersion, ContactKind, ContactPatch, FormatError, Labelled, MAX_PHOTO_BYTES, Photo, VCard,
};
use proptest::prelude::*;

use super::support::now;

const CARD: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nFN:Jane Doe\r\nN:Doe;Jane;;;\r\nitem1.TEL;TYPE=cell,pref;X-KEEP=1:+33 1\r\n\
                    item1.X-ABLABEL:Boat\r\nORG:Shop;Bread\\, cakes\r\nEND:VCARD\r\n";

#[test]
fn an_edit_keeps_labels_groups_and_what_is_unknown() {
    let mut card = VCard::parse(CARD.as_bytes()).unwrap();
    assert_eq!(card.to_string(), CARD);
    let contact = card.contact().unwrap();
    assert_eq!(contact.organization, ["Shop", "Bread, cakes"]);
    assert!(contact.phones[0].is_preferred && contact.phones[0].types == ["cell"]);
    card.edit(
        &ContactPatch::new().phones(&contact.phones).title("Baker"),
        now(),
    );
    let text = card.to_string();
    assert!(
        text.contains("item1.TEL;TYPE=cell,pref;X-KEEP=1:+33 1\r\nitem1.X-ABLABEL:Boat\r\n"),
        "{text}"
    );
    assert!(text.contains("TITLE:Baker\r\n"));
}

#[test]
fn pictures_are_bounded() {
    for version in [CardVersion::Three, CardVersion::Four] {
        let patch = ContactPatch::new().photo("image/png", b"picture").unwrap();
        let card = VCard::new(version, "1", "Jane", &patch, now());
        let read = VCard::parse(card.to_string().as_bytes())
            .unwrap()
            .contact()
            .unwrap();
        let Some(Photo::Inline {
            media_type,
            content,
        }) = read.photo
        else {
            panic!("{read:?}")
        };
        assert_eq!(
            (media_type.as_deref(), content.as_ref()),
            (Some("image/png"), b"picture".as_slice())
        );
    }
    let large = vec![0; MAX_PHOTO_BYTES + 1];
    assert_eq!(
        ContactPatch::new().photo("image/png", &large).map(drop),
        Err(FormatError::TooLarge)
    );
}

#[test]
fn groups_name_their_members() {
    let patch = ContactPatch::new()
        .kind(ContactKind::Group)
        .members(&["a", "b"]);
    for version in [CardVersion::Three, CardVersion::Four] {
        let contact = VCard::new(version, "g", "Friends", &patch, now())
            .contact()
            .unwrap();
        assert_eq!(
            (contact.kind, contact.members),
            (
                ContactKind::Group,
                vec!["urn:uuid:a".to_owned(), "urn:uuid:b".to_owned()]
            )
        );
    }
}

proptest! {
    #[test]
    fn fuzz_any_card_is_read_or_refused(lines in prop::collection::vec("(TEL|N|ADR|PHOTO|ORG|KIND|EMAIL)(;TYPE=[a-z,\"]{0,8}|;ENCODING=b)?:[\\PC]{0,40}", 0..8)) {
        let text = format!("BEGIN:VCARD\n{}\nEND:VCARD", lines.join("\n"));
        if let Ok(mut card) = VCard::parse(text.as_bytes()) {
            let contact = card.contact().unwrap();
            card.edit(&ContactPatch::new().emails(&contact.emails).phones(&contact.phones).addresses(&contact.addresses), now());
            prop_assert!(VCard::parse(card.to_string().as_bytes()).is_ok());
        }
    }

    #[test]
    fn fuzz_values_survive(name in "[^\\p{Cc}]{1,40}", mail in "[^\\p{Cc}]{1,20}") {
        let patch = ContactPatch::new().emails(&[Labelled::new(mail.clone(), "home")]).note(&name);
        let text = VCard::new(CardVersion::Four, "1", &name, &patch, now()).to_string();
        let contact = VCard::parse(text.as_bytes()).unwrap().contact().unwrap();
        prop_assert_eq!((contact.full_name, contact.note), (Some(name.clone()), Some(name)));
        prop_assert_eq!(&contact.emails[0].value, &mail);
    }
}
