#![doc = include_str!("../README.md")]

mod client;
mod credentials;
mod egress;
mod error;
mod grant;
mod participant;
mod participants;
mod protojson;
mod room;
mod rooms;
mod token;
mod verify;
mod webhook;

pub use bheem_http_kit::Listed;
pub use client::Client;
pub use credentials::{Credentials, CredentialsError};
pub use egress::{
    Egress, EgressFile, EgressFilter, EgressInfo, EgressStatus, RoomComposite, S3Upload,
};
pub use error::{Code, Error};
pub use grant::{TrackSource, VideoGrant};
pub use participant::{Participant, ParticipantState, Permission, Track};
pub use participants::{DataMessage, Participants, UpdateParticipant};
pub use room::{CreateRoom, Room};
pub use rooms::Rooms;
pub use token::AccessToken;
pub use verify::{Claims, TokenError, TokenVerifier};
pub use webhook::{Event, EventKind, WebhookError, WebhookReceiver};

pub use bheem_http_kit::{
    BuildError, ClientBuilder, Deleted, Effect, ErrorKind, ExposeSecret, RetryPolicy, SecretString,
};
