#![doc = include_str!("../README.md")]

mod answer;
mod client;
mod email;
mod error;
mod meeting;
mod opaque;
mod paths;
mod phone;
mod templates;

pub use answer::Sent;
pub use client::Client;
pub use email::Email;
pub use error::Error;
pub use meeting::MeetingInvite;
pub use paths::Paths;
pub use phone::{Otp, Sms, WhatsAppTemplate, WhatsAppText};
pub use templates::{
    PasswordReset, SecurityAlert, Template, TemplateEmail, WorkspaceInvite, WorkspaceWelcome,
};

pub use bheem_http_kit::{
    BuildError, ClientBuilder, Effect, ErrorKind, PeerText, RetryPolicy, SecretString,
};
