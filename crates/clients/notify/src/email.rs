//! Plain mail.

use serde::Serialize;

/// A mail with a body of the caller's own.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct Email {
    to: String,
    subject: String,
    html_body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_body: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cc: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bcc: Vec<String>,
    #[serde(rename = "from_email", skip_serializing_if = "Option::is_none")]
    from_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_name: Option<String>,
}

impl Email {
    /// A mail with an HTML body.
    pub fn new(
        to: impl Into<String>,
        subject: impl Into<String>,
        html_body: impl Into<String>,
    ) -> Self {
        Self {
            to: to.into(),
            subject: subject.into(),
            html_body: html_body.into(),
            text_body: None,
            cc: Vec::new(),
            bcc: Vec::new(),
            from_address: None,
            from_name: None,
        }
    }

    /// The body for readers without HTML.
    #[must_use]
    pub fn text_body(mut self, text: impl Into<String>) -> Self {
        self.text_body = Some(text.into());
        self
    }

    /// Adds a visible recipient.
    #[must_use]
    pub fn cc(mut self, address: impl Into<String>) -> Self {
        self.cc.push(address.into());
        self
    }

    /// Adds a hidden recipient.
    #[must_use]
    pub fn bcc(mut self, address: impl Into<String>) -> Self {
        self.bcc.push(address.into());
        self
    }

    /// The sender instead of Notify's own.
    #[must_use]
    pub fn from(mut self, address: impl Into<String>, name: impl Into<String>) -> Self {
        self.from_address = Some(address.into());
        self.from_name = Some(name.into());
        self
    }
}

crate::opaque::opaque!(Email);
