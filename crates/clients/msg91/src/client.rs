//! The client.

use bheem_http_kit::{
    Auth, ClientBuilder, ExposeSecret as _, HttpClient, Method, Request, SecretString,
};

use crate::{Error, Flow, Mobile, Sent, answer};

/// How a code is told once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// As a text message.
    Text,
    /// By a call that reads it out.
    Voice,
}

/// A client of one MSG91 account. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    http: HttpClient,
}

impl Client {
    /// Begins a client; `base_url` is the part before `/api/v5`, `https://control.msg91.com` for MSG91 itself.
    pub fn builder(base_url: impl Into<String>, auth_key: SecretString) -> ClientBuilder<Self> {
        let auth = Auth::header("authkey", auth_key);
        ClientBuilder::new("msg91", base_url, auth, |http| Self { http })
    }

    /// Delivers a code of yours; `minutes` is told to MSG91 as its end, since theirs would be a day. Sent once.
    ///
    /// # Errors
    /// When MSG91 refuses, cannot be reached or cannot be understood.
    pub async fn send_code(
        &self,
        template_id: &str,
        mobile: &Mobile,
        code: &SecretString,
        minutes: u8,
    ) -> Result<Sent, Error> {
        const OPERATION: &str = "send_code";
        let code = code.expose_secret();
        // The query of a request is never logged.
        let request = self
            .request(OPERATION, Method::POST, &["otp"])
            .query("template_id", template_id)
            .query("mobile", mobile.as_str())
            .query("otp", code)
            .query("otp_length", &code.chars().count().to_string())
            .query("otp_expiry", &minutes.to_string());
        self.deliver(OPERATION, request).await
    }

    /// Has the last code delivered once more. MSG91 refuses within 30 s of the last time and after a few times.
    ///
    /// # Errors
    /// When MSG91 refuses, cannot be reached or cannot be understood.
    pub async fn resend_code(&self, mobile: &Mobile, channel: Channel) -> Result<Sent, Error> {
        const OPERATION: &str = "resend_code";
        let channel = match channel {
            Channel::Text => "text",
            Channel::Voice => "voice",
        };
        let request = self
            .request(OPERATION, Method::GET, &["otp", "retry"])
            .query("mobile", mobile.as_str())
            .query("retrytype", channel)
            .once();
        self.deliver(OPERATION, request).await
    }

    /// Sends a message from a template to one or several people. Sent once.
    ///
    /// # Errors
    /// When MSG91 refuses, cannot be reached or cannot be understood.
    pub async fn send_flow(&self, flow: &Flow) -> Result<Sent, Error> {
        const OPERATION: &str = "send_flow";
        // The slash at the end is part of the documented address.
        let request = self.request(OPERATION, Method::POST, &["flow", ""]);
        self.deliver(OPERATION, request.json(flow)).await
    }

    async fn deliver(&self, operation: &'static str, request: Request) -> Result<Sent, Error> {
        let work = async { answer::sent(&request.send().await?) };
        self.http.observe(operation, work).await
    }

    fn request(&self, operation: &'static str, method: Method, path: &[&str]) -> Request {
        let segments: Vec<&str> = ["api", "v5"].iter().chain(path).copied().collect();
        self.http.request(operation, method, &segments)
    }
}
