//! Messages from templates.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::Mobile;

/// A message from a template, to one or several people.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Flow {
    /// The template.
    pub template_id: String,
    /// Whether links are shortened: `1` or `0` on the wire.
    #[serde(serialize_with = "as_digit", skip_serializing_if = "Option::is_none")]
    pub short_url: Option<bool>,
    /// To whom, with what.
    pub recipients: Vec<Recipient>,
}

/// Somebody, and what the template says to them.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Recipient {
    /// Their number.
    #[serde(serialize_with = "as_digits")]
    pub mobiles: Mobile,
    /// The template's variables by name.
    #[serde(flatten)]
    pub variables: BTreeMap<String, String>,
}

impl Flow {
    /// A message from this template, to nobody yet.
    pub fn new(template_id: impl Into<String>) -> Self {
        Self {
            template_id: template_id.into(),
            short_url: None,
            recipients: Vec::new(),
        }
    }

    /// And to this one.
    #[must_use]
    pub fn to(mut self, recipient: Recipient) -> Self {
        self.recipients.push(recipient);
        self
    }
}

impl Recipient {
    /// Somebody.
    #[must_use]
    pub fn new(mobile: Mobile) -> Self {
        Self {
            mobiles: mobile,
            variables: BTreeMap::new(),
        }
    }

    /// With a variable of the template. One called `mobiles` would take the number's place and is left out.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        if name != "mobiles" {
            self.variables.insert(name, value.into());
        }
        self
    }
}

fn as_digits<S: Serializer>(mobile: &Mobile, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(mobile.as_str())
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference to the field"
)]
fn as_digit<S: Serializer>(flag: &Option<bool>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if *flag == Some(true) { "1" } else { "0" })
}
