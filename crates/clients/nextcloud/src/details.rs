//! Lists with more than ids.

use std::collections::BTreeMap;

use bheem_http_kit::{Listed, Method, Page, lenient, stream_pages};
use futures::Stream;
use serde::Deserialize;
use serde_json::Value;

use crate::envelope::read;
use crate::groups::page;
use crate::{Error, Groups, User, Users};

const PAGE: u32 = 100;

/// A group with what is known of it.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct GroupDetails {
    /// The id, which never changes.
    pub id: String,
    /// The name people see.
    #[serde(default, rename = "displayname", deserialize_with = "lenient::text")]
    pub display_name: Option<String>,
    /// How many users are in it, if the server counts them.
    #[serde(default, rename = "usercount", deserialize_with = "lenient::integer")]
    pub user_count: Option<i64>,
}

/// An object by id, or `[]` when there are none.
#[derive(Deserialize)]
struct Found {
    #[serde(default)]
    users: Value,
}

#[derive(Deserialize)]
struct Members {
    #[serde(default, deserialize_with = "crate::envelope::ids")]
    users: Vec<String>,
}

#[derive(Deserialize)]
struct FoundGroups {
    #[serde(default)]
    groups: Value,
}

impl<'a> Users<'a> {
    /// One page of the users whose id, name or address contains `search`, from `offset` on. Much dearer for the
    /// server than [`Users::list`].
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn list_details(
        &self,
        search: &str,
        limit: u32,
        offset: u64,
    ) -> Result<Page<User>, Error> {
        const OPERATION: &str = "list_user_details";
        let work = async {
            let request = self
                .0
                .request(OPERATION, Method::GET, &["users", "details"])
                .query("search", search)
                .query("limit", &limit.to_string())
                .query("offset", &offset.to_string());
            let found: Found = read(OPERATION, self.0.call(request, &[]).await?)?;
            let users: BTreeMap<String, Value> = match found.users {
                Value::Object(users) => users.into_iter().collect(),
                _ => BTreeMap::new(),
            };
            let count = users.len();
            // A user who is gone by now, or not ours to see, has no more than the id.
            let users = users
                .into_values()
                .filter_map(|user| user.get("enabled").is_some().then_some(user));
            let items = Listed::read(OPERATION, users).items;
            let next = page(vec![(); count], limit, offset).next;
            Ok(Page { items, next })
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// All users whose id, name or address contains `search`.
    pub fn stream_details(&self, search: &'a str) -> impl Stream<Item = Result<User, Error>> + 'a {
        let users = *self;
        stream_pages(0, move |offset| async move {
            users.list_details(search, PAGE, offset).await
        })
    }
}

impl<'a> Groups<'a> {
    /// One page of the groups whose id or name contains `search`, from `offset` on.
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn list_details(
        &self,
        search: &str,
        limit: u32,
        offset: u64,
    ) -> Result<Page<GroupDetails>, Error> {
        const OPERATION: &str = "list_group_details";
        let work = async {
            let request = self
                .0
                .request(OPERATION, Method::GET, &["groups", "details"])
                .query("search", search)
                .query("limit", &limit.to_string())
                .query("offset", &offset.to_string());
            let found: FoundGroups = read(OPERATION, self.0.call(request, &[]).await?)?;
            let found = Listed::of_value(OPERATION, found.groups)?;
            let next = page(vec![(); found.len() + found.left_out], limit, offset).next;
            Ok(Page {
                items: found.items,
                next,
            })
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// All groups whose id or name contains `search`.
    pub fn stream_details(
        &self,
        search: &'a str,
    ) -> impl Stream<Item = Result<GroupDetails, Error>> + 'a {
        let groups = *self;
        stream_pages(0, move |offset| async move {
            groups.list_details(search, PAGE, offset).await
        })
    }

    /// The ids of a group's members.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub async fn members(&self, id: &str) -> Result<Vec<String>, Error> {
        const OPERATION: &str = "list_group_members";
        let work = async {
            let path = ["groups", id, "users"];
            let request = self.0.request(OPERATION, Method::GET, &path);
            let found: Members = read(OPERATION, self.0.call(request, &[]).await?)?;
            Ok(found.users)
        };
        self.0.http.observe(OPERATION, work).await
    }
}
