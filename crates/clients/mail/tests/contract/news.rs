use bheem_mail::{
    Account,
    imap::{AppendMessage, Flag, FlagChange, IdleEvent},
};

use super::{fresh, mail};

pub(super) async fn arrive_while_waiting(account: &Account) {
    let folder = fresh("news");
    account.folders().create(&folder).await.unwrap();
    let messages = account.messages(&folder);
    let mut news = messages.idle().await.unwrap();
    let message = AppendMessage::new(mail("news", "news@x", &[]));
    let uid = messages.append(message).await.unwrap().uid.unwrap();
    assert_eq!(news.next_event().await.unwrap(), IdleEvent::Exists(1));
    messages
        .change_flags(&[uid], FlagChange::Add, &[Flag::Flagged])
        .await
        .unwrap();
    loop {
        if let IdleEvent::Flags { flags, .. } = news.next_event().await.unwrap()
            && flags.contains(&Flag::Flagged)
        {
            break;
        }
    }
    messages.delete(&[uid]).await.unwrap();
    while news.next_event().await.unwrap() != IdleEvent::Removed {}
    drop(news);
    account.folders().delete(&folder).await.unwrap();
}
