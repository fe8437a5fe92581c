//! Channels, as far as somebody new needs them (<https://developers.mattermost.com/api-documentation/#/#channels>).

use bheem_http_kit::{Deleted, Method};
use serde::Deserialize;
use serde_json::json;

use crate::{Channel, ChannelId, Client, Error, ErrorId, NewChannel, TeamId, UserId};

/// The channel that everybody in a team is in, whatever it is called there.
const DEFAULT: &str = "town-square";

/// Enough of a membership to see that it is one.
#[derive(Deserialize)]
struct Joined {
    #[serde(rename = "channel_id")]
    _channel_id: ChannelId,
    #[serde(rename = "user_id")]
    _user_id: UserId,
}

/// Channels of a server.
#[derive(Debug, Clone, Copy)]
pub struct Channels<'a> {
    pub(crate) client: &'a Client,
}

impl Channels<'_> {
    /// The channel that everybody in a team is in.
    ///
    /// # Errors
    /// As the client's.
    pub async fn find_default(&self, team: &TeamId) -> Result<Option<Channel>, Error> {
        self.find_by_name(team, DEFAULT).await
    }

    /// The channel of this name, archived or not.
    ///
    /// # Errors
    /// As the client's.
    pub async fn find_by_name(&self, team: &TeamId, name: &str) -> Result<Option<Channel>, Error> {
        const OPERATION: &str = "find_channel_by_name";
        let path = ["teams", team.as_str(), "channels", "name", name];
        let request = self.client.request(OPERATION, Method::GET, &path);
        let request = request.query("include_deleted", "true");
        self.client.fetch_one(OPERATION, request).await
    }

    /// Makes a channel; sent once. After an unknown outcome look at [`Self::find_by_name`].
    ///
    /// # Errors
    /// [`ErrorId::ChannelNameTaken`], else as the client's.
    pub async fn create(&self, new: &NewChannel) -> Result<Channel, Error> {
        const OPERATION: &str = "create_channel";
        let request = self.client.request(OPERATION, Method::POST, &["channels"]);
        self.client.fetch(OPERATION, request.json(new)).await
    }

    /// The channel of this name, made now unless there is one. One that is there is answered as it is: compare.
    ///
    /// # Errors
    /// As the client's.
    pub async fn ensure(&self, new: &NewChannel) -> Result<Channel, Error> {
        if let Some(channel) = self.find_by_name(&new.team_id, &new.name).await? {
            return Ok(channel);
        }
        match self.create(new).await {
            // Somebody else was faster.
            Err(taken) if taken.id().is_some_and(ErrorId::is_conflict) => {
                let found = self.find_by_name(&new.team_id, &new.name).await?;
                found.ok_or(taken)
            }
            other => other,
        }
    }

    /// The channel of two users, made when there is none. For a bot that has something to say to somebody.
    ///
    /// # Errors
    /// As the client's.
    pub async fn direct(&self, one: &UserId, other: &UserId) -> Result<Channel, Error> {
        const OPERATION: &str = "direct_channel";
        let path = ["channels", "direct"];
        let request = self.client.request(OPERATION, Method::POST, &path);
        let request = request.json(&[one, other]).repeatable();
        self.client.fetch(OPERATION, request).await
    }

    /// Adds a user of the team; one who is in it stays so.
    ///
    /// # Errors
    /// [`ErrorId::MemberMissing`] for one who is not in the team, else as the client's.
    pub async fn add_member(&self, channel: &ChannelId, user: &UserId) -> Result<(), Error> {
        const OPERATION: &str = "add_channel_member";
        let path = ["channels", channel.as_str(), "members"];
        let request = self.client.request(OPERATION, Method::POST, &path);
        let request = request.json(&json!({"user_id": user})).repeatable();
        self.client
            .fetch::<Joined>(OPERATION, request)
            .await
            .map(drop)
    }

    /// Removes a user.
    ///
    /// # Errors
    /// As the client's.
    pub async fn remove_member(
        &self,
        channel: &ChannelId,
        user: &UserId,
    ) -> Result<Deleted, Error> {
        const OPERATION: &str = "remove_channel_member";
        let path = ["channels", channel.as_str(), "members", user.as_str()];
        let request = self.client.request(OPERATION, Method::DELETE, &path);
        self.client.remove(OPERATION, request).await
    }
}
