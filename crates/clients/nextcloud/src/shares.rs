//! Shares (Nextcloud server, `apps/files_sharing/lib/Controller/ShareAPIController.php`): the calling account shares
//! what it owns, or what it may share on.

use bheem_http_kit::{Deleted, ExposeSecret as _, Listed, Method};
use serde_json::{Map, Value, json};

use crate::envelope::read;
use crate::share::{CreateShare, Share, ShareType, UpdateShare};
use crate::{Client, Error};

const BASE: &[&str] = &["apps", "files_sharing", "api", "v1", "shares"];

/// Operations on shares; from [`Client::shares`].
#[derive(Clone, Copy, Debug)]
pub struct Shares<'a>(pub(crate) &'a Client);

impl Shares<'_> {
    /// Shares something. The natural key of a share with a user or group is path and recipient: what is shared so already
    /// gets the wanted permissions, date and note, as Nextcloud answers the share that is there and ignores what was
    /// asked (32.0.1, 2026-11). A link has no key: give it a label, and look with [`Shares::find_same`] before asking
    /// again after [`bheem_http_kit::Effect::Unknown`].
    ///
    /// # Errors
    /// [`Error::Conflict`] if an older server says that it is shared already, [`Error::NotFound`] if the path is wrong,
    /// [`Error::Forbidden`] and [`Error::Invalid`] if the server's rules are broken, for example about passwords.
    pub async fn create(&self, share: &CreateShare) -> Result<Share, Error> {
        const OPERATION: &str = "create_share";
        let work = async {
            let request = self.0.ocs(OPERATION, Method::POST, BASE);
            let result = self.0.call(request.json(&body(share)), &[]).await;
            let refusal = match result {
                Ok(data) => {
                    return self
                        .as_wanted(OPERATION, share, read(OPERATION, data)?)
                        .await;
                }
                Err(error) => error,
            };
            // "Already shared" is a 403 whose text is in the caller's language.
            let Error::Forbidden { code, .. } = refusal else {
                return Err(refusal);
            };
            let is_unique = matches!(share.share_type, ShareType::User | ShareType::Group);
            if is_unique && self.same(OPERATION, share).await?.is_some() {
                return Err(Error::Conflict {
                    operation: OPERATION,
                    code,
                });
            }
            Err(refusal)
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Looks for a share of the same path with the same recipient; for links, with the same label.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the path is wrong.
    pub async fn find_same(&self, share: &CreateShare) -> Result<Option<Share>, Error> {
        const OPERATION: &str = "find_share";
        let work = self.same(OPERATION, share);
        self.0.http.observe(OPERATION, work).await
    }

    /// Looks a share up by its id.
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn find(&self, id: &str) -> Result<Option<Share>, Error> {
        const OPERATION: &str = "find_share";
        let work = async {
            let request = self.0.ocs(OPERATION, Method::GET, &with(id));
            match self.0.call(request, &[]).await {
                Ok(data) => {
                    // A list of one.
                    let data = match data {
                        Value::Array(items) => items.into_iter().next().unwrap_or_default(),
                        data => data,
                    };
                    read(OPERATION, data).map(Some)
                }
                Err(Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// The caller's shares of one path.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the path is wrong.
    pub async fn list_of(&self, path: &str) -> Result<Listed<Share>, Error> {
        const OPERATION: &str = "list_shares";
        let parameters = [("path", path), ("reshares", "true")];
        let work = self.list_with(OPERATION, &parameters);
        self.0.http.observe(OPERATION, work).await
    }

    /// The caller's shares of what is in a folder.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the path is wrong.
    pub async fn list_in(&self, folder: &str) -> Result<Listed<Share>, Error> {
        const OPERATION: &str = "list_shares";
        let parameters = [("path", folder), ("subfiles", "true")];
        let work = self.list_with(OPERATION, &parameters);
        self.0.http.observe(OPERATION, work).await
    }

    /// All of the caller's shares.
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn list(&self) -> Result<Listed<Share>, Error> {
        const OPERATION: &str = "list_shares";
        self.0
            .http
            .observe(OPERATION, self.list_with(OPERATION, &[]))
            .await
    }

    /// What others share with the caller.
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn shared_with_me(&self) -> Result<Listed<Share>, Error> {
        const OPERATION: &str = "list_shares";
        let work = self.list_with(OPERATION, &[("shared_with_me", "true")]);
        self.0.http.observe(OPERATION, work).await
    }

    /// Changes a share.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none, [`Error::Invalid`] if the server's rules are broken.
    pub async fn update(&self, id: &str, change: &UpdateShare) -> Result<Share, Error> {
        const OPERATION: &str = "update_share";
        let work = async {
            let request = self.0.ocs(OPERATION, Method::PUT, &with(id));
            let data = self.0.call(request.json(&change_body(change)), &[]).await?;
            read(OPERATION, data)
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Ends a share.
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn delete(&self, id: &str) -> Result<Deleted, Error> {
        const OPERATION: &str = "delete_share";
        let work = async {
            let request = self.0.ocs(OPERATION, Method::DELETE, &with(id));
            match self.0.call(request, &[]).await {
                Ok(_) => Ok(Deleted::Removed),
                Err(Error::NotFound { .. }) => Ok(Deleted::Absent),
                Err(error) => Err(error),
            }
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Changes what was answered, if it is not what was wanted.
    async fn as_wanted(
        &self,
        operation: &'static str,
        wanted: &CreateShare,
        share: Share,
    ) -> Result<Share, Error> {
        if !matches!(wanted.share_type, ShareType::User | ShareType::Group) {
            return Ok(share);
        }
        let mut change = UpdateShare::new();
        let mut is_other = false;
        if let Some(permissions) = wanted.permissions
            && !share.has_permissions(permissions)
        {
            change = change.permissions(permissions);
            is_other = true;
        }
        if wanted.expires_on.is_some() && wanted.expires_on != share.expires_on {
            change = change.expires_on(wanted.expires_on);
            is_other = true;
        }
        if let Some(note) = &wanted.note
            && share.note.as_deref() != Some(note)
        {
            change = change.note(note);
            is_other = true;
        }
        if !is_other {
            return Ok(share);
        }
        let request = self.0.ocs(operation, Method::PUT, &with(&share.id));
        let data = self
            .0
            .call(request.json(&change_body(&change)), &[])
            .await?;
        read(operation, data)
    }

    async fn same(
        &self,
        operation: &'static str,
        wanted: &CreateShare,
    ) -> Result<Option<Share>, Error> {
        let shares = self
            .list_with(operation, &[("path", &wanted.path), ("reshares", "true")])
            .await?;
        Ok(shares.into_iter().find(|share| {
            let is_kind = share.share_type == wanted.share_type;
            match wanted.share_type {
                ShareType::Link => is_kind && share.label == wanted.label,
                _ => is_kind && share.share_with == wanted.share_with,
            }
        }))
    }

    async fn list_with(
        &self,
        operation: &'static str,
        parameters: &[(&str, &str)],
    ) -> Result<Listed<Share>, Error> {
        let mut request = self.0.ocs(operation, Method::GET, BASE);
        for (name, value) in parameters {
            request = request.query(name, value);
        }
        let data = self.0.call(request, &[]).await?;
        Ok(Listed::of_value(operation, data)?)
    }
}

fn with(id: &str) -> Vec<&str> {
    BASE.iter().copied().chain([id]).collect()
}

fn body(share: &CreateShare) -> Value {
    let mut fields = Map::new();
    let mut set = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    set("path", json!(share.path));
    set("shareType", json!(share.share_type.number()));
    if let Some(with) = &share.share_with {
        set("shareWith", json!(with));
    }
    if let Some(permissions) = share.permissions {
        set("permissions", json!(permissions.bits()));
    }
    if let Some(password) = &share.password {
        set("password", json!(password.expose_secret()));
    }
    if let Some(date) = share.expires_on {
        set("expireDate", json!(date.to_string()));
    }
    if let Some(label) = &share.label {
        set("label", json!(label));
    }
    if let Some(note) = &share.note {
        set("note", json!(note));
    }
    Value::Object(fields)
}

/// An empty text takes a password or a date away.
fn change_body(change: &UpdateShare) -> Value {
    let mut fields = Map::new();
    let mut set = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    if let Some(permissions) = change.permissions {
        set("permissions", json!(permissions.bits()));
    }
    if let Some(password) = &change.password {
        let text = password
            .as_ref()
            .map_or("", |password| password.expose_secret());
        set("password", json!(text));
    }
    if let Some(date) = change.expires_on {
        set(
            "expireDate",
            json!(date.map(|date| date.to_string()).unwrap_or_default()),
        );
    }
    if let Some(label) = &change.label {
        set("label", json!(label));
    }
    if let Some(note) = &change.note {
        set("note", json!(note));
    }
    Value::Object(fields)
}
