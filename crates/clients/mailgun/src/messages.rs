//! Sending (<https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages>).

use bheem_http_kit::Method;
use serde::Deserialize;

use crate::events::message_id;
use crate::{Client, Error, NewMessage};

/// A message that Mailgun has taken.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Queued {
    /// Its id in the head of the message, in angle brackets.
    pub id: String,
}

/// Messages from one domain.
#[derive(Debug, Clone, Copy)]
pub struct Messages<'a> {
    pub(crate) client: &'a Client,
    pub(crate) domain: &'a str,
}

impl Messages<'_> {
    /// Sends a message; sent once, for Mailgun does not know what it has sent before.
    ///
    /// `notification_id` is your own name for it, its natural key: letters, digits and `._-`, at most 128. The message
    /// bears it, so that after an unknown outcome [`crate::Events::find_by_notification_id`] tells whether it was taken.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a message that cannot be sent as it is, else as the client's.
    pub async fn send(&self, notification_id: &str, message: &NewMessage) -> Result<Queued, Error> {
        const OPERATION: &str = "send_message";
        if let Some(what) = problem(notification_id, message) {
            return Err(Error::Malformed {
                operation: OPERATION,
                what,
            });
        }
        let mut form = message.form();
        let id = message_id(notification_id, self.domain);
        form.add("h:Message-Id", format!("<{id}>"));
        form.add("v:notification_id", notification_id);
        let path = ["v3", self.domain, "messages"];
        let request = self.client.request(OPERATION, Method::POST, &path);
        let request = form.with_files(&message.attachments, request);
        self.client.fetch(OPERATION, request).await
    }
}

fn problem(notification_id: &str, message: &NewMessage) -> Option<&'static str> {
    let is_of_it = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let is_fine =
        (1..=128).contains(&notification_id.len()) && notification_id.bytes().all(is_of_it);
    if is_fine {
        message.problem()
    } else {
        Some("the notification's id is not 1 to 128 letters, digits, dots and dashes")
    }
}
