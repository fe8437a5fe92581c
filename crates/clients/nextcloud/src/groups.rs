//! Groups.

use bheem_http_kit::{Created, Deleted, Method, Page, stream_pages};
use futures::{Stream, TryStreamExt as _};
use serde::Deserialize;
use serde_json::json;

use crate::envelope::read;
use crate::{Client, Error};

const GROUP_EXISTS: i64 = 102;
const GROUP_MISSING: i64 = 101;
const PAGE: u32 = 200;

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// The id, which never changes.
    pub id: String,
}

#[derive(Deserialize)]
struct GroupIds {
    #[serde(default, deserialize_with = "crate::envelope::ids")]
    groups: Vec<String>,
}

/// OCS tells no total: a full page may have a successor.
pub(crate) fn page<T>(items: Vec<T>, limit: u32, offset: u64) -> Page<T> {
    let count = u64::try_from(items.len()).unwrap_or(u64::MAX);
    let next = (limit > 0 && count >= u64::from(limit)).then(|| offset.saturating_add(count));
    Page { items, next }
}

/// Operations on groups; from [`Client::groups`].
#[derive(Clone, Copy, Debug)]
pub struct Groups<'a>(pub(crate) &'a Client);

impl<'a> Groups<'a> {
    /// Looks a group up by id. OCS cannot ask for one group, so this searches.
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn find(&self, id: &str) -> Result<Option<Group>, Error> {
        const OPERATION: &str = "find_group";
        let work = async {
            let found = stream_pages(0, |offset| self.fetch(OPERATION, id, PAGE, offset));
            let mut same =
                std::pin::pin!(found.try_filter(|found| std::future::ready(found == id)));
            Ok(same.try_next().await?.map(|id| Group { id }))
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// One page of the ids that contain `search`, from `offset` on.
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn list(&self, search: &str, limit: u32, offset: u64) -> Result<Page<String>, Error> {
        const OPERATION: &str = "list_groups";
        self.0
            .http
            .observe(OPERATION, self.fetch(OPERATION, search, limit, offset))
            .await
    }

    /// All ids that contain `search`.
    pub fn stream(&self, search: &'a str) -> impl Stream<Item = Result<String, Error>> + 'a {
        let groups = *self;
        stream_pages(0, move |offset| async move {
            groups.list(search, PAGE, offset).await
        })
    }

    /// Creates a group. The natural key is the id.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the id is taken.
    pub async fn create(&self, id: &str) -> Result<(), Error> {
        const OPERATION: &str = "create_group";
        let work = async {
            let request = self
                .0
                .request(OPERATION, Method::POST, &["groups"])
                .json(&json!({"groupid": id}));
            self.0.call(request, &[GROUP_EXISTS]).await.map(drop)
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Creates a group unless it is there.
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn ensure(&self, id: &str) -> Result<Created, Error> {
        match self.create(id).await {
            Ok(()) => Ok(Created::Created),
            Err(Error::Conflict { .. }) => Ok(Created::Exists),
            Err(error) => Err(error),
        }
    }

    /// Changes the name people see.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such group.
    pub async fn set_display_name(&self, id: &str, name: &str) -> Result<(), Error> {
        const OPERATION: &str = "edit_group";
        let work = async {
            let body = json!({"key": "displayname", "value": name});
            let request = self
                .0
                .request(OPERATION, Method::PUT, &["groups", id])
                .json(&body);
            missing(self.0.call(request, &[]).await.map(drop))
        };
        self.0.http.observe(OPERATION, work).await
    }

    /// Deletes a group; its members stay.
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn delete(&self, id: &str) -> Result<Deleted, Error> {
        const OPERATION: &str = "delete_group";
        let work = async {
            let request = self.0.request(OPERATION, Method::DELETE, &["groups", id]);
            match missing(self.0.call(request, &[]).await.map(drop)) {
                Ok(()) => Ok(Deleted::Removed),
                Err(Error::NotFound { .. }) => Ok(Deleted::Absent),
                Err(error) => Err(error),
            }
        };
        self.0.http.observe(OPERATION, work).await
    }

    async fn fetch(
        &self,
        operation: &'static str,
        search: &str,
        limit: u32,
        offset: u64,
    ) -> Result<Page<String>, Error> {
        let request = self
            .0
            .request(operation, Method::GET, &["groups"])
            .query("search", search)
            .query("limit", &limit.to_string())
            .query("offset", &offset.to_string());
        let items = read::<GroupIds>(operation, self.0.call(request, &[]).await?)?.groups;
        Ok(page(items, limit, offset))
    }
}

fn missing(result: Result<(), Error>) -> Result<(), Error> {
    match result {
        Err(Error::Invalid {
            operation,
            code: code @ GROUP_MISSING,
            ..
        }) => Err(Error::NotFound { operation, code }),
        result => result,
    }
}
