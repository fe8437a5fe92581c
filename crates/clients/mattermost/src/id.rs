//! Ids: 26 lower-case letters and digits.
//!
//! Invariant: nothing else becomes one. Mattermost's error objects carry their code under the same key `id` as an
//! object its id; a code has dots, so that it can never be taken for an id.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const LENGTH: usize = 26;

/// A text that is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 26 lower-case letters and digits")]
pub struct InvalidId;

fn is_id(text: &str) -> bool {
    let is_of_it = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() == LENGTH && text.bytes().all(is_of_it)
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                if is_id(&text) { Ok(Self(text)) } else { Err(InvalidId) }
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::try_from(text.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

ids! {
    /// The id of a team.
    TeamId,
    /// The id of a user.
    UserId,
    /// The id of a channel.
    ChannelId,
    /// The id of a message.
    PostId,
    /// The id of a session.
    SessionId,
    /// The id of a personal access token, which is not the token.
    TokenId,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_code_of_an_error_is_no_id() {
        assert!("u4p6qrx1n3f8mbp7w5d9k2ztca".parse::<UserId>().is_ok());
        for text in [
            "app.user.save.email_exists.app_error",
            "app.user.missing.app_erro",
            "app.user.missing.app_error",
            "",
            "U4P6QRX1N3F8MBP7W5D9K2ZTCA",
            "u4p6qrx1n3f8mbp7w5d9k2ztc",
            "u4p6qrx1n3f8mbp7w5d9k2zt/a",
        ] {
            assert_eq!(text.parse::<UserId>(), Err(InvalidId), "{text}");
        }
        let read: Result<TeamId, _> = serde_json::from_str(r#""app.team.save.existing.app_error""#);
        assert!(!read.unwrap_err().to_string().contains("existing"));
    }

    proptest! {
        #[test]
        fn fuzz_whatever_has_another_sign_is_no_id(text in "\\PC{0,30}|[a-z0-9._-]{26}") {
            let is_fine = text.len() == LENGTH && text.chars().all(|one| matches!(one, 'a'..='z' | '0'..='9'));
            prop_assert_eq!(text.parse::<TeamId>().is_ok(), is_fine);
        }
    }
}
