//! Who is in which group, and who may administer one.

use bheem_http_kit::{Deleted, Method};
use serde::Deserialize;
use serde_json::json;

use crate::envelope::read;
use crate::{Error, Users};

const GROUP_MISSING: i64 = 102;
const USER_MISSING: i64 = 103;
/// Of the calls about administering groups: 101 stands for a missing user, and for "is none" when one is removed.
const SUBADMIN_USER_MISSING: i64 = 101;

#[derive(Deserialize)]
struct GroupIds {
    #[serde(default, deserialize_with = "crate::envelope::ids")]
    groups: Vec<String>,
}

#[derive(Deserialize)]
struct Subadmin(#[serde(deserialize_with = "crate::envelope::ids")] Vec<String>);

impl Users<'_> {
    /// The ids of the groups a user is in.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such user.
    pub async fn groups(&self, id: &str) -> Result<Vec<String>, Error> {
        const OPERATION: &str = "list_user_groups";
        let work = async {
            let request = self
                .0
                .request(OPERATION, Method::GET, &["users", id, "groups"]);
            Ok(read::<GroupIds>(OPERATION, self.0.call(request, &[]).await?)?.groups)
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Puts a user into a group. Harmless if that is so already.
    ///
    /// # Errors
    /// [`Error::NotFound`] with code 102 if the group is missing, 103 if the user is.
    pub async fn add_to_group(&self, id: &str, group: &str) -> Result<(), Error> {
        const OPERATION: &str = "add_user_to_group";
        let work = async {
            let body = json!({"groupid": group});
            let request = self
                .0
                .request(OPERATION, Method::POST, &["users", id, "groups"])
                .json(&body)
                .repeatable();
            membership(self.0.call(request, &[]).await.map(drop))
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Takes a user out of a group. That user or group is missing is a success too.
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn remove_from_group(&self, id: &str, group: &str) -> Result<Deleted, Error> {
        const OPERATION: &str = "remove_user_from_group";
        let work = async {
            let request = self
                .0
                .request(OPERATION, Method::DELETE, &["users", id, "groups"])
                .query("groupid", group);
            match membership(self.0.call(request, &[]).await.map(drop)) {
                Ok(()) => Ok(Deleted::Removed),
                Err(Error::NotFound { .. }) => Ok(Deleted::Absent),
                Err(error) => Err(error),
            }
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// The ids of the groups a user may administer.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such user.
    pub async fn subadmin_of(&self, id: &str) -> Result<Vec<String>, Error> {
        const OPERATION: &str = "list_subadmin_groups";
        let work = async {
            let path = ["users", id, "subadmins"];
            let request = self.0.request(OPERATION, Method::GET, &path);
            let Subadmin(groups) = read(OPERATION, subadmin(self.0.call(request, &[]).await)?)?;
            Ok(groups)
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Lets a user administer a group. Harmless if that is so already.
    ///
    /// # Errors
    /// [`Error::NotFound`] with code 101 if the user is missing, 102 if the group is; [`Error::Invalid`] for the group
    /// `admin`.
    pub async fn promote(&self, id: &str, group: &str) -> Result<(), Error> {
        const OPERATION: &str = "promote_subadmin";
        let work = async {
            let request = self
                .0
                .request(OPERATION, Method::POST, &["users", id, "subadmins"])
                .json(&json!({"groupid": group}))
                .repeatable();
            subadmin(self.0.call(request, &[]).await).map(drop)
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Lets a user no longer administer a group.
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn demote(&self, id: &str, group: &str) -> Result<Deleted, Error> {
        const OPERATION: &str = "demote_subadmin";
        let work = async {
            let request = self
                .0
                .request(OPERATION, Method::DELETE, &["users", id, "subadmins"])
                .query("groupid", group);
            match subadmin(self.0.call(request, &[]).await) {
                Ok(_) => Ok(Deleted::Removed),
                Err(Error::NotFound { .. }) => Ok(Deleted::Absent),
                Err(error) => Err(error),
            }
        };
        self.0.http.observe(OPERATION, work).await
    }
}

fn subadmin<T>(result: Result<T, Error>) -> Result<T, Error> {
    match result {
        Err(Error::Invalid {
            operation,
            code: code @ (SUBADMIN_USER_MISSING | GROUP_MISSING),
            ..
        }) => Err(Error::NotFound { operation, code }),
        result => result,
    }
}

fn membership(result: Result<(), Error>) -> Result<(), Error> {
    match result {
        Err(Error::Invalid {
            operation,
            code: code @ (GROUP_MISSING | USER_MISSING),
            ..
        }) => Err(Error::NotFound { operation, code }),
        result => result,
    }
}
