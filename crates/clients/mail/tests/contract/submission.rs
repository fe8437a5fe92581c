use bheem_mail::{
    Account, Effect, Error, ErrorKind, SubmitPolicy,
    imap::{IdleEvent, Uid},
    message::{OutgoingMessage, ViewOptions},
};

use super::{Subject, person};

/// Waits until a message with this identification is in the folder.
pub(super) async fn arrival(account: &Account, folder: &str, message_id: &str) -> Uid {
    let messages = account.messages(folder);
    let mut news = messages.idle().await.unwrap();
    loop {
        if let Some(uid) = messages
            .find_by_message_id(message_id)
            .await
            .unwrap()
            .first()
        {
            return *uid;
        }
        while !matches!(news.next_event().await.unwrap(), IdleEvent::Exists(_)) {}
    }
}

pub(super) async fn arrives(subject: &Subject) {
    let account = &subject.account;
    account.verify_submission().await.unwrap();
    let built = OutgoingMessage::new(person(&subject.address))
        .to(person(&subject.address))
        .subject("Grüße")
        .text(".\r\nA line with a dot before and after\r\n.\r\n")
        .build()
        .unwrap();
    let sent = account
        .submit(&built, SubmitPolicy::AllOrNobody)
        .await
        .unwrap();
    assert_eq!(
        (sent.accepted, sent.message_id.as_str()),
        (1, built.message_id())
    );
    let uid = arrival(account, "INBOX", built.message_id()).await;
    let read = account
        .messages("INBOX")
        .read(uid, &ViewOptions::new())
        .await
        .unwrap();
    assert_eq!(read.view.headers.subject, "Grüße");
    assert_eq!(
        read.view.text.trim(),
        ".\r\nA line with a dot before and after\r\n."
    );
    account.messages("INBOX").delete(&[uid]).await.unwrap();
}

pub(super) async fn refuses_other_senders_and_unknown_recipients(
    subject: &Subject,
    stranger: &str,
) {
    let account = &subject.account;
    let spoofed = OutgoingMessage::new(person(stranger))
        .to(person(&subject.address))
        .build()
        .unwrap();
    let refused = account
        .submit(&spoofed, SubmitPolicy::AllOrNobody)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, Error::SenderRefused { .. }),
        "{refused:?}"
    );
    assert_eq!(
        (refused.kind(), refused.effect()),
        (ErrorKind::Invalid, Effect::Rejected)
    );
    let nobody = format!("nobody-{stranger}");
    let mixed = OutgoingMessage::new(person(&subject.address))
        .to(person(&subject.address))
        .cc(person(&nobody))
        .build()
        .unwrap();
    match account
        .submit(&mixed, SubmitPolicy::AllOrNobody)
        .await
        .unwrap_err()
    {
        Error::RecipientsRefused { refused, .. } => {
            assert_eq!(
                (refused.len(), refused[0].address.as_str()),
                (1, nobody.as_str())
            );
            assert_eq!(refused[0].code, 550);
        }
        other => panic!("{other:?}"),
    }
    let sent = account
        .submit(&mixed, SubmitPolicy::WhoeverIsAccepted)
        .await
        .unwrap();
    assert_eq!((sent.accepted, sent.refused.len()), (1, 1));
    let uid = arrival(account, "INBOX", mixed.message_id()).await;
    // What was refused as a whole went to nobody.
    let found = account
        .messages("INBOX")
        .find_by_message_id(mixed.message_id())
        .await
        .unwrap();
    assert_eq!(found, [uid]);
    account.messages("INBOX").delete(&[uid]).await.unwrap();
}
