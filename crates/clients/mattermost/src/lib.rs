#![doc = include_str!("../README.md")]

mod advice;
mod channel;
mod channels;
mod client;
mod error;
mod error_id;
mod id;
mod members;
pub mod names;
mod page;
mod posts;
mod sessions;
mod system;
mod team;
mod teams;
mod tokens;
mod user;
mod users;
mod wire;

pub use channel::{Channel, ChannelType, NewChannel};
pub use channels::Channels;
pub use client::Client;
pub use error::Error;
pub use error_id::ErrorId;
pub use id::{ChannelId, InvalidId, PostId, SessionId, TeamId, TokenId, UserId};
pub use members::{Member, Members, SchemeRoles};
pub use page::PageSize;
pub use posts::{NewPost, Post, Posts};
pub use sessions::{Session, Sessions, SignedIn};
pub use system::{ServerVersion, System};
pub use team::{NewTeam, Team, TeamType, UpdateTeam};
pub use teams::Teams;
pub use tokens::{AccessToken, NewAccessToken, NewlyMadeToken, Tokens};
pub use user::{ListUsers, NewUser, SearchUsers, UpdateUser, User};
pub use users::Users;

pub use bheem_http_kit::{
    BuildError, ClientBuilder, Deleted, Effect, ErrorKind, Listed, Page, PeerText, RetryPolicy,
    SecretString,
};
