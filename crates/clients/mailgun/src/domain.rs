//! What a domain is.

use bheem_http_kit::{ExposeSecret as _, SecretString, lenient};
use serde::Deserialize;

use crate::form::Form;
use crate::record::together;
use crate::{DnsRecord, RecordType, Validity, date};
use bheem_http_kit::text_enum;

text_enum! {
    /// How far a domain is. It says nothing about single records: see [`DomainDetails::spf`] and its neighbours.
    DomainState {
        /// It may send.
        Active = "active",
        /// Its records were not found yet; it may send 300 messages a day.
        Unverified = "unverified",
        /// Mailgun has switched it off.
        Disabled = "disabled",
    }
}

text_enum! {
    /// What happens to spam that comes in.
    SpamAction {
        /// Nothing.
        Disabled = "disabled",
        /// It is marked.
        Tag = "tag",
        /// It is refused.
        Block = "block",
    }
}

/// A domain that is to be added. Its name is its natural key.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewDomain {
    /// Its name.
    pub name: String,
    /// The password of its first SMTP user.
    pub smtp_password: Option<SecretString>,
    /// What happens to spam that comes in.
    pub spam_action: Option<SpamAction>,
    /// 1024 or 2048.
    pub dkim_key_size: Option<u16>,
    /// Whether it has a key of its own although it is below another of the account's domains.
    pub force_dkim_authority: Option<bool>,
    /// Whether Mailgun changes the keys by itself; then the records for them are `CNAME`s.
    pub use_automatic_sender_security: Option<bool>,
    /// `http` or `https` for links that count clicks.
    pub web_scheme: Option<String>,
}

impl NewDomain {
    /// A domain with what Mailgun chooses.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            smtp_password: None,
            spam_action: None,
            dkim_key_size: None,
            force_dkim_authority: None,
            use_automatic_sender_security: None,
            web_scheme: None,
        }
    }

    /// With a key of so many bits.
    #[must_use]
    pub fn dkim_key_size(mut self, bits: u16) -> Self {
        self.dkim_key_size = Some(bits);
        self
    }

    /// With keys that Mailgun changes, or with one that stays.
    #[must_use]
    pub fn automatic_sender_security(mut self, is_on: bool) -> Self {
        self.use_automatic_sender_security = Some(is_on);
        self
    }

    /// With this password of its first SMTP user.
    #[must_use]
    pub fn smtp_password(mut self, password: SecretString) -> Self {
        self.smtp_password = Some(password);
        self
    }

    pub(crate) fn form(&self) -> Form {
        let mut form = Form::default();
        form.add("name", &self.name);
        let password = self.smtp_password.as_ref();
        form.add_if("smtp_password", password.map(SecretString::expose_secret));
        form.add_if(
            "spam_action",
            self.spam_action.as_ref().map(SpamAction::as_str),
        );
        form.add_if(
            "dkim_key_size",
            self.dkim_key_size.map(|bits| bits.to_string()),
        );
        form.add_flag("force_dkim_authority", self.force_dkim_authority);
        form.add_flag(
            "use_automatic_sender_security",
            self.use_automatic_sender_security,
        );
        form.add_if("web_scheme", self.web_scheme.as_deref());
        form
    }
}

/// What is to change of a domain; the rest stays.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct UpdateDomain {
    /// What happens to spam that comes in.
    pub spam_action: Option<SpamAction>,
    /// Whether messages are sent only over TLS.
    pub require_tls: Option<bool>,
    /// Whether certificates of receivers are believed unseen.
    pub skip_verification: Option<bool>,
    /// `http` or `https` for links that count clicks.
    pub web_scheme: Option<String>,
}

impl UpdateDomain {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether messages are sent only over TLS.
    #[must_use]
    pub fn require_tls(mut self, is_required: bool) -> Self {
        self.require_tls = Some(is_required);
        self
    }

    /// What happens to spam that comes in.
    #[must_use]
    pub fn spam_action(mut self, action: SpamAction) -> Self {
        self.spam_action = Some(action);
        self
    }

    pub(crate) fn form(&self) -> Form {
        let mut form = Form::default();
        form.add_if(
            "spam_action",
            self.spam_action.as_ref().map(SpamAction::as_str),
        );
        form.add_flag("require_tls", self.require_tls);
        form.add_flag("skip_verification", self.skip_verification);
        form.add_if("web_scheme", self.web_scheme.as_deref());
        form
    }
}

/// A domain.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct Domain {
    /// Its id.
    #[serde(default, deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// How far it is.
    pub state: DomainState,
    /// Whether Mailgun has switched it off.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub is_disabled: bool,
    /// Whether messages are sent only over TLS.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub require_tls: bool,
    /// Whether certificates of receivers are believed unseen.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub skip_verification: bool,
    /// What happens to spam that comes in.
    #[serde(default)]
    pub spam_action: Option<SpamAction>,
    /// When it was added, in seconds since 1970.
    #[serde(default, deserialize_with = "date::seconds")]
    pub created_at: Option<i64>,
}

/// A domain and the records it needs.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct DomainDetails {
    /// The domain.
    pub domain: Domain,
    /// What it needs to receive.
    #[serde(
        default,
        rename = "receiving_dns_records",
        deserialize_with = "lenient::list"
    )]
    pub receiving: Vec<DnsRecord>,
    /// What it needs to send.
    #[serde(
        default,
        rename = "sending_dns_records",
        deserialize_with = "lenient::list"
    )]
    pub sending: Vec<DnsRecord>,
}

impl DomainDetails {
    /// Whether the record that says who may send is right.
    #[must_use]
    pub fn spf(&self) -> Validity {
        together(self.sending.iter().filter(|record| record.is_spf()))
    }

    /// Whether the keys for signatures are right, be they texts or other names.
    #[must_use]
    pub fn dkim(&self) -> Validity {
        together(self.sending.iter().filter(|record| record.is_dkim()))
    }

    /// Whether mail comes to Mailgun. It need not, for a domain that only sends.
    #[must_use]
    pub fn mx(&self) -> Validity {
        let is_mx = |record: &&DnsRecord| record.record_type == RecordType::Mx;
        together(self.receiving.iter().filter(is_mx))
    }
}
