//! Signing out: asked for by a person or a client (OpenID Connect RP-Initiated Logout 1.0), and told
//! to the clients that knew the session (Back-Channel Logout 1.0).

mod address;
mod back_channel;
mod initiated;
mod watch;

pub use back_channel::{LogoutParams, TellClient};
