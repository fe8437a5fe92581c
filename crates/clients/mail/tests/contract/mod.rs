//! What every mail server must do for this client: folders, lists, changes, parts, news, quota, submission and filters.
//!
//! Works in folders of its own, which it makes and removes, and in the inbox only with messages it sends itself.

mod folders;
mod messages;
mod news;
mod parts;
mod scripts;
mod submission;

use bheem_mail::{Account, imap::Address};

/// An account of the server, empty or not.
pub(crate) struct Subject {
    /// Logged in as itself.
    pub(crate) account: Account,
    /// Its address.
    pub(crate) address: String,
}

/// Folders, messages, parts and news: needs IMAP alone.
pub(crate) async fn imap(subject: &Subject) {
    folders::live_and_die(&subject.account).await;
    messages::are_stored_listed_found_and_changed(&subject.account).await;
    messages::page_to_the_end_even_while_some_are_removed(&subject.account).await;
    messages::are_joined_to_conversations(&subject.account).await;
    parts::are_read_in_pieces(&subject.account).await;
    news::arrive_while_waiting(&subject.account).await;
}

/// Submission: the message arrives, and refusals are understood.
pub(crate) async fn submission(subject: &Subject, stranger: &str) {
    submission::arrives(subject).await;
    submission::refuses_other_senders_and_unknown_recipients(subject, stranger).await;
}

/// Filters: stored, listed, and effective.
pub(crate) async fn scripts(subject: &Subject) {
    scripts::live_and_die(&subject.account).await;
    scripts::file_what_arrives(subject).await;
}

pub(crate) fn person(address: &str) -> Address {
    Address::new(address)
}

/// A folder of this run's own.
pub(crate) fn fresh(name: &str) -> String {
    let random = bheem_http_kit::throwaway_password();
    let random: String = bheem_http_kit::ExposeSecret::expose_secret(&random)
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(10)
        .collect();
    format!("contract-{name}-{random}")
}

/// A small message.
pub(crate) fn mail(subject: &str, message_id: &str, references: &[&str]) -> Vec<u8> {
    let references: Vec<String> = references.iter().map(|id| format!("<{id}>")).collect();
    format!(
        "From: Somebody <somebody@elsewhere.example>\r\nTo: someone@here.example\r\nSubject: {subject}\r\n\
         Date: Tue, 1 Jul 2025 10:52:37 +0200\r\nMessage-ID: <{message_id}>\r\nReferences: {}\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nbody of {subject}\r\n",
        references.join(" ")
    )
    .into_bytes()
}
