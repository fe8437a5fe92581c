//! Notify in the words of provisioning.
//!
//! A mail cannot be probed. Its idempotency key is the step's effect key, so a repetition is told to be one; a Notify
//! that keeps no keys may send a mail twice, which is better than losing it.

use bheem_notify::{Client, Email, TemplateEmail};
use bheem_saga::Failure;
use uuid::Uuid;

use super::failed;

/// A mail of either form.
#[derive(Debug)]
pub(crate) enum Letter {
    Template(TemplateEmail),
    Plain(Email),
}

/// Sends a mail; answers Notify's id of it, if it tells one.
pub(crate) async fn send(
    notify: &Client,
    effect_key: Uuid,
    letter: &Letter,
) -> Result<Option<String>, Failure> {
    let key = effect_key.to_string();
    let sent = match letter {
        Letter::Template(mail) => notify.send_template(&key, mail).await,
        Letter::Plain(mail) => notify.send_email(&key, mail).await,
    };
    Ok(sent.map_err(|error| failed(&error))?.id)
}
