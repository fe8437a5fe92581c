//! What real programs write into address books, and what it means.

use bheem_caldav::{CardVersion, Contact, ContactPatch, Photo, VCard};

use super::support::now;

fn card(lines: &str) -> VCard {
    VCard::parse(format!("BEGIN:VCARD\n{lines}END:VCARD\n").as_bytes()).unwrap()
}

fn contact(lines: &str) -> Contact {
    card(lines).contact().unwrap()
}

/// RFC 6350, section 6.2.4: PHOTO is a URI, whose comma is not escaped; RFC 4648, section 3.2: padding may be left out.
#[test]
fn pictures_are_read_however_they_are_escaped() {
    let png: &[u8] = b"\x89PNG\r\n\x1a\n";
    for line in [
        "PHOTO;VALUE=URI:data:image/png;base64\\,iVBORw0KGgo=",
        "PHOTO:data:image/png\\;base64\\,iVBORw0KGgo=",
        "PHOTO:data:image/png;base64,iVBORw0KGgo",
        "PHOTO;X-CROP=Clip_1&0&9&Nh68TCRv7GErj8P8mk8qCA==;ENCODING=b;TYPE=PNG:iVBO\n Rw0KGgo",
        "PHOTO;ENCODING=BASE64;PNG:iVBORw0KGgo=",
    ] {
        let photo = contact(&format!("VERSION:4.0\nFN:Pia\n{line}\n")).photo;
        assert!(
            matches!(&photo, Some(Photo::Inline { content, .. }) if content.as_ref() == png),
            "{line}: {photo:?}"
        );
    }
    let broken = contact("VERSION:4.0\nFN:Pia\nPHOTO:data:image/png;base64\\,*\n");
    assert_eq!(broken.photo, Some(Photo::Unreadable));
}

const OLD: &str = "VERSION:2.1\n\
    N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4D=C3=BC=6C=6C=65=72;=\n=4A=C3=B6=72=67;;;\n\
    FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4A=C3=B6=72=67=20=4D=C3=BC=6C=6C=65=72\n\
    TEL;CELL;PREF:+431234\nEMAIL;HOME:j@a.test\n\
    ADR;HOME;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:;;M=FCllerweg=3B 2;Wien;;1010;\n\
    NOTE;ENCODING=QUOTED-PRINTABLE:=41=3D=42=0D=0A=\n=43\n\
    PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRgABAQ==\n\n";

fn assert_old(contact: &Contact) {
    let name = contact.name.clone().unwrap();
    assert_eq!(
        (name.family.as_str(), name.given.as_str()),
        ("Müller", "Jörg")
    );
    assert_eq!(contact.full_name.as_deref(), Some("Jörg Müller"));
    assert_eq!(contact.note.as_deref(), Some("A=B\nC"));
    let address = &contact.addresses[0];
    assert_eq!(
        (
            address.value.street.as_str(),
            address.value.locality.as_str()
        ),
        ("Müllerweg; 2", "Wien")
    );
    assert_eq!(address.types, ["home"]);
    let phone = &contact.phones[0];
    assert_eq!(
        (phone.value.as_str(), phone.is_preferred),
        ("+431234", true)
    );
    assert_eq!(phone.types, ["cell"]);
    assert!(matches!(contact.photo, Some(Photo::Inline { .. })));
    assert_eq!(contact.unread, Vec::<String>::new());
}

/// vCard 2.1, section 2.1.4; RFC 2045, section 6.7.
#[test]
fn old_cards_are_read_and_an_edit_damages_nothing() {
    let mut old = card(OLD);
    assert_old(&old.contact().unwrap());
    // Written again as it is, it is the same.
    let again = VCard::parse(old.to_string().as_bytes()).unwrap();
    assert_old(&again.contact().unwrap());
    assert_eq!(
        (again.raw().value("VERSION"), again.version()),
        (Some("2.1"), CardVersion::Three)
    );
    old.edit(&ContactPatch::new().title("Baker"), now());
    let text = old.to_string();
    let edited = VCard::parse(text.as_bytes()).unwrap();
    assert_old(&edited.contact().unwrap());
    for part in [
        "VERSION:3.0\r\n",
        "N:Müller;Jörg;;;\r\n",
        "TEL;TYPE=cell",
        "ENCODING=b",
        "TITLE:Baker\r\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(
        !text.contains("QUOTED")
            && !text.contains("CHARSET")
            && !text.contains('='.to_string().repeat(3).as_str())
    );
}

