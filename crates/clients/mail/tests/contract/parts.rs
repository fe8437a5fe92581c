use bheem_mail::{
    Account, ErrorKind,
    imap::{Address, AppendMessage, Uid},
    message::{Attachment, OutgoingMessage, ViewOptions},
};

use super::fresh;

pub(super) async fn are_read_in_pieces(account: &Account) {
    let folder = fresh("parts");
    account.folders().create(&folder).await.unwrap();
    let messages = account.messages(&folder);
    // Longer than a piece, and no two neighbours alike.
    let file: Vec<u8> = (0..700_000_u32)
        .map(|n| u8::try_from(n.wrapping_mul(2_654_435_761) >> 24).unwrap())
        .collect();
    let built = OutgoingMessage::new(Address::new("somebody@elsewhere.example"))
        .to(Address::new("someone@here.example"))
        .subject("parts")
        .text("plain ü")
        .html("<p onclick=\"x()\">rich<img src=\"https://tracker.example/x.gif\"></p>")
        .attach(Attachment::new(
            "größe.bin",
            "application/octet-stream",
            file.clone(),
        ))
        .build()
        .unwrap();
    let uid = messages
        .append(AppendMessage::new(built.bytes()))
        .await
        .unwrap()
        .uid
        .unwrap();
    let read = messages.read(uid, &ViewOptions::new()).await.unwrap();
    assert_eq!(read.view.headers.subject, "parts");
    assert_eq!(read.view.text.trim(), "plain ü");
    let html = read.view.html.as_ref().unwrap();
    assert!(html.is_remote_blocked && !html.html.contains("tracker") && html.html.contains("rich"));
    assert!(!read.flags.contains(&bheem_mail::imap::Flag::Seen));
    let [attachment] = read.view.attachments.as_slice() else {
        panic!("{:?}", read.view.attachments);
    };
    assert_eq!(attachment.name.as_deref(), Some("größe.bin"));
    let part = read.structure.part(&attachment.part).unwrap();
    let mut stream = messages.open_part(uid, part);
    let (mut bytes, mut pieces) = (Vec::new(), 0);
    while let Some(piece) = stream.next_chunk().await.unwrap() {
        assert!(piece.len() <= 256 * 1024);
        bytes.extend_from_slice(&piece);
        pieces += 1;
    }
    assert!(bytes == file && pieces > 1);
    let whole = messages
        .open_message(uid)
        .read_to_end(10_000_000)
        .await
        .unwrap();
    assert!(whole == built.bytes());
    assert!(messages.open_message(uid).read_to_end(1000).await.is_err());
    let missing = messages
        .read(Uid(4_000_000), &ViewOptions::new())
        .await
        .unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound, "{missing:?}");
    account.folders().delete(&folder).await.unwrap();
}
