//! Where each operation lives.

/// Paths of the operations, below the base URL. Versions of Notify differ; the default is the documented set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Paths {
    /// A mail.
    pub email: String,
    /// A mail from a template.
    pub template_email: String,
    /// An invitation to a meeting.
    pub meeting_invite: String,
    /// An SMS.
    pub sms: String,
    /// Sending a one-time password.
    pub otp_send: String,
    /// Checking a one-time password.
    pub otp_verify: String,
    /// A `WhatsApp` message from a template.
    pub whatsapp_template: String,
    /// A `WhatsApp` text, within 24 hours of the recipient's last message.
    pub whatsapp_text: String,
    /// Health.
    pub health: String,
}

impl Paths {
    /// The set of the later service code: template mail below `bheem-tele`, `WhatsApp` below `meta`.
    #[must_use]
    pub fn bheem_tele() -> Self {
        Self {
            template_email: "/api/v1/bheem-tele/email/send/template".to_owned(),
            whatsapp_template: "/api/v1/meta/whatsapp/send/template".to_owned(),
            whatsapp_text: "/api/v1/meta/whatsapp/send/text".to_owned(),
            ..Self::default()
        }
    }
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            email: "/api/v1/email/send".to_owned(),
            template_email: "/api/v1/email/send/template".to_owned(),
            meeting_invite: "/api/v1/mail/bheem-tele/meeting-invite".to_owned(),
            sms: "/api/v1/bheem-tele/sms/send".to_owned(),
            otp_send: "/api/v1/bheem-tele/otp/send".to_owned(),
            otp_verify: "/api/v1/bheem-tele/otp/verify".to_owned(),
            whatsapp_template: "/api/v1/whatsapp/template".to_owned(),
            whatsapp_text: "/api/v1/whatsapp/text".to_owned(),
            health: "/health".to_owned(),
        }
    }
}
