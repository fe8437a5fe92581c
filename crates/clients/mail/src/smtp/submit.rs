//! Sending a message.

use std::time::Duration;

use bheem_http_kit::Effect;
use lettre::{
    Address,
    transport::smtp::{
        Error as Smtp,
        client::AsyncSmtpConnection,
        commands::{Data, Mail, Rcpt},
        extension::{Extension, MailBodyParameter, MailParameter},
        response::Response,
    },
};

use super::verdict;
use crate::{Account, Error, Refusal, message::BuiltMessage, observe::observe};

const OPERATION: &str = "submit_message";

/// What to do when some recipients are refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubmitPolicy {
    /// Send to nobody.
    #[default]
    AllOrNobody,
    /// Send to the others.
    WhoeverIsAccepted,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Submission {
    /// Its identification.
    pub message_id: String,
    /// How many recipients the server will send it to.
    pub accepted: usize,
    /// The others.
    pub refused: Vec<Refusal>,
}

impl Account {
    /// Sends a message. Never repeated here: after [`Effect::Unknown`] it may be on its way.
    ///
    /// # Errors
    /// [`Error::RecipientsRefused`] if nobody gets it for the sake of some, [`Error::SenderRefused`] if this user may not
    /// write in that name, [`Error::Unauthorized`] if the credentials are refused.
    pub async fn submit(
        &self,
        message: &BuiltMessage,
        policy: SubmitPolicy,
    ) -> Result<Submission, Error> {
        observe(OPERATION, async {
            message.check_size(self.shared.limits.message)?;
            let envelope = Envelope::of(message)?;
            let mut session = Session {
                connection: self.connect_submission(OPERATION).await?,
                timeout: self.shared.timeouts.command,
                last: self.shared.timeouts.submission,
            };
            let result = session.send(&envelope, message, policy).await;
            // Who did not answer, or not sensibly, will not answer a good-bye.
            if !matches!(
                result,
                Err(Error::Timeout { .. } | Error::Interrupted { .. } | Error::Protocol { .. })
            ) {
                session.part().await;
            }
            result
        })
        .await
    }

    /// Logs in where messages are submitted, and nothing else.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] if the credentials are refused.
    pub async fn verify_submission(&self) -> Result<(), Error> {
        const OPERATION: &str = "verify_submission";
        observe(OPERATION, async {
            let connection = self.connect_submission(OPERATION).await?;
            let timeout = self.shared.timeouts.command;
            Session {
                connection,
                timeout,
                last: timeout,
            }
            .part()
            .await;
            Ok(())
        })
        .await
    }
}

struct Envelope {
    sender: Address,
    recipients: Vec<(String, Address)>,
}

impl Envelope {
    fn of(message: &BuiltMessage) -> Result<Self, Error> {
        let parse = |text: &String| {
            text.parse::<Address>()
                .map_err(|_no_address| Error::Invalid {
                    operation: OPERATION,
                    reason: "that is not a mail address",
                })
        };
        let recipients: Result<Vec<_>, Error> = message
            .recipients
            .iter()
            .map(|text| Ok((text.clone(), parse(text)?)))
            .collect();
        Ok(Self {
            sender: parse(&message.sender)?,
            recipients: recipients?,
        })
    }

    fn is_ascii(&self) -> bool {
        let addresses = self.recipients.iter().map(|(_, address)| address);
        addresses.chain([&self.sender]).all(|address| {
            let text: &str = address.as_ref();
            text.is_ascii()
        })
    }
}

struct Session {
    connection: AsyncSmtpConnection,
    timeout: Duration,
    last: Duration,
}

impl Session {
    async fn send(
        &mut self,
        envelope: &Envelope,
        message: &BuiltMessage,
        policy: SubmitPolicy,
    ) -> Result<Submission, Error> {
        self.announce_sender(envelope, message).await?;
        let mut refused = Vec::new();
        for (text, address) in &envelope.recipients {
            refused.extend(self.announce_recipient(text, address).await?);
        }
        let accepted = envelope.recipients.len().saturating_sub(refused.len());
        if accepted == 0 || (policy == SubmitPolicy::AllOrNobody && !refused.is_empty()) {
            return Err(Error::RecipientsRefused {
                operation: OPERATION,
                refused,
            });
        }
        self.step(Data, Effect::Rejected).await?;
        // From here on the server may have it, whether or not it can still say so.
        let work = self.connection.message(message.bytes());
        match tokio::time::timeout(self.last, work).await {
            Ok(Ok(_)) => Ok(Submission {
                message_id: message.message_id().to_owned(),
                accepted,
                refused,
            }),
            Ok(Err(error)) => Err(verdict::of(OPERATION, error, Effect::Unknown)),
            Err(_elapsed) => Err(Error::Timeout {
                operation: OPERATION,
                effect: Effect::Unknown,
            }),
        }
    }

    async fn announce_sender(
        &mut self,
        envelope: &Envelope,
        message: &BuiltMessage,
    ) -> Result<(), Error> {
        let mut parameters = Vec::new();
        let offers = self.connection.server_info();
        if !envelope.is_ascii() {
            if !offers.supports_feature(Extension::SmtpUtfEight) {
                return Err(Error::Unsupported {
                    operation: OPERATION,
                    capability: "SMTPUTF8",
                });
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !message.bytes().is_ascii() && offers.supports_feature(Extension::EightBitMime) {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let mail = Mail::new(Some(envelope.sender.clone()), parameters);
        match self.raw_step(mail).await? {
            Ok(_) => Ok(()),
            Err(error) => Err(sender_refused(error)),
        }
    }

    /// A recipient's refusal, if it is one. Postfix refuses a sender here as well, as it answers late on purpose.
    async fn announce_recipient(
        &mut self,
        text: &str,
        address: &Address,
    ) -> Result<Option<Refusal>, Error> {
        let Err(error) = self
            .raw_step(Rcpt::new(address.clone(), Vec::new()))
            .await?
        else {
            return Ok(None);
        };
        let Some(code) = error.status().map(verdict::number) else {
            return Err(verdict::of(OPERATION, error, Effect::Rejected));
        };
        let words = verdict::words(&error);
        if code == 553 && words.as_str().to_ascii_lowercase().contains("sender") {
            return Err(sender_refused(error));
        }
        match code {
            421 | 530 | 535 => Err(verdict::of(OPERATION, error, Effect::Rejected)),
            _ => Ok(Some(Refusal {
                address: text.to_owned(),
                code,
                text: words,
            })),
        }
    }

    async fn step(
        &mut self,
        command: impl std::fmt::Display,
        effect: Effect,
    ) -> Result<Response, Error> {
        self.raw_step(command)
            .await?
            .map_err(|error| verdict::of(OPERATION, error, effect))
    }

    async fn raw_step(
        &mut self,
        command: impl std::fmt::Display,
    ) -> Result<Result<Response, Smtp>, Error> {
        tokio::time::timeout(self.timeout, self.connection.command(command))
            .await
            .map_err(|_elapsed| Error::Timeout {
                operation: OPERATION,
                // The message itself has not been sent.
                effect: Effect::Rejected,
            })
    }

    /// Says good-bye; whether that is answered is of no interest.
    async fn part(mut self) {
        let _farewell = tokio::time::timeout(Duration::from_secs(2), self.connection.quit()).await;
    }
}

fn sender_refused(error: Smtp) -> Error {
    match error.status().map(verdict::number) {
        Some(code @ (501 | 550 | 553 | 554)) => Error::SenderRefused {
            operation: OPERATION,
            code,
            text: verdict::words(&error),
        },
        _ => verdict::of(OPERATION, error, Effect::Rejected),
    }
}
