//! Which operations there are and what their bodies must hold. Refusals have the form of `FastAPI`'s.

use serde_json::{Value, json};

use crate::http::Answer;

/// What Notify can be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Email,
    TemplateEmail,
    MeetingInvite,
    Sms,
    OtpSend,
    OtpVerify,
    WhatsAppTemplate,
    WhatsAppText,
}

/// Paths of the documented service and of the later one.
const PATHS: [(&str, Operation); 11] = [
    ("/api/v1/email/send", Operation::Email),
    ("/api/v1/email/send/template", Operation::TemplateEmail),
    (
        "/api/v1/bheem-tele/email/send/template",
        Operation::TemplateEmail,
    ),
    (
        "/api/v1/mail/bheem-tele/meeting-invite",
        Operation::MeetingInvite,
    ),
    ("/api/v1/bheem-tele/sms/send", Operation::Sms),
    ("/api/v1/bheem-tele/otp/send", Operation::OtpSend),
    ("/api/v1/bheem-tele/otp/verify", Operation::OtpVerify),
    ("/api/v1/whatsapp/template", Operation::WhatsAppTemplate),
    ("/api/v1/whatsapp/text", Operation::WhatsAppText),
    (
        "/api/v1/meta/whatsapp/send/template",
        Operation::WhatsAppTemplate,
    ),
    ("/api/v1/meta/whatsapp/send/text", Operation::WhatsAppText),
];

/// The mail templates that Notify has, and the variables each needs.
const TEMPLATES: [(&str, &[&str]); 4] = [
    (
        "workspace_welcome",
        &["user_name", "workspace_name", "login_url"],
    ),
    ("workspace_invite", &["workspace_name", "invite_url"]),
    ("password_reset", &["reset_url"]),
    (
        "security_alert",
        &["event", "ip", "location", "device", "time"],
    ),
];

impl Operation {
    pub(super) fn of_path(path: &str) -> Option<Self> {
        let path = path.trim_end_matches('/');
        let found = PATHS.iter().find(|(known, _)| *known == path);
        found.map(|(_, operation)| *operation)
    }

    /// How the message is called in the state.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::TemplateEmail => "template_email",
            Self::MeetingInvite => "meeting_invite",
            Self::Sms => "sms",
            Self::OtpSend | Self::OtpVerify => "otp",
            Self::WhatsAppTemplate => "whatsapp_template",
            Self::WhatsAppText => "whatsapp_text",
        }
    }

    fn required(self) -> &'static [&'static str] {
        match self {
            Self::Email => &["to", "subject", "html_body"],
            Self::TemplateEmail | Self::WhatsAppTemplate => &["to", "template_name"],
            Self::MeetingInvite => &[
                "to",
                "meeting_title",
                "meeting_time",
                "meeting_url",
                "host_name",
            ],
            Self::Sms | Self::WhatsAppText => &["to", "message"],
            Self::OtpSend => &["to"],
            Self::OtpVerify => &["to", "otp"],
        }
    }

    fn is_mail(self) -> bool {
        matches!(
            self,
            Self::Email | Self::TemplateEmail | Self::MeetingInvite
        )
    }

    /// What is wrong with a body; nothing if it is acceptable.
    pub(super) fn problems(self, body: &Value) -> Vec<Value> {
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let missing = self.required().iter().filter(
            |name| !matches!(body.get(**name), Some(Value::String(text)) if !text.is_empty()),
        );
        let mut problems: Vec<Value> = missing
            .map(|name| problem(name, "Field required"))
            .collect();
        if self.is_mail() {
            for name in ["to", "cc", "bcc"] {
                if addresses(body.get(name))
                    .iter()
                    .any(|one| !is_mail_address(one))
                {
                    problems.push(problem(name, "value is not a valid email address"));
                }
            }
        } else if !is_telephone_number(text("to")) {
            problems.push(problem("to", "value is not a valid phone number"));
        }
        if self == Self::TemplateEmail {
            problems.extend(template_problems(text("template_name"), body));
        }
        problems
    }
}

fn template_problems(name: &str, body: &Value) -> Vec<Value> {
    let Some((_, needed)) = TEMPLATES.iter().find(|(known, _)| *known == name) else {
        return vec![problem("template_name", "no such template")];
    };
    let missing = needed.iter().filter(|variable| {
        let value = body
            .get("template_vars")
            .and_then(|vars| vars.get(**variable));
        value.is_none_or(Value::is_null)
    });
    missing
        .map(|variable| problem("template_vars", &format!("`{variable}` is missing")))
        .collect()
}

fn addresses(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is_mail_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !domain.contains('@')
            && !text.contains(char::is_whitespace)
    })
}

fn is_telephone_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (6..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// One entry of a refusal.
pub(super) fn problem(field: &str, message: &str) -> Value {
    let mut location = vec!["body"];
    if !field.is_empty() {
        location.push(field);
    }
    json!({"loc": location, "msg": message, "type": "value_error"})
}

pub(super) fn refusal(problems: &[Value]) -> Answer {
    Answer::json(422, &json!({"detail": problems}))
}