#[test]
fn a_charset_that_nobody_knows_is_told_and_kept() {
    let line = "NOTE;CHARSET=X-OURS;ENCODING=QUOTED-PRINTABLE:=41";
    let card = card(&format!("VERSION:2.1\nFN:x\n{line}\n"));
    assert_eq!(card.contact().unwrap().unread, ["NOTE"]);
    assert!(card.to_string().contains(line));
}

#[test]
fn habits_of_programs_are_understood() {
    let apple = contact(
        "VERSION:3.0\nN:Doe;Jo;;;\nFN:Jo Doe\nORG:Shop;\nitem1.EMAIL;type=INTERNET;type=pref:jo@a.test\n\
         item2.ADR;type=HOME:;;Street 1\\nDoor 2;Town;;1010;Austria\nBDAY;X-APPLE-OMIT-YEAR=1604:1604-12-24\n",
    );
    // RFC 6350, section 4.3.1: a date without a year.
    assert_eq!(apple.birthday.as_deref(), Some("--1224"));
    assert_eq!(apple.organization, ["Shop"]);
    assert_eq!(apple.addresses[0].value.street, "Street 1\nDoor 2");
    let whole = contact("VERSION:3.0\nFN:x\nBDAY;X-APPLE-OMIT-YEAR=1604:1985-04-12\nORG:;;\n");
    assert_eq!(
        (whole.birthday.as_deref(), whole.organization.len()),
        (Some("1985-04-12"), 0)
    );
    let many = contact(
        "VERSION:3.0\nFN:Multi\\, Name\\; Co.\nN:Name\\;x;Multi;A,B;Dr.;Jr.\nNICKNAME:one,two\\,three\n\
         TEL;TYPE=\"voice,home\":+43 1\nTEL;VALUE=uri:TEL:+43-3;ext=4\nCATEGORIES:\nNOTE:a\\nb\\,c\n",
    );
    assert_eq!(many.full_name.as_deref(), Some("Multi, Name; Co."));
    assert_eq!(many.name.unwrap().family, "Name;x");
    assert_eq!(many.nicknames, ["one", "two,three"]);
    assert_eq!(
        (
            many.phones[0].types.as_slice(),
            many.phones[1].value.as_str()
        ),
        (
            ["voice".to_owned(), "home".to_owned()].as_slice(),
            "+43-3;ext=4"
        )
    );
    assert_eq!(
        (many.categories.len(), many.note.as_deref()),
        (0, Some("a\nb,c"))
    );
}

#[test]
fn one_broken_card_of_an_export_hides_no_other() {
    let good = |uid: &str| format!("BEGIN:VCARD\nVERSION:3.0\nUID:{uid}\nFN:x\nEND:VCARD\n");
    let agent = "BEGIN:VCARD\nVERSION:2.1\nUID:boss\nAGENT:\nBEGIN:VCARD\nVERSION:2.1\nFN:y\nEND:VCARD\nEND:VCARD\n";
    for (about, broken, uid) in [
        ("no end", "BEGIN:VCARD\nUID:b\nFN:x\n", Some("b")),
        (
            "another end",
            "BEGIN:VCARD\nUID:b\nEND:VCALENDAR\nFN:x\nEND:VCARD\n",
            Some("b"),
        ),
        ("no begin", "FN:x\nEND:VCARD\n", None),
        ("another kind", "junk\n", None),
    ] {
        let text = good("a") + broken + agent + &good("c");
        let found = VCard::parse_all(text.as_bytes()).unwrap();
        let uids: Vec<Option<String>> = found.items.iter().map(VCard::uid).collect();
        let expected = ["a", "boss", "c"].map(|uid| Some(uid.to_owned()));
        assert_eq!(uids, expected, "{about}");
        let left_out: Vec<Option<&str>> = found
            .unreadable
            .iter()
            .map(|one| one.uid.as_deref())
            .collect();
        assert_eq!(left_out, [uid], "{about}");
    }
    let cut = good("a") + "BEGIN:VCARD\nUID:last\n";
    assert_eq!(
        VCard::parse_all(cut.as_bytes()).unwrap().unreadable[0]
            .uid
            .as_deref(),
        Some("last")
    );
}
