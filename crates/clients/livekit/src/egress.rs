//! Recordings (`livekit.Egress`): begun here, told of by webhooks and by [`Egress::list`].

use std::fmt;

use bheem_http_kit::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::client::Call;
use crate::protojson::{integer, name, parts, text};
use crate::{Client, Error, Listed, VideoGrant};

/// Recordings of a server.
#[derive(Debug, Clone, Copy)]
pub struct Egress<'a> {
    pub(crate) client: &'a Client,
}

/// Where a recording goes: a bucket of anything that speaks S3. Its credentials are sent to LiveKit.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct S3Upload {
    /// Access key.
    pub access_key: String,
    /// Its secret.
    pub secret: SecretString,
    /// Bucket.
    pub bucket: String,
    /// Region.
    pub region: String,
    /// Address of the service, when it is not Amazon's.
    pub endpoint: Option<String>,
    /// Whether the bucket is part of the path rather than of the host's name.
    pub force_path_style: bool,
}

impl S3Upload {
    /// A bucket.
    pub fn new(
        access_key: impl Into<String>,
        secret: SecretString,
        region: impl Into<String>,
        bucket: impl Into<String>,
    ) -> Self {
        Self {
            access_key: access_key.into(),
            secret,
            bucket: bucket.into(),
            region: region.into(),
            endpoint: None,
            force_path_style: false,
        }
    }

    /// At another address than Amazon's, with the bucket in the path.
    #[must_use]
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self.force_path_style = true;
        self
    }
}

/// A recording of a whole room.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RoomComposite {
    /// Which room.
    pub room: String,
    /// `grid`, `speaker`, `single-speaker`; LiveKit's own when empty.
    pub layout: String,
    /// Without pictures.
    pub audio_only: bool,
    /// Name of the file in the bucket, with the folders that keep tenants apart. MP4, or OGG without pictures.
    pub file_path: String,
    /// Where to.
    pub upload: S3Upload,
}

impl RoomComposite {
    /// A recording into a file.
    pub fn new(room: impl Into<String>, file_path: impl Into<String>, upload: S3Upload) -> Self {
        Self {
            room: room.into(),
            layout: String::new(),
            audio_only: false,
            file_path: file_path.into(),
            upload,
        }
    }

    fn body(&self) -> Value {
        let upload = &self.upload;
        json!({
            "room_name": self.room,
            "layout": self.layout,
            "audio_only": self.audio_only,
            "file_outputs": [{
                "file_type": if self.audio_only { "OGG" } else { "MP4" },
                "filepath": self.file_path,
                "s3": {
                    "access_key": upload.access_key,
                    "secret": upload.secret.expose_secret(),
                    "bucket": upload.bucket,
                    "region": upload.region,
                    "endpoint": upload.endpoint,
                    "force_path_style": upload.force_path_style,
                },
            }],
        })
    }
}

/// How far a recording is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EgressStatus {
    /// Beginning.
    Starting,
    /// Under way.
    Active,
    /// Being finished.
    Ending,
    /// Done; the file is there.
    Complete,
    /// Broken.
    Failed,
    /// Given up before it began.
    Aborted,
    /// Ended by a limit; the file is there.
    LimitReached,
    /// One that this crate does not know.
    Other(String),
}

impl EgressStatus {
    /// Whether nothing more will happen.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(
            self,
            Self::Complete | Self::Failed | Self::Aborted | Self::LimitReached
        )
    }
}

impl Default for EgressStatus {
    /// The first of LiveKit's list, which it leaves out.
    fn default() -> Self {
        Self::Starting
    }
}

impl<'de> Deserialize<'de> for EgressStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = [
            "EGRESS_STARTING",
            "EGRESS_ACTIVE",
            "EGRESS_ENDING",
            "EGRESS_COMPLETE",
            "EGRESS_FAILED",
            "EGRESS_ABORTED",
            "EGRESS_LIMIT_REACHED",
        ];
        let text = name(deserializer, &names)?;
        Ok(match text.as_str() {
            "EGRESS_STARTING" => Self::Starting,
            "EGRESS_ACTIVE" => Self::Active,
            "EGRESS_ENDING" => Self::Ending,
            "EGRESS_COMPLETE" => Self::Complete,
            "EGRESS_FAILED" => Self::Failed,
            "EGRESS_ABORTED" => Self::Aborted,
            "EGRESS_LIMIT_REACHED" => Self::LimitReached,
            _ => Self::Other(text),
        })
    }
}

