//! The app `groupfolders` ("Team folders"): folders that belong to groups (nextcloud/groupfolders, `README.md` and
//! `lib/Controller/FolderController.php`). Its answers are envelopes of OCS, though not at an OCS address.

use std::collections::BTreeMap;

use bheem_http_kit::{Created, Deleted, Listed, Method, Request, header, lenient};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::client::OCS_HEADER;
use crate::envelope::read;
use crate::{Client, Error, Permissions};

/// What the app writes for "no limit".
const UNLIMITED: i64 = -3;

/// A folder of groups.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct GroupFolder {
    /// Its id.
    #[serde(deserialize_with = "number")]
    pub id: u64,
    /// The name it has in the files of its members.
    #[serde(default)]
    pub mount_point: String,
    /// What each group may do, by the group's id.
    #[serde(default, deserialize_with = "groups")]
    pub groups: BTreeMap<String, Permissions>,
    /// The limit in bytes; `None` if there is none.
    #[serde(default, rename = "quota", deserialize_with = "limit")]
    pub limit_bytes: Option<u64>,
    /// What is used of it.
    #[serde(default, rename = "size", deserialize_with = "limit")]
    pub used_bytes: Option<u64>,
    /// Files in it have rules of their own.
    #[serde(default, rename = "acl", deserialize_with = "lenient::flag")]
    pub has_rules: bool,
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = lenient::integer(deserializer)?.and_then(|number| u64::try_from(number).ok());
    number.ok_or_else(|| serde::de::Error::custom("a folder without an id"))
}

fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(lenient::integer(deserializer)?.and_then(|number| u64::try_from(number).ok()))
}

/// A number for each group; newer versions of the app write an object around it, and all of them `[]` for nothing.
fn groups<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, Permissions>, D::Error> {
    let Value::Object(groups) = Value::deserialize(deserializer)? else {
        return Ok(BTreeMap::new());
    };
    let permissions = |value: Value| {
        let value = value.get("permissions").cloned().unwrap_or(value);
        serde_json::from_value(value).unwrap_or_default()
    };
    Ok(groups
        .into_iter()
        .map(|(group, value)| (group, permissions(value)))
        .collect())
}

#[derive(Deserialize)]
struct Id {
    #[serde(deserialize_with = "number")]
    id: u64,
}

/// Operations on folders of groups; from [`Client::group_folders`].
#[derive(Clone, Copy, Debug)]
pub struct GroupFolders<'a>(pub(crate) &'a Client);

