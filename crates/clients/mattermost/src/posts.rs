//! Messages (<https://developers.mattermost.com/api-documentation/#/#posts>).

use std::collections::BTreeMap;

use bheem_http_kit::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::wire::or_default;
use crate::{ChannelId, Client, Error, PostId, UserId};

/// The property that holds a message's natural key.
const KEY: &str = "notification_id";

/// A message that is to be sent.
#[derive(Debug, Clone)]
pub struct NewPost {
    channel: ChannelId,
    message: String,
    key: String,
    properties: Map<String, Value>,
}

impl NewPost {
    /// A message, in Markdown. `key` is its natural key: the server itself drops a repetition within half a minute, and
    /// [`Posts::find_by_key`] finds it later.
    pub fn new(channel: &ChannelId, message: impl Into<String>, key: impl Into<String>) -> Self {
        Self {
            channel: channel.clone(),
            message: message.into(),
            key: key.into(),
            properties: Map::new(),
        }
    }

    /// A note of your own, or one that the server knows, such as `attachments`.
    #[must_use]
    pub fn property(mut self, name: impl Into<String>, value: Value) -> Self {
        self.properties.insert(name.into(), value);
        self
    }

    fn body(&self) -> Value {
        let mut properties = self.properties.clone();
        properties.insert(KEY.to_owned(), json!(self.key));
        json!({
            "channel_id": self.channel,
            "message": self.message,
            "pending_post_id": self.key,
            "props": properties,
        })
    }
}

/// A message.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct Post {
    /// Its id.
    pub id: PostId,
    /// Where it stands.
    pub channel_id: ChannelId,
    /// Who wrote it.
    pub user_id: UserId,
    /// What it says.
    #[serde(default, deserialize_with = "or_default")]
    pub message: String,
    /// When, in milliseconds since 1970.
    #[serde(default)]
    pub create_at: i64,
    #[serde(default, deserialize_with = "or_default")]
    props: Map<String, Value>,
}

impl Post {
    /// Its natural key, if it was sent with one.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.props.get(KEY)?.as_str()
    }
}

#[derive(Deserialize)]
struct Listed {
    #[serde(default, deserialize_with = "or_default")]
    posts: BTreeMap<String, Post>,
}

/// Messages, as the user or bot that the client is.
#[derive(Debug, Clone, Copy)]
pub struct Posts<'a> {
    pub(crate) client: &'a Client,
}

impl Posts<'_> {
    /// Sends a message; sent once. After an unknown outcome look at [`Self::find_by_key`].
    ///
    /// # Errors
    /// As the client's.
    pub async fn create(&self, new: &NewPost) -> Result<Post, Error> {
        const OPERATION: &str = "create_post";
        let request = self.client.request(OPERATION, Method::POST, &["posts"]);
        self.client
            .fetch(OPERATION, request.json(&new.body()))
            .await
    }

    /// The message with this key among those of a channel that were made or changed since a time, in milliseconds since
    /// 1970. The server looks at no more than a thousand.
    ///
    /// # Errors
    /// As the client's.
    pub async fn find_by_key(
        &self,
        channel: &ChannelId,
        key: &str,
        since: i64,
    ) -> Result<Option<Post>, Error> {
        const OPERATION: &str = "find_post_by_key";
        let path = ["channels", channel.as_str(), "posts"];
        let request = self.client.request(OPERATION, Method::GET, &path);
        let request = request.query("since", &since.to_string());
        let found: Listed = self.client.fetch(OPERATION, request).await?;
        let is_it = |post: &Post| post.key() == Some(key);
        Ok(found.posts.into_values().find(is_it))
    }
}
