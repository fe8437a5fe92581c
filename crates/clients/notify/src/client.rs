//! The client.

use std::time::Duration;

use bheem_http_kit::{
    Auth, ClientBuilder, EncodedPath, ExposeSecret as _, HeaderName, HttpClient, Method, Request,
    Response, SecretString,
};
use serde::Serialize;
use serde_json::Value;

use crate::answer::{object, sent};
use crate::{
    Email, Error, MeetingInvite, Otp, Paths, Sent, Sms, TemplateEmail, WhatsAppTemplate,
    WhatsAppText,
};

const HEALTH_TIMEOUT: Duration = Duration::from_secs(5);
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A client of one Notify. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    http: HttpClient,
    paths: Paths,
}

#[derive(Serialize)]
struct VerifyOtp<'a> {
    to: &'a str,
    otp: &'a str,
}

impl Client {
    /// Begins a client for the Notify at `base_url`. An empty key sends no `X-API-Key`.
    pub fn builder(base_url: impl Into<String>, api_key: SecretString) -> ClientBuilder<Self> {
        let auth = Auth::header("x-api-key", api_key);
        ClientBuilder::new("notify", base_url, auth, |http| Self {
            http,
            paths: Paths::default(),
        })
    }

    /// The same client with other paths.
    #[must_use]
    pub fn with_paths(mut self, paths: Paths) -> Self {
        self.paths = paths;
        self
    }

    /// Sends a mail.
    ///
    /// # Errors
    /// If Notify refuses, cannot be reached or cannot be understood.
    pub async fn send_email(&self, idempotency_key: &str, email: &Email) -> Result<Sent, Error> {
        self.deliver("send_email", &self.paths.email, idempotency_key, email)
            .await
    }

    /// Sends a mail from a template.
    ///
    /// # Errors
    /// If Notify refuses, cannot be reached or cannot be understood.
    pub async fn send_template(
        &self,
        idempotency_key: &str,
        email: &TemplateEmail,
    ) -> Result<Sent, Error> {
        self.deliver(
            "send_template",
            &self.paths.template_email,
            idempotency_key,
            email,
        )
        .await
    }

    /// Sends an invitation to a meeting.
    ///
    /// # Errors
    /// If Notify refuses, cannot be reached or cannot be understood.
    pub async fn send_meeting_invite(
        &self,
        idempotency_key: &str,
        invite: &MeetingInvite,
    ) -> Result<Sent, Error> {
        self.deliver(
            "send_meeting_invite",
            &self.paths.meeting_invite,
            idempotency_key,
            invite,
        )
        .await
    }

    /// Sends an SMS.
    ///
    /// # Errors
    /// If Notify refuses, cannot be reached or cannot be understood.
    pub async fn send_sms(&self, idempotency_key: &str, sms: &Sms) -> Result<Sent, Error> {
        self.deliver("send_sms", &self.paths.sms, idempotency_key, sms)
            .await
    }

    /// Has Notify make and send a one-time password.
    ///
    /// # Errors
    /// If Notify refuses, cannot be reached or cannot be understood.
    pub async fn send_otp(&self, idempotency_key: &str, otp: &Otp) -> Result<Sent, Error> {
        self.deliver("send_otp", &self.paths.otp_send, idempotency_key, otp)
            .await
    }

    /// Asks whether a one-time password is right. A wrong one is `false`, not an error. Never repeated by itself:
    /// Notify counts attempts.
    ///
    /// # Errors
    /// If Notify cannot be reached or cannot be understood.
    pub async fn verify_otp(&self, to: &str, otp: &SecretString) -> Result<bool, Error> {
        const OPERATION: &str = "verify_otp";
        let body = VerifyOtp {
            to,
            otp: otp.expose_secret(),
        };
        let work = async {
            let request = self.request(OPERATION, Method::POST, &self.paths.otp_verify)?;
            is_verified(request.json(&body).send().await?)
        };
        self.http.observe(OPERATION, work).await
    }

    /// Sends a `WhatsApp` message from a template.
    ///
    /// # Errors
    /// If Notify refuses, cannot be reached or cannot be understood.
    pub async fn send_whatsapp_template(
        &self,
        idempotency_key: &str,
        message: &WhatsAppTemplate,
    ) -> Result<Sent, Error> {
        self.deliver(
            "send_whatsapp_template",
            &self.paths.whatsapp_template,
            idempotency_key,
            message,
        )
        .await
    }

    /// Sends a `WhatsApp` text.
    ///
    /// # Errors
    /// If Notify refuses, cannot be reached or cannot be understood.
    pub async fn send_whatsapp_text(
        &self,
        idempotency_key: &str,
        message: &WhatsAppText,
    ) -> Result<Sent, Error> {
        self.deliver(
            "send_whatsapp_text",
            &self.paths.whatsapp_text,
            idempotency_key,
            message,
        )
        .await
    }

    /// Is Notify well? `false` on any error, after 5 s at most.
    pub async fn is_healthy(&self) -> bool {
        const OPERATION: &str = "health";
        let work = async {
            let timeout = HEALTH_TIMEOUT.min(self.http.timeout());
            let request = self.request(OPERATION, Method::GET, &self.paths.health)?;
            request.timeout(timeout).send().await?.checked()?;
            Ok::<_, Error>(())
        };
        self.http.observe(OPERATION, work).await.is_ok()
    }

    async fn deliver<T: Serialize + Sync>(
        &self,
        operation: &'static str,
        path: &str,
        idempotency_key: &str,
        message: &T,
    ) -> Result<Sent, Error> {
        let work = async {
            let request = self.request(operation, Method::POST, path)?;
            let request = request
                .json(message)
                .header(IDEMPOTENCY_KEY, idempotency_key)
                .repeatable();
            sent(request.send().await?)
        };
        self.http.observe(operation, work).await
    }

    /// A request to a configured path, which begins with a slash but lies below the base URL.
    fn request(
        &self,
        operation: &'static str,
        method: Method,
        path: &str,
    ) -> Result<Request, Error> {
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let path = EncodedPath::relative(&segments)
            .map_err(|error| bheem_http_kit::Error::path(operation, error))?;
        Ok(self.http.request_path(operation, method, &path))
    }
}

/// Versions say "wrong" as 400, 401 with a verdict, or a 200 that is not a success.
fn is_verified(answer: Response) -> Result<bool, Error> {
    let status = answer.status().as_u16();
    if matches!(status, 400 | 422) {
        return Ok(false);
    }
    match object(answer) {
        Ok(value) => {
            let said = ["verified", "valid", "success"]
                .iter()
                .find_map(|key| value.get(key).and_then(Value::as_bool));
            said.ok_or(Error::Protocol {
                operation: "verify_otp",
            })
        }
        Err(Error::Refused { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}
