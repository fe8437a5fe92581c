//! What a share is, and what can be asked of one.

use bheem_http_kit::{SecretString, lenient};
use chrono::NaiveDate;
use serde::{Deserialize, Deserializer};

/// With whom something is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ShareType {
    /// A user of this server.
    User,
    /// A group of this server.
    Group,
    /// Whoever has the link.
    Link,
    /// Somebody with a mail address.
    Mail,
    /// A user of another server.
    Federated,
    /// Another one, by its number.
    Other(i64),
}

impl ShareType {
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::User => 0,
            Self::Group => 1,
            Self::Link => 3,
            Self::Mail => 4,
            Self::Federated => 6,
            Self::Other(number) => number,
        }
    }

    fn of(number: i64) -> Self {
        match number {
            0 => Self::User,
            1 => Self::Group,
            3 => Self::Link,
            4 => Self::Mail,
            6 => Self::Federated,
            number => Self::Other(number),
        }
    }
}

/// What may be done with something shared: a sum of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Permissions(u8);

impl Permissions {
    /// Read it.
    pub const READ: Self = Self(1);
    /// Change files.
    pub const UPDATE: Self = Self(2);
    /// Make files and folders.
    pub const CREATE: Self = Self(4);
    /// Delete.
    pub const DELETE: Self = Self(8);
    /// Share it on.
    pub const SHARE: Self = Self(16);
    /// All of them.
    pub const ALL: Self = Self(31);

    /// From the number that Nextcloud uses; `None` if there are other bits in it.
    #[must_use]
    pub fn from_bits(bits: u8) -> Option<Self> {
        (bits & !Self::ALL.0 == 0).then_some(Self(bits))
    }

    /// The number that Nextcloud uses.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether all of `other` is in this.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl std::ops::BitOr for Permissions {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl<'de> Deserialize<'de> for Permissions {
    /// Bits that nobody knows are left out.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = lenient::integer(deserializer)?.unwrap_or_default();
        let known = number & i64::from(Self::ALL.0);
        Ok(Self(u8::try_from(known).unwrap_or_default()))
    }
}

/// Something shared. Its `Debug` shows the token of a link, which is its secret, as little as its URL.
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct Share {
    /// Its id.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// With whom.
    #[serde(deserialize_with = "share_type")]
    pub share_type: ShareType,
    /// What may be done.
    #[serde(default)]
    pub permissions: Permissions,
    /// What is shared, as the caller sees it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub path: Option<String>,
    /// The id of the user or group, or the address. For links, unless the server is old, nothing.
    #[serde(default, deserialize_with = "lenient::text")]
    pub share_with: Option<String>,
    /// Who shares it.
    #[serde(default, rename = "uid_owner", deserialize_with = "lenient::text")]
    pub owner_id: Option<String>,
    /// The secret part of a link.
    #[serde(default, deserialize_with = "lenient::text")]
    pub token: Option<String>,
    /// The link.
    #[serde(default, deserialize_with = "lenient::text")]
    pub url: Option<String>,
    /// The last day.
    #[serde(default, rename = "expiration", deserialize_with = "day")]
    pub expires_on: Option<NaiveDate>,
    /// The name of a link, for its owner.
    #[serde(default, deserialize_with = "lenient::text")]
    pub label: Option<String>,
    /// A message to the recipients.
    #[serde(default, deserialize_with = "lenient::text")]
    pub note: Option<String>,
    /// `file` or `folder`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub item_type: Option<String>,
    /// Nextcloud's id of what is shared.
    #[serde(default, rename = "file_source", deserialize_with = "lenient::text")]
    pub file_id: Option<String>,
    /// A password is asked for: what stands here is no password.
    #[serde(default, rename = "password", deserialize_with = "is_there")]
    pub has_password: bool,
}

impl Share {
    /// Whether these are its permissions; of a file nothing can be created or deleted in it.
    pub(crate) fn has_permissions(&self, wanted: Permissions) -> bool {
        let of_files = !(Permissions::CREATE.bits() | Permissions::DELETE.bits());
        let is_file = self.item_type.as_deref() == Some("file");
        let mask = if is_file { of_files } else { u8::MAX };
        self.permissions.bits() & mask == wanted.bits() & mask
    }
}

impl std::fmt::Debug for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Share")
            .field("id", &self.id)
            .field("share_type", &self.share_type)
            .field("permissions", &self.permissions)
            .finish_non_exhaustive()
    }
}

fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    lenient::text(deserializer)?.ok_or_else(|| serde::de::Error::custom("a share without an id"))
}

fn share_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ShareType, D::Error> {
    let number = lenient::integer(deserializer)?;
    let number = number.ok_or_else(|| serde::de::Error::custom("a share without a type"))?;
    Ok(ShareType::of(number))
}

/// `2026-12-31 00:00:00`.
fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
    let text = lenient::text(deserializer)?;
    Ok(text.and_then(|text| text.get(..10)?.parse().ok()))
}

fn is_there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(lenient::text(deserializer)?.is_some())
}

/// Something to share. Its `Debug` does not show the password.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct CreateShare {
    pub(crate) path: String,
    pub(crate) share_type: ShareType,
    pub(crate) share_with: Option<String>,
    pub(crate) permissions: Option<Permissions>,
    pub(crate) password: Option<SecretString>,
    pub(crate) expires_on: Option<NaiveDate>,
    pub(crate) label: Option<String>,
    pub(crate) note: Option<String>,
}

impl CreateShare {
    fn new(path: impl Into<String>, share_type: ShareType, share_with: Option<String>) -> Self {
        Self {
            path: path.into(),
            share_type,
            share_with,
            permissions: None,
            password: None,
            expires_on: None,
            label: None,
            note: None,
        }
    }

    /// With a user.
    pub fn user(path: impl Into<String>, user: impl Into<String>) -> Self {
        Self::new(path, ShareType::User, Some(user.into()))
    }

    /// With a group.
    pub fn group(path: impl Into<String>, group: impl Into<String>) -> Self {
        Self::new(path, ShareType::Group, Some(group.into()))
    }

    /// With whoever has the link. Each such request makes another link.
    pub fn link(path: impl Into<String>) -> Self {
        Self::new(path, ShareType::Link, None)
    }

    /// With whoever reads a mail that Nextcloud sends to this address.
    pub fn mail(path: impl Into<String>, address: impl Into<String>) -> Self {
        Self::new(path, ShareType::Mail, Some(address.into()))
    }

    /// What may be done with it. Without this the server decides.
    pub fn permissions(mut self, permissions: Permissions) -> Self {
        self.permissions = Some(permissions);
        self
    }

    /// A password for a link or a mail.
    pub fn password(mut self, password: SecretString) -> Self {
        self.password = Some(password);
        self
    }

    /// The last day.
    pub fn expires_on(mut self, day: NaiveDate) -> Self {
        self.expires_on = Some(day);
        self
    }

    /// A name for a link.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// A message to the recipients.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

/// A change of a share. Its `Debug` does not show the password.
#[derive(Clone, Debug, Default)]
#[must_use = "a request does nothing until it is sent"]
pub struct UpdateShare {
    pub(crate) permissions: Option<Permissions>,
    pub(crate) password: Option<Option<SecretString>>,
    pub(crate) expires_on: Option<Option<NaiveDate>>,
    pub(crate) label: Option<String>,
    pub(crate) note: Option<String>,
}

impl UpdateShare {
    /// No change yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What may be done with it.
    pub fn permissions(mut self, permissions: Permissions) -> Self {
        self.permissions = Some(permissions);
        self
    }

    /// Another password, or none.
    pub fn password(mut self, password: Option<SecretString>) -> Self {
        self.password = Some(password);
        self
    }

    /// Another last day, or none.
    pub fn expires_on(mut self, day: Option<NaiveDate>) -> Self {
        self.expires_on = Some(day);
        self
    }

    /// Another name.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Another message.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_bits() {
        let both = Permissions::READ | Permissions::SHARE;
        assert_eq!(both.bits(), 17);
        assert!(both.contains(Permissions::SHARE) && !both.contains(Permissions::UPDATE));
        assert_eq!(Permissions::from_bits(31), Some(Permissions::ALL));
        assert_eq!(Permissions::from_bits(32), None);
        let read: Permissions = serde_json::from_str("\"63\"").unwrap();
        assert_eq!(read, Permissions::ALL);
    }

    #[test]
    fn a_share_type_nobody_knows_is_kept() {
        for number in 0..20 {
            assert_eq!(ShareType::of(number).number(), number);
        }
        assert_eq!(ShareType::of(10), ShareType::Other(10));
    }
}
