//! What arrives in a mailbox, without looking again and again.

use bheem_mail::{
    Account,
    imap::{Criteria, IdleEvent, Uid},
};

/// Waits until the inbox has so many messages, and answers them.
pub(crate) async fn arrivals(account: &Account, count: usize) -> Vec<Uid> {
    let messages = account.messages("INBOX");
    let mut news = messages.idle().await.unwrap();
    loop {
        let mut uids = messages.search(&Criteria::All).await.unwrap().uids;
        if uids.len() >= count {
            uids.sort_unstable();
            return uids;
        }
        while !matches!(news.next_event().await.unwrap(), IdleEvent::Exists(_)) {}
    }
}
