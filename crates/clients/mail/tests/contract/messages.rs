use bheem_mail::{
    Account, ErrorKind,
    imap::{AppendMessage, Criteria, Cursor, Flag, FlagChange, ListQuery, Order, Uid, UidValidity},
};

use super::{fresh, mail};

async fn fill(account: &Account, folder: &str, count: u32) -> Vec<Uid> {
    account.folders().create(folder).await.unwrap();
    let messages = account.messages(folder);
    let mut uids = Vec::new();
    for number in 1..=count {
        let subject = format!("number {number} grüße");
        let message = AppendMessage::new(mail(&subject, &format!("{folder}-{number}@x"), &[]));
        uids.push(messages.append(message).await.unwrap().uid.unwrap());
    }
    uids
}

pub(super) async fn are_stored_listed_found_and_changed(account: &Account) {
    let (folder, other) = (fresh("messages"), fresh("other"));
    let uids = fill(account, &folder, 3).await;
    account.folders().create(&other).await.unwrap();
    let messages = account.messages(&folder);
    let page = messages
        .list(&ListQuery::new().with_preview(), None)
        .await
        .unwrap();
    let listed: Vec<Uid> = page.items.iter().map(|item| item.uid).collect();
    assert_eq!(listed, uids.iter().rev().copied().collect::<Vec<_>>());
    assert_eq!(page.next, None);
    let first = &page.items[0];
    assert_eq!(first.envelope.subject, "number 3 grüße");
    assert_eq!(first.envelope.from[0].name.as_deref(), Some("Somebody"));
    assert!(first.size > 4 && first.received_at.is_some() && !first.has_attachments());
    if account.capabilities().await.unwrap().has("PREVIEW") {
        assert!(first.preview.as_ref().unwrap().contains("body of"));
    }

    messages
        .change_flags(
            &uids[..2],
            FlagChange::Add,
            &[Flag::Seen, Flag::Other("Work".into())],
        )
        .await
        .unwrap();
    messages
        .change_flags(&uids[..1], FlagChange::Remove, &[Flag::Seen])
        .await
        .unwrap();
    let unseen = messages
        .search(&Criteria::without(Flag::Seen))
        .await
        .unwrap();
    assert_eq!(unseen.uids, [uids[2], uids[0]]);
    let work = messages
        .search(&Criteria::Flag(Flag::Other("Work".into())))
        .await
        .unwrap();
    assert_eq!(work.uids.len(), 2);
    for (criteria, wanted) in [
        (Criteria::Subject("2 grüße".into()), vec![uids[1]]),
        (Criteria::Subject("x\r\na9 LOGOUT".into()), vec![]),
        (Criteria::From("\"\\".into()), vec![]),
        (
            Criteria::Or(vec![
                Criteria::Body("number 1".into()),
                Criteria::Uids(vec![uids[2]]),
            ]),
            vec![uids[2], uids[0]],
        ),
    ] {
        assert_eq!(
            messages.search(&criteria).await.unwrap().uids,
            wanted,
            "{criteria:?}"
        );
    }
    assert_eq!(
        messages
            .find_by_message_id(&format!("{folder}-2@x"))
            .await
            .unwrap(),
        [uids[1]]
    );
    let filtered = messages
        .list(
            &ListQuery::new()
                .only(Criteria::without(Flag::Seen))
                .limit(1),
            None,
        )
        .await
        .unwrap();
    assert_eq!(filtered.items[0].uid, uids[2]);
    let filtered = messages
        .list(
            &ListQuery::new()
                .only(Criteria::without(Flag::Seen))
                .limit(1),
            filtered.next,
        )
        .await
        .unwrap();
    assert_eq!((filtered.items[0].uid, filtered.next), (uids[0], None));
    if account.capabilities().await.unwrap().has("SORT") {
        let query = ListQuery::new().order(Order::Subject).limit(2);
        let page = messages.list(&query, None).await.unwrap();
        assert_eq!(
            page.items.iter().map(|item| item.uid).collect::<Vec<_>>(),
            uids[..2]
        );
        let page = messages.list(&query, page.next).await.unwrap();
        assert_eq!((page.items[0].uid, page.next), (uids[2], None));
    }

    are_moved_and_removed(account, &folder, &other, &uids).await;
}