impl fmt::Display for EgressStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Starting => "starting",
            Self::Active => "active",
            Self::Ending => "ending",
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
            Self::LimitReached => "limit reached",
            Self::Other(text) => text,
        })
    }
}

/// A file that came of a recording.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct EgressFile {
    /// Its name in the bucket.
    #[serde(deserialize_with = "text")]
    pub filename: String,
    /// Where it can be had.
    #[serde(deserialize_with = "text")]
    pub location: String,
    /// Bytes.
    #[serde(deserialize_with = "integer")]
    pub size: i64,
    /// Nanoseconds.
    #[serde(deserialize_with = "integer")]
    pub duration: i64,
}

/// A recording.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct EgressInfo {
    /// Its id, `EG_…`.
    #[serde(alias = "egressId", deserialize_with = "text")]
    pub egress_id: String,
    /// Of which room.
    #[serde(alias = "roomName", deserialize_with = "text")]
    pub room_name: String,
    /// How far it is.
    pub status: EgressStatus,
    /// When it began, in nanoseconds since 1970.
    #[serde(alias = "startedAt", deserialize_with = "integer")]
    pub started_at: i64,
    /// When it ended, in nanoseconds since 1970.
    #[serde(alias = "endedAt", deserialize_with = "integer")]
    pub ended_at: i64,
    /// Why it failed.
    #[serde(deserialize_with = "text")]
    pub error: String,
    /// What came of it.
    #[serde(alias = "fileResults", deserialize_with = "parts")]
    pub file_results: Vec<EgressFile>,
}

/// Which recordings.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct EgressFilter {
    /// Of this room.
    pub room: Option<String>,
    /// The one with this id.
    pub egress_id: Option<String>,
    /// Only those that are not over.
    pub is_active: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Found {
    items: Listed<EgressInfo>,
}

fn grant() -> VideoGrant {
    VideoGrant {
        room_record: true,
        ..VideoGrant::default()
    }
}

fn call(operation: &'static str, method: &'static str, is_repeatable: bool) -> Call {
    Call {
        operation,
        service: "livekit.Egress",
        method,
        is_repeatable,
    }
}

impl Egress<'_> {
    /// Begins to record a room; sent once, as a second one would be a second recording. After an unknown outcome look
    /// at [`Self::list`] for the room.
    ///
    /// # Errors
    /// `NotFound` for a room that does not exist; `Unavailable` where LiveKit has no egress (it needs Redis); when
    /// LiveKit refuses, cannot be reached or cannot be understood.
    pub async fn start_room_composite(&self, wish: &RoomComposite) -> Result<EgressInfo, Error> {
        let call = call("start_recording", "StartRoomCompositeEgress", false);
        self.client.call(call, grant(), &wish.body()).await
    }

    /// Changes the layout of a recording.
    ///
    /// # Errors
    /// As [`Self::start_room_composite`].
    pub async fn update_layout(&self, egress_id: &str, layout: &str) -> Result<EgressInfo, Error> {
        let call = call("update_recording_layout", "UpdateLayout", true);
        let body = json!({"egress_id": egress_id, "layout": layout});
        self.client.call(call, grant(), &body).await
    }

    /// Recordings, newest first as LiveKit tells them.
    ///
    /// # Errors
    /// As [`Self::start_room_composite`].
    pub async fn list(&self, filter: &EgressFilter) -> Result<Listed<EgressInfo>, Error> {
        let call = call("list_recordings", "ListEgress", true);
        let body = json!({
            "room_name": filter.room.as_deref().unwrap_or_default(),
            "egress_id": filter.egress_id.as_deref().unwrap_or_default(),
            "active": filter.is_active,
        });
        let found: Found = self.client.call(call, grant(), &body).await?;
        Ok(found.items)
    }

    /// Ends a recording; its file comes later, and a webhook tells. Repeating is harmless.
    ///
    /// # Errors
    /// `NotFound` for an unknown one, a conflict for one that is over; else as [`Self::start_room_composite`].
    pub async fn stop(&self, egress_id: &str) -> Result<EgressInfo, Error> {
        let call = call("stop_recording", "StopEgress", true);
        let body = json!({"egress_id": egress_id});
        self.client.call(call, grant(), &body).await
    }
}
