#![doc = include_str!("../README.md")]

mod advice;
mod app_passwords;
mod client;
mod details;
mod envelope;
mod error;
mod field;
mod group_folders;
mod groups;
mod login_flow;
mod memberships;
mod oidc;
mod quota;
mod server;
mod share;
mod shares;
mod users;

pub use app_passwords::{AppPasswords, NamedAppPassword};
pub use client::Client;
pub use details::GroupDetails;
pub use error::Error;
pub use field::UserField;
pub use group_folders::{GroupFolder, GroupFolders};
pub use groups::{Group, Groups};
pub use login_flow::{LoginCredentials, LoginFlow};
pub use oidc::{Oidc, OidcUser};
pub use quota::{QuotaError, QuotaLimit};
pub use server::{Capabilities, ServerVersion, Status};
pub use share::{CreateShare, Permissions, Share, ShareType, UpdateShare};
pub use shares::Shares;
pub use users::{CreateUser, Quota, User, Users};

pub use bheem_webdav::NextcloudFiles;

pub use bheem_http_kit::{
    Auth, BuildError, ClientBuilder, Created, Deleted, Effect, ErrorKind, Listed, Page, PeerText,
    RetryPolicy, SecretString,
};