async fn are_moved_and_removed(account: &Account, folder: &str, other: &str, uids: &[Uid]) {
    let messages = account.messages(folder);
    let moved = messages.move_to(&uids[..1], other).await.unwrap();
    assert_eq!(moved.uids[0].0, uids[0]);
    let copied = messages.copy_to(&uids[1..2], other).await.unwrap();
    assert_eq!(copied.uids.len(), 1);
    messages.delete(&uids[2..]).await.unwrap();
    messages.delete(&uids[2..]).await.unwrap();
    assert_eq!(
        messages.search(&Criteria::All).await.unwrap().uids,
        [uids[1]]
    );
    assert_eq!(
        account
            .messages(other)
            .search(&Criteria::All)
            .await
            .unwrap()
            .uids
            .len(),
        2
    );
    let missing = messages
        .move_to(&uids[1..2], &fresh("missing"))
        .await
        .unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound, "{missing:?}");
    let void = account.messages(folder).expecting(UidValidity(1));
    let void = void
        .change_flags(uids, FlagChange::Add, &[Flag::Seen])
        .await
        .unwrap_err();
    assert_eq!(void.kind(), ErrorKind::Conflict, "{void:?}");
    for folder in [folder, other] {
        account.folders().delete(folder).await.unwrap();
    }
}

pub(super) async fn page_to_the_end_even_while_some_are_removed(account: &Account) {
    let folder = fresh("pages");
    let uids = fill(account, &folder, 12).await;
    let messages = account.messages(&folder);
    let query = ListQuery::new().limit(5);
    let page = messages.list(&query, None).await.unwrap();
    // Of those shown, of those not shown, and the one the cursor stands on.
    let removed = [uids[0], uids[3], uids[7], uids[9]];
    messages.delete(&removed).await.unwrap();
    let cursor: Cursor = page.next.unwrap().to_string().parse().unwrap();
    let mut seen: Vec<Uid> = page.items.iter().map(|item| item.uid).collect();
    let mut after = Some(cursor);
    while after.is_some() {
        let page = messages.list(&query, after).await.unwrap();
        seen.extend(page.items.iter().map(|item| item.uid));
        after = page.next;
    }
    let mut wanted: Vec<Uid> = uids[7..].to_vec();
    wanted.extend(uids[..7].iter().filter(|uid| !removed.contains(uid)));
    wanted.sort_by(|one, two| two.cmp(one));
    assert_eq!(seen, wanted);
    let text = cursor.to_string();
    let stale = format!("1.{}", text.split_once('.').unwrap().1);
    let stale: Cursor = stale.parse().unwrap();
    let replaced = messages.list(&query, Some(stale)).await.unwrap_err();
    assert_eq!(replaced.kind(), ErrorKind::Conflict, "{replaced:?}");
    account.folders().delete(&folder).await.unwrap();
}

pub(super) async fn are_joined_to_conversations(account: &Account) {
    let folder = fresh("threads");
    account.folders().create(&folder).await.unwrap();
    let messages = account.messages(&folder);
    let mut uids = Vec::new();
    for (subject, id, references) in [
        ("one", "one@t", &[][..]),
        ("two", "two@t", &[]),
        ("Re: one", "three@t", &["one@t"]),
    ] {
        let message = AppendMessage::new(mail(subject, id, references));
        uids.push(messages.append(message).await.unwrap().uid.unwrap());
    }
    let threads = messages.threads(100).await.unwrap().threads;
    let threads: Vec<Vec<Uid>> = threads.into_iter().map(|thread| thread.uids).collect();
    assert_eq!(threads, [vec![uids[0], uids[2]], vec![uids[1]]]);
    account.folders().delete(&folder).await.unwrap();
}
