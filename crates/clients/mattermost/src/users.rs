//! Users (<https://developers.mattermost.com/api-documentation/#/#users>).

use bheem_http_kit::{Deleted, Listed, Method, Page, stream_pages};
use futures::Stream;
use serde_json::json;

use crate::{Client, Error, ErrorId, ListUsers, NewUser, SearchUsers, UpdateUser, User, UserId};

/// Users of a server.
#[derive(Debug, Clone, Copy)]
pub struct Users<'a> {
    pub(crate) client: &'a Client,
}

impl Users<'_> {
    /// Makes a user; sent once. After an unknown outcome look at [`Self::find_by_email`].
    ///
    /// # Errors
    /// [`ErrorId::EmailTaken`], [`ErrorId::UsernameTaken`], [`ErrorId::UserLimitReached`], else as the client's.
    pub async fn create(&self, new: &NewUser) -> Result<User, Error> {
        const OPERATION: &str = "create_user";
        let request = self.client.request(OPERATION, Method::POST, &["users"]);
        self.client
            .fetch(OPERATION, request.json(&new.body()))
            .await
    }

    /// The user with this address, made now unless there is one. One that is there is answered as it is, perhaps
    /// deactivated and perhaps not yours: compare its name and properties.
    ///
    /// # Errors
    /// [`ErrorId::UsernameTaken`] when somebody with another address has the name, else as the client's.
    pub async fn ensure(&self, new: &NewUser) -> Result<User, Error> {
        if let Some(user) = self.find_by_email(&new.email).await? {
            return Ok(user);
        }
        match self.create(new).await {
            // Somebody else was faster; then either key may be the one that is met first.
            Err(taken) if taken.id().is_some_and(ErrorId::is_conflict) => {
                self.find_by_email(&new.email).await?.ok_or(taken)
            }
            other => other,
        }
    }

    /// The user with this id, active or not.
    ///
    /// # Errors
    /// As the client's.
    pub async fn find(&self, id: &UserId) -> Result<Option<User>, Error> {
        self.find_at("find_user", &["users", id.as_str()]).await
    }

    /// The user with this address, active or not.
    ///
    /// # Errors
    /// As the client's.
    pub async fn find_by_email(&self, email: &str) -> Result<Option<User>, Error> {
        self.find_at("find_user_by_email", &["users", "email", email])
            .await
    }

    /// The user with this user name, active or not.
    ///
    /// # Errors
    /// As the client's.
    pub async fn find_by_username(&self, username: &str) -> Result<Option<User>, Error> {
        self.find_at("find_user_by_username", &["users", "username", username])
            .await
    }

    async fn find_at(&self, operation: &'static str, path: &[&str]) -> Result<Option<User>, Error> {
        let request = self.client.request(operation, Method::GET, path);
        self.client.fetch_one(operation, request).await
    }

    /// Who the client is.
    ///
    /// # Errors
    /// As the client's.
    pub async fn me(&self) -> Result<User, Error> {
        const OPERATION: &str = "find_me";
        let request = self
            .client
            .request(OPERATION, Method::GET, &["users", "me"]);
        self.client.fetch(OPERATION, request).await
    }

    /// One page of users, counted from 0.
    ///
    /// # Errors
    /// As the client's.
    pub async fn page(&self, list: &ListUsers, page: u64) -> Result<Page<User>, Error> {
        const OPERATION: &str = "list_users";
        let mut request = self.client.request(OPERATION, Method::GET, &["users"]);
        if let Some(team) = &list.in_team {
            request = request.query("in_team", team.as_str());
        }
        match list.is_active {
            Some(true) => request = request.query("active", "true"),
            Some(false) => request = request.query("inactive", "true"),
            None => {}
        }
        let request = list.size.apply(request, page);
        let found = self.client.fetch_list(OPERATION, request).await?;
        Ok(list.size.page(page, found))
    }

    /// All users, page by page.
    pub fn stream(&self, list: ListUsers) -> impl Stream<Item = Result<User, Error>> + use<> {
        let client = self.client.clone();
        stream_pages(0, move |page| {
            let (client, list) = (client.clone(), list.clone());
            async move { client.users().page(&list, page).await }
        })
    }

    /// Users by the beginning of a name or address.
    ///
    /// # Errors
    /// As the client's.
    pub async fn search(&self, search: &SearchUsers) -> Result<Listed<User>, Error> {
        const OPERATION: &str = "search_users";
        let path = ["users", "search"];
        let request = self.client.request(OPERATION, Method::POST, &path);
        let request = request.json(search).repeatable();
        self.client.fetch_list(OPERATION, request).await
    }

    /// Changes a user.
    ///
    /// # Errors
    /// [`ErrorId::EmailTaken`], [`ErrorId::UsernameTaken`], else as the client's.
    pub async fn update(&self, id: &UserId, change: &UpdateUser) -> Result<User, Error> {
        const OPERATION: &str = "update_user";
        let path = ["users", id.as_str(), "patch"];
        let request = self.client.request(OPERATION, Method::PUT, &path);
        self.client.fetch(OPERATION, request.json(change)).await
    }

    /// Deactivates a user: the sessions end at once, name and address stay taken, what was said stays.
    ///
    /// # Errors
    /// As the client's.
    pub async fn deactivate(&self, id: &UserId) -> Result<Deleted, Error> {
        const OPERATION: &str = "deactivate_user";
        let path = ["users", id.as_str()];
        let request = self.client.request(OPERATION, Method::DELETE, &path);
        self.client.remove(OPERATION, request).await
    }

    /// Lets a deactivated user sign in again.
    ///
    /// # Errors
    /// [`ErrorId::UserMissing`], [`ErrorId::ActivationLimitReached`], else as the client's.
    pub async fn activate(&self, id: &UserId) -> Result<(), Error> {
        const OPERATION: &str = "activate_user";
        let path = ["users", id.as_str(), "active"];
        let request = self.client.request(OPERATION, Method::PUT, &path);
        let request = request.json(&json!({"active": true}));
        self.client.perform(OPERATION, request).await
    }

    /// Deletes a user and all that is theirs, for ever.
    ///
    /// # Errors
    /// [`ErrorId::UserDeletionDisabled`] unless the server allows it, else as the client's.
    pub async fn delete(&self, id: &UserId) -> Result<Deleted, Error> {
        const OPERATION: &str = "delete_user";
        let path = ["users", id.as_str()];
        let request = self.client.request(OPERATION, Method::DELETE, &path);
        let request = request.query("permanent", "true");
        self.client.remove(OPERATION, request).await
    }
}
