//! The codes of Mattermost's refusals, as far as a caller may act on them. Messages are translated; codes are not.

use std::fmt;

macro_rules! error_ids {
    ($($(#[$doc:meta])* $variant:ident = $text:literal $(| $more:literal)*,)+) => {
        /// What Mattermost says is wrong.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum ErrorId {
            $($(#[$doc])* $variant,)+
            /// One that this crate does not know.
            Other(String),
        }

        impl ErrorId {
            pub(crate) fn of(text: String) -> Self {
                match text.as_str() {
                    $($text $(| $more)* => Self::$variant,)+
                    _ => Self::Other(text),
                }
            }

            /// Mattermost's code; where versions differ, the latest.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }
    };
}

error_ids! {
    /// The token or session is unknown, over or disabled.
    SessionExpired = "api.context.session_expired.app_error",
    /// The caller is known and may not do this.
    PermissionDenied = "api.context.permissions.app_error",
    /// There is no such path.
    UnknownPath = "api.context.404.app_error",
    /// Another user has this address.
    EmailTaken = "app.user.save.email_exists.app_error" | "store.sql_user.save.email_exists.app_error",
    /// Another user, perhaps a deactivated one, has this user name.
    UsernameTaken = "app.user.save.username_exists.app_error" | "store.sql_user.save.username_exists.app_error",
    /// A team, perhaps an archived one, has this name.
    TeamNameTaken = "app.team.save.existing.app_error" | "store.sql_team.save.domain_exists.app_error",
    /// A channel of the team has this name.
    ChannelNameTaken = "store.sql_channel.save_channel.exists.app_error",
    /// An archived channel of the team has this name.
    ChannelNameTakenByArchived = "store.sql_channel.save_channel.previously.app_error",
    /// No such user.
    UserMissing = "app.user.missing_account.const" | "app.user.get_by_username.app_error",
    /// No team of this name.
    TeamNameMissing = "app.team.get_by_name.missing.app_error",
    /// No team of this id.
    TeamMissing = "app.team.get.find.app_error",
    /// The user is not in the team.
    MemberMissing = "app.team.get_member.missing.app_error" | "api.channel.add_user.to.channel.failed.deleted.app_error" | "api.team.remove_user_from_team.missing.app_error",
    /// No channel of this name.
    ChannelNameMissing = "app.channel.get_by_name.missing.app_error",
    /// No channel of this id.
    ChannelMissing = "app.channel.get.existing.app_error",
    /// The user is not in the channel.
    ChannelMemberMissing = "app.channel.get_member.missing.app_error",
    /// No such personal access token.
    TokenMissing = "app.user_access_token.get_by_user.app_error",
    /// The name and password do not belong together.
    InvalidCredentials = "api.user.login.invalid_credentials_email_username",
    /// There is no password in it.
    PasswordBlank = "api.user.login.blank_pwd.app_error",
    /// The user is deactivated.
    LoginInactive = "api.user.login.inactive.app_error",
    /// A second factor is needed.
    MfaRequired = "mfa.validate_token.authenticate.app_error",
    /// The server has as many users as its edition allows.
    UserLimitReached = "api.user.create_user.user_limits.exceeded",
    /// The same, met when a user is activated.
    ActivationLimitReached = "app.user.update_active.user_limit.exceeded",
    /// The team is full (`TeamSettings.MaxUsersPerTeam`).
    TeamFull = "app.team.join_user_to_team.max_accounts.app_error" | "store.sql_team.save_member.max_accounts.app_error",
    /// `ServiceSettings.EnableUserAccessTokens` is off.
    TokensDisabled = "app.user_access_token.disabled",
    /// The server wants tokens to end (`ServiceSettings.MaximumPersonalAccessTokenLifetimeDays`).
    TokenMustExpire = "app.user_access_token.expires_at_required.app_error",
    /// A token cannot end then: it is over, or too far ahead.
    TokenExpiryInvalid = "app.user_access_token.expires_at_too_far.app_error" | "app.user_access_token.expires_at_in_past.app_error",
    /// `ServiceSettings.EnableAPIUserDeletion` is off.
    UserDeletionDisabled = "api.user.delete_user.not_enabled.for_admin.app_error" | "api.user.delete_user.not_enabled.app_error",
    /// `ServiceSettings.EnableAPITeamDeletion` is off.
    TeamDeletionDisabled = "api.user.delete_team.not_enabled.for_admin.app_error" | "api.user.delete_team.not_enabled.app_error",
    /// The name of a team has characters it may not have, or is too short or long.
    TeamNameInvalid = "model.team.is_valid.url.app_error" | "model.team.is_valid.characters.app_error",
    /// The name of a team begins with a reserved word.
    TeamNameReserved = "model.team.is_valid.reserved.app_error",
    /// The user name is not allowed.
    UsernameInvalid = "model.user.is_valid.username.app_error",
    /// The password breaks the server's rules.
    PasswordInvalid = "model.user.is_valid.pwd_min_length.app_error" | "model.user.is_valid.pwd_min_length",
    /// The message is too long.
    MessageInvalid = "model.post.is_valid.msg.app_error" | "model.post.is_valid.msg" | "model.post.is_valid.message_length.app_error",
    /// The address is none.
    EmailInvalid = "model.user.is_valid.email.app_error",
    /// A body has a field that is missing or wrong.
    InvalidBody = "api.context.invalid_body_param.app_error",
    /// The path or query has a value that is wrong.
    InvalidParameter = "api.context.invalid_url_param.app_error",
}

impl ErrorId {
    /// Whether something is there already.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(
            self,
            Self::EmailTaken
                | Self::UsernameTaken
                | Self::TeamNameTaken
                | Self::ChannelNameTaken
                | Self::ChannelNameTakenByArchived
        )
    }

    /// Whether what was asked for is not there.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(
            self,
            Self::UserMissing
                | Self::TeamNameMissing
                | Self::TeamMissing
                | Self::MemberMissing
                | Self::ChannelNameMissing
                | Self::ChannelMissing
                | Self::ChannelMemberMissing
                | Self::TokenMissing
        )
    }
}

impl fmt::Display for ErrorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
