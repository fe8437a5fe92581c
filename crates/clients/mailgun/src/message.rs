//! A message that is to be sent.

use std::fmt;

use bheem_http_kit::Bytes;
use serde_json::{Map, Value};

use crate::form::Form;

/// So many may be in `To`.
const MOST_RECIPIENTS: usize = 1000;

/// A file with a message.
#[derive(Clone)]
pub struct Attachment {
    pub(crate) name: String,
    pub(crate) media_type: String,
    pub(crate) content: Bytes,
    pub(crate) is_inline: bool,
}

impl Attachment {
    /// A file that is beside the text.
    pub fn new(
        name: impl Into<String>,
        media_type: impl Into<String>,
        content: impl Into<Bytes>,
    ) -> Self {
        Self {
            name: name.into(),
            media_type: media_type.into(),
            content: content.into(),
            is_inline: false,
        }
    }

    /// A picture that the text shows as `cid:name`.
    #[must_use]
    pub fn inline(mut self) -> Self {
        self.is_inline = true;
        self
    }
}

/// Its content is left out.
impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

/// A message.
#[derive(Clone)]
pub struct NewMessage {
    from: String,
    to: Vec<String>,
    cc: Vec<String>,
    bcc: Vec<String>,
    subject: String,
    text: Option<String>,
    html: Option<String>,
    template: Option<String>,
    template_variables: Map<String, Value>,
    headers: Vec<(String, String)>,
    variables: Vec<(String, String)>,
    tags: Vec<String>,
    is_test: bool,
    pub(crate) attachments: Vec<Attachment>,
}

/// What it says and to whom is left out.
impl fmt::Debug for NewMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewMessage")
            .field("recipients", &self.to.len())
            .field("template", &self.template)
            .field("attachments", &self.attachments)
            .finish_non_exhaustive()
    }
}

impl NewMessage {
    /// A message from somebody, such as `Acme <noreply@acme.example>`.
    pub fn new(from: impl Into<String>, subject: impl Into<String>) -> Self {
        Self {
            from: from.into(),
            to: Vec::new(),
            cc: Vec::new(),
            bcc: Vec::new(),
            subject: subject.into(),
            text: None,
            html: None,
            template: None,
            template_variables: Map::new(),
            headers: Vec::new(),
            variables: Vec::new(),
            tags: Vec::new(),
            is_test: false,
            attachments: Vec::new(),
        }
    }

    /// To somebody; 1 to 1000 of them.
    #[must_use]
    pub fn to(mut self, address: impl Into<String>) -> Self {
        self.to.push(address.into());
        self
    }

    /// With a copy that everybody sees.
    #[must_use]
    pub fn cc(mut self, address: impl Into<String>) -> Self {
        self.cc.push(address.into());
        self
    }

    /// With a copy that nobody sees.
    #[must_use]
    pub fn bcc(mut self, address: impl Into<String>) -> Self {
        self.bcc.push(address.into());
        self
    }

    /// Where answers go.
    #[must_use]
    pub fn reply_to(self, address: impl Into<String>) -> Self {
        self.header("Reply-To", address)
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// What it says, without HTML.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// What it says, in HTML.
    #[must_use]
    pub fn html(mut self, html: impl Into<String>) -> Self {
        self.html = Some(html.into());
        self
    }

    /// What it says, by a template that the domain has.
    #[must_use]
    pub fn template(mut self, name: impl Into<String>, variables: Map<String, Value>) -> Self {
        self.template = Some(name.into());
        self.template_variables = variables;
        self
    }

    /// With a note that comes back with every event about it.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// With a label for statistics.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Taken by Mailgun, and not sent.
    #[must_use]
    pub fn test_mode(mut self) -> Self {
        self.is_test = true;
        self
    }

    /// With a file.
    #[must_use]
    pub fn attach(mut self, file: Attachment) -> Self {
        self.attachments.push(file);
        self
    }

    /// What is wrong with it. What would break out of a line of its head is refused here, whatever Mailgun does.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        let heads = [&self.from, &self.subject].into_iter().chain(&self.to);
        let heads = heads.chain(&self.cc).chain(&self.bcc);
        let heads = heads.chain(self.headers.iter().flat_map(|(name, value)| [name, value]));
        let heads = heads.chain(self.attachments.iter().map(|file| &file.media_type));
        let is_token = |name: &str| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        if self.to.is_empty() {
            Some("a message needs a recipient")
        } else if self.to.len() > MOST_RECIPIENTS {
            Some("a message has 1000 recipients at most")
        } else if self.text.is_none() && self.html.is_none() && self.template.is_none() {
            Some("a message needs a text, HTML or a template")
        } else if heads
            .into_iter()
            .any(|text| text.contains(char::is_control))
        {
            Some("a head of the message holds a control character")
        } else if !self.headers.iter().all(|(name, _)| is_token(name)) {
            Some("a header has no proper name")
        } else {
            None
        }
    }

    pub(crate) fn form(&self) -> Form {
        let mut form = Form::default();
        form.add("from", &self.from);
        for (name, values) in [("to", &self.to), ("cc", &self.cc), ("bcc", &self.bcc)] {
            for value in values {
                form.add(name, value);
            }
        }
        form.add("subject", &self.subject);
        form.add_if("text", self.text.as_deref());
        form.add_if("html", self.html.as_deref());
        form.add_if("template", self.template.as_deref());
        if !self.template_variables.is_empty() {
            let variables = Value::Object(self.template_variables.clone());
            form.add("t:variables", variables.to_string());
        }
        for (name, value) in &self.headers {
            form.add(format!("h:{name}"), value);
        }
        for (name, value) in &self.variables {
            form.add(format!("v:{name}"), value);
        }
        for tag in &self.tags {
            form.add("o:tag", tag);
        }
        if self.is_test {
            form.add("o:testmode", "yes");
        }
        form
    }
}