impl GroupFolders<'_> {
    /// All of them.
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn list(&self) -> Result<Listed<GroupFolder>, Error> {
        const OPERATION: &str = "list_group_folders";
        self.0.http.observe(OPERATION, self.all(OPERATION)).await
    }

    /// Looks one up by its id.
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn find(&self, id: u64) -> Result<Option<GroupFolder>, Error> {
        const OPERATION: &str = "find_group_folder";
        let work = async {
            let request = self.request(OPERATION, Method::GET, &[&id.to_string()]);
            match self.0.call(request, &[]).await {
                // Older versions answer `false` or nothing for what is not there.
                Ok(Value::Object(fields)) => read(OPERATION, Value::Object(fields)).map(Some),
                Ok(_) | Err(Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Looks one up by its name, which is its natural key, although the app allows several of one name: the oldest.
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn find_by_mount_point(&self, name: &str) -> Result<Option<GroupFolder>, Error> {
        const OPERATION: &str = "find_group_folder";
        let work = self.by_name(OPERATION, name);
        self.0.http.observe(OPERATION, work).await
    }

    /// Makes one, even if there is one of this name. Gives its id.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the name cannot be used.
    pub async fn create(&self, mount_point: &str) -> Result<u64, Error> {
        const OPERATION: &str = "create_group_folder";
        self.0
            .http
            .observe(OPERATION, self.make(OPERATION, mount_point))
            .await
    }

    /// Makes one unless there is one of this name. Gives its id.
    ///
    /// # Errors
    /// As for [`GroupFolders::create`].
    pub async fn ensure(&self, mount_point: &str) -> Result<(u64, Created), Error> {
        const OPERATION: &str = "ensure_group_folder";
        let work = async {
            if let Some(found) = self.by_name(OPERATION, mount_point).await? {
                return Ok((found.id, Created::Exists));
            }
            Ok((self.make(OPERATION, mount_point).await?, Created::Created))
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Gives it another name.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none.
    pub async fn rename(&self, id: u64, mount_point: &str) -> Result<(), Error> {
        let body = json!({"mountpoint": mount_point});
        self.change("rename_group_folder", id, &["mountpoint"], body)
            .await
    }

    /// Limits its size, or does no longer.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none.
    pub async fn set_quota(&self, id: u64, limit_bytes: Option<u64>) -> Result<(), Error> {
        let body = match limit_bytes {
            Some(bytes) => json!({"quota": bytes}),
            None => json!({"quota": UNLIMITED}),
        };
        self.change("set_group_folder_quota", id, &["quota"], body)
            .await
    }

    /// Lets a group in, with all permissions. Harmless if it is in already.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such folder.
    pub async fn add_group(&self, id: u64, group: &str) -> Result<(), Error> {
        self.change(
            "add_group_to_folder",
            id,
            &["groups"],
            json!({"group": group}),
        )
        .await
    }

    /// What a group may do.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such folder.
    pub async fn set_permissions(
        &self,
        id: u64,
        group: &str,
        permissions: Permissions,
    ) -> Result<(), Error> {
        let body = json!({"permissions": permissions.bits()});
        self.change("set_group_folder_permissions", id, &["groups", group], body)
            .await
    }

    /// Lets a group no longer in.
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn remove_group(&self, id: u64, group: &str) -> Result<Deleted, Error> {
        const OPERATION: &str = "remove_group_from_folder";
        let id = id.to_string();
        let request = self.request(OPERATION, Method::DELETE, &[&id, "groups", group]);
        self.remove(OPERATION, request).await
    }

    /// Deletes it with all that is in it.
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn delete(&self, id: u64) -> Result<Deleted, Error> {
        const OPERATION: &str = "delete_group_folder";
        let request = self.request(OPERATION, Method::DELETE, &[&id.to_string()]);
        self.remove(OPERATION, request).await
    }

    async fn all(&self, operation: &'static str) -> Result<Listed<GroupFolder>, Error> {
        let request = self.request(operation, Method::GET, &[]);
        let data = self.0.call(request, &[]).await?;
        Ok(Listed::of_value(operation, data)?)
    }

    async fn by_name(
        &self,
        operation: &'static str,
        name: &str,
    ) -> Result<Option<GroupFolder>, Error> {
        let found = self.all(operation).await?.into_iter();
        Ok(found
            .filter(|folder| folder.mount_point == name)
            .min_by_key(|folder| folder.id))
    }

    async fn make(&self, operation: &'static str, name: &str) -> Result<u64, Error> {
        let request = self.request(operation, Method::POST, &[]);
        let request = request.json(&json!({"mountpoint": name}));
        let made: Id = read(operation, self.0.call(request, &[]).await?)?;
        Ok(made.id)
    }

    async fn change(
        &self,
        operation: &'static str,
        id: u64,
        path: &[&str],
        body: Value,
    ) -> Result<(), Error> {
        let id = id.to_string();
        let mut segments = vec![id.as_str()];
        segments.extend(path);
        let request = self.request(operation, Method::POST, &segments);
        // To set the same again changes nothing.
        let request = request.json(&body).repeatable();
        let work = async { self.0.call(request, &[]).await.map(drop) };
        self.0.http.observe(operation, work).await
    }

    async fn remove(&self, operation: &'static str, request: Request) -> Result<Deleted, Error> {
        let work = async {
            match self.0.call(request, &[]).await {
                Ok(_) => Ok(Deleted::Removed),
                Err(Error::NotFound { .. }) => Ok(Deleted::Absent),
                Err(error) => Err(error),
            }
        };
        self.0.http.observe(operation, work).await
    }

    fn request(self, operation: &'static str, method: Method, path: &[&str]) -> Request {
        let mut segments = vec!["index.php", "apps", "groupfolders", "folders"];
        segments.extend(path);
        self.0
            .http
            .request(operation, method, &segments)
            .header(OCS_HEADER, "true")
            .header(header::ACCEPT, "application/json")
            .query("format", "json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_groups_are_read() {
        for groups in [
            json!({"a": 31, "b": "1"}),
            json!({"a": {"permissions": 31, "type": "group"}, "b": {"permissions": 1}}),
        ] {
            let folder: GroupFolder = serde_json::from_value(
                json!({"id": "7", "mount_point": "x", "groups": groups, "quota": -3}),
            )
            .unwrap();
            assert_eq!(folder.groups["a"], Permissions::ALL);
            assert_eq!(folder.groups["b"], Permissions::READ);
            assert_eq!((folder.id, folder.limit_bytes), (7, None));
        }
        let none: GroupFolder = serde_json::from_value(json!({"id": 7, "groups": []})).unwrap();
        assert!(none.groups.is_empty());
    }
}
