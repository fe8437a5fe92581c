//! Messages to telephones.

use serde::Serialize;
use serde_json::Value;

/// An SMS.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct Sms {
    to: String,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender_id: Option<String>,
}

impl Sms {
    /// A text to a number in international form.
    pub fn new(to: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            to: to.into(),
            message: message.into(),
            sender_id: None,
        }
    }

    /// The registered name of the sender.
    #[must_use]
    pub fn sender_id(mut self, id: impl Into<String>) -> Self {
        self.sender_id = Some(id.into());
        self
    }
}

/// A one-time password that Notify makes, sends and checks.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct Otp {
    to: String,
    otp_length: u8,
}

impl Otp {
    /// Six digits to a number in international form.
    pub fn new(to: impl Into<String>) -> Self {
        Self {
            to: to.into(),
            otp_length: 6,
        }
    }

    /// Another number of digits.
    #[must_use]
    pub fn length(mut self, digits: u8) -> Self {
        self.otp_length = digits;
        self
    }
}

/// A `WhatsApp` message from a template that Meta approved.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct WhatsAppTemplate {
    to: String,
    template_name: String,
    language: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    components: Vec<Value>,
}

impl WhatsAppTemplate {
    /// A message in English.
    pub fn new(to: impl Into<String>, template_name: impl Into<String>) -> Self {
        let (to, template_name) = (to.into(), template_name.into());
        Self {
            to,
            template_name,
            language: "en".to_owned(),
            components: Vec::new(),
        }
    }

    /// Another language.
    #[must_use]
    pub fn language(mut self, code: impl Into<String>) -> Self {
        self.language = code.into();
        self
    }

    /// Adds a component in the form of `WhatsApp`'s Cloud API.
    #[must_use]
    pub fn component(mut self, component: Value) -> Self {
        self.components.push(component);
        self
    }
}

/// A `WhatsApp` text, allowed within 24 hours of the recipient's last message.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct WhatsAppText {
    to: String,
    message: String,
}

impl WhatsAppText {
    /// A text to a number in international form.
    pub fn new(to: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            to: to.into(),
            message: message.into(),
        }
    }
}

crate::opaque::opaque!(Sms, Otp, WhatsAppTemplate, WhatsAppText);
