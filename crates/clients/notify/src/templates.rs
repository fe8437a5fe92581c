//! Mail from templates that Notify keeps, with their variables typed.

use serde::Serialize;
use serde_json::{Map, Value};

/// The name of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Template {
    /// `workspace_welcome`
    WorkspaceWelcome,
    /// `workspace_invite`
    WorkspaceInvite,
    /// `password_reset`
    PasswordReset,
    /// `security_alert`
    SecurityAlert,
    /// Any other.
    Other(String),
}

impl Template {
    /// Notify's name for it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::WorkspaceWelcome => "workspace_welcome",
            Self::WorkspaceInvite => "workspace_invite",
            Self::PasswordReset => "password_reset",
            Self::SecurityAlert => "security_alert",
            Self::Other(name) => name,
        }
    }
}

/// A mail made from a template.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct TemplateEmail {
    to: String,
    template_name: String,
    template_vars: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cc: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bcc: Vec<String>,
}

impl TemplateEmail {
    /// A mail from any template; the typed ones are [`WorkspaceWelcome`], [`WorkspaceInvite`],
    /// [`PasswordReset`], [`SecurityAlert`].
    pub fn new(to: impl Into<String>, template: &Template) -> Self {
        Self {
            to: to.into(),
            template_name: template.as_str().to_owned(),
            template_vars: Map::new(),
            subject: None,
            cc: Vec::new(),
            bcc: Vec::new(),
        }
    }

    /// Sets a variable. Never a password: mail is kept and forwarded.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.template_vars.insert(name.into(), value.into());
        self
    }

    /// The subject instead of the template's own.
    #[must_use]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
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
}

/// Greets a new member. There is no variable for a password: the link sets one.
#[derive(Clone)]
#[non_exhaustive]
pub struct WorkspaceWelcome {
    user_name: String,
    workspace_name: String,
    login_url: String,
    set_password_url: String,
    support_email: String,
}

impl WorkspaceWelcome {
    /// A greeting with a single-use link to set the password, and whom to ask.
    pub fn new(
        user_name: impl Into<String>,
        workspace_name: impl Into<String>,
        login_url: impl Into<String>,
        set_password_url: impl Into<String>,
        support_email: impl Into<String>,
    ) -> Self {
        Self {
            user_name: user_name.into(),
            workspace_name: workspace_name.into(),
            login_url: login_url.into(),
            set_password_url: set_password_url.into(),
            support_email: support_email.into(),
        }
    }

    /// The mail to this recipient.
    pub fn to(&self, address: impl Into<String>) -> TemplateEmail {
        TemplateEmail::new(address, &Template::WorkspaceWelcome)
            .variable("user_name", self.user_name.as_str())
            .variable("workspace_name", self.workspace_name.as_str())
            .variable("login_url", self.login_url.as_str())
            .variable("set_password_url", self.set_password_url.as_str())
            .variable("support_email", self.support_email.as_str())
    }
}

/// Invites somebody into a workspace.
#[derive(Clone)]
#[non_exhaustive]
pub struct WorkspaceInvite {
    invitee_name: String,
    inviter_name: String,
    workspace_name: String,
    invite_url: String,
    role: String,
}

impl WorkspaceInvite {
    /// An invitation with a single-use link, for the role `member`.
    pub fn new(
        to_name: impl Into<String>,
        from_name: impl Into<String>,
        workspace_name: impl Into<String>,
        invite_url: impl Into<String>,
    ) -> Self {
        Self {
            invitee_name: to_name.into(),
            inviter_name: from_name.into(),
            workspace_name: workspace_name.into(),
            invite_url: invite_url.into(),
            role: "member".to_owned(),
        }
    }

    /// Another role.
    #[must_use]
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.role = role.into();
        self
    }

    /// The mail to this recipient.
    pub fn to(&self, address: impl Into<String>) -> TemplateEmail {
        TemplateEmail::new(address, &Template::WorkspaceInvite)
            .variable("invitee_name", self.invitee_name.as_str())
            .variable("inviter_name", self.inviter_name.as_str())
            .variable("workspace_name", self.workspace_name.as_str())
            .variable("invite_url", self.invite_url.as_str())
            .variable("role", self.role.as_str())
    }
}

/// Lets somebody choose a new password.
#[derive(Clone)]
#[non_exhaustive]
pub struct PasswordReset {
    user_name: String,
    reset_url: String,
    expires_in: String,
}

impl PasswordReset {
    /// A single-use link that lives 24 hours.
    pub fn new(user_name: impl Into<String>, reset_url: impl Into<String>) -> Self {
        Self {
            user_name: user_name.into(),
            reset_url: reset_url.into(),
            expires_in: "24 hours".to_owned(),
        }
    }

    /// How long the link lives, in words.
    #[must_use]
    pub fn expires_in(mut self, words: impl Into<String>) -> Self {
        self.expires_in = words.into();
        self
    }

    /// The mail to this recipient.
    pub fn to(&self, address: impl Into<String>) -> TemplateEmail {
        TemplateEmail::new(address, &Template::PasswordReset)
            .variable("user_name", self.user_name.as_str())
            .variable("reset_url", self.reset_url.as_str())
            .variable("expires_in", self.expires_in.as_str())
    }
}

/// Tells somebody of a sign-in, or of failed attempts.
#[derive(Clone)]
#[non_exhaustive]
pub struct SecurityAlert {
    event: String,
    ip: String,
    location: String,
    device: String,
    time: String,
}

impl SecurityAlert {
    /// What happened and when, as people read it; from where is unknown.
    pub fn new(event: impl Into<String>, time: impl Into<String>) -> Self {
        let unknown = || "unknown".to_owned();
        Self {
            event: event.into(),
            ip: unknown(),
            location: unknown(),
            device: unknown(),
            time: time.into(),
        }
    }

    /// The address it came from.
    #[must_use]
    pub fn ip(mut self, ip: impl Into<String>) -> Self {
        self.ip = ip.into();
        self
    }

    /// The place it came from.
    #[must_use]
    pub fn location(mut self, place: impl Into<String>) -> Self {
        self.location = place.into();
        self
    }

    /// The device it came from.
    #[must_use]
    pub fn device(mut self, device: impl Into<String>) -> Self {
        self.device = device.into();
        self
    }

    /// The mail to this recipient.
    pub fn to(&self, address: impl Into<String>) -> TemplateEmail {
        TemplateEmail::new(address, &Template::SecurityAlert)
            .variable("event", self.event.as_str())
            .variable("ip", self.ip.as_str())
            .variable("location", self.location.as_str())
            .variable("device", self.device.as_str())
            .variable("time", self.time.as_str())
    }
}

crate::opaque::opaque!(
    TemplateEmail,
    WorkspaceWelcome,
    WorkspaceInvite,
    PasswordReset,
    SecurityAlert
);
