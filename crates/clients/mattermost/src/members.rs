//! Who is in a team.

use bheem_http_kit::{Deleted, Method, Page, stream_pages};
use futures::Stream;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::wire::or_default;
use crate::{Client, Error, PageSize, TeamId, UserId};

/// A user in a team.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct Member {
    /// The team.
    pub team_id: TeamId,
    /// The user.
    pub user_id: UserId,
    /// Names of roles, with spaces between.
    #[serde(default, deserialize_with = "or_default")]
    pub roles: String,
    /// Whether the user manages the team.
    #[serde(default, deserialize_with = "or_default")]
    pub scheme_admin: bool,
    /// Whether the user is a full member.
    #[serde(default, deserialize_with = "or_default")]
    pub scheme_user: bool,
    /// When the user was removed, in milliseconds since 1970; 0 otherwise.
    #[serde(default)]
    delete_at: i64,
}

/// What a user may do in a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SchemeRoles {
    /// Manages the team.
    pub scheme_admin: bool,
    /// Is a full member.
    pub scheme_user: bool,
}

impl SchemeRoles {
    /// A member.
    #[must_use]
    pub fn user() -> Self {
        Self {
            scheme_admin: false,
            scheme_user: true,
        }
    }

    /// A member who manages the team.
    #[must_use]
    pub fn admin() -> Self {
        Self {
            scheme_admin: true,
            scheme_user: true,
        }
    }
}

/// The members of one team.
#[derive(Debug, Clone, Copy)]
pub struct Members<'a> {
    pub(crate) client: &'a Client,
    pub(crate) team: &'a TeamId,
}

impl Members<'_> {
    /// Adds a user; one who is in it stays so, one who was removed comes back.
    ///
    /// # Errors
    /// [`crate::ErrorId::TeamFull`], else as the client's.
    pub async fn add(&self, user: &UserId) -> Result<Member, Error> {
        const OPERATION: &str = "add_team_member";
        let path = ["teams", self.team.as_str(), "members"];
        let request = self.client.request(OPERATION, Method::POST, &path);
        let body = json!({"team_id": self.team, "user_id": user});
        let request = request.json(&body).repeatable();
        self.client.fetch(OPERATION, request).await
    }

    /// The membership of a user, who is in the team.
    ///
    /// # Errors
    /// As the client's.
    pub async fn find(&self, user: &UserId) -> Result<Option<Member>, Error> {
        const OPERATION: &str = "find_team_member";
        let path = ["teams", self.team.as_str(), "members", user.as_str()];
        let request = self.client.request(OPERATION, Method::GET, &path);
        let found: Option<Member> = self.client.fetch_one(OPERATION, request).await?;
        // One who was removed is answered, too.
        Ok(found.filter(|member| member.delete_at == 0))
    }

    /// One page of the members, counted from 0.
    ///
    /// # Errors
    /// As the client's.
    pub async fn page(&self, size: PageSize, page: u64) -> Result<Page<Member>, Error> {
        const OPERATION: &str = "list_team_members";
        let path = ["teams", self.team.as_str(), "members"];
        let request = self.client.request(OPERATION, Method::GET, &path);
        let request = size.apply(request, page);
        Ok(size.page(page, self.client.fetch_list(OPERATION, request).await?))
    }

    /// All members, page by page.
    pub fn stream(&self, size: PageSize) -> impl Stream<Item = Result<Member, Error>> + use<> {
        let (client, team) = (self.client.clone(), self.team.clone());
        stream_pages(0, move |page| {
            let (client, team) = (client.clone(), team.clone());
            async move { client.members(&team).page(size, page).await }
        })
    }

    /// Removes a user from the team. Mattermost says that it has removed somebody who had left long ago (5.37), so this
    /// looks first.
    ///
    /// # Errors
    /// As the client's.
    pub async fn remove(&self, user: &UserId) -> Result<Deleted, Error> {
        const OPERATION: &str = "remove_team_member";
        if self.find(user).await?.is_none() {
            return Ok(Deleted::Absent);
        }
        let path = ["teams", self.team.as_str(), "members", user.as_str()];
        let request = self.client.request(OPERATION, Method::DELETE, &path);
        self.client.remove(OPERATION, request).await
    }

    /// Says what a member may do.
    ///
    /// # Errors
    /// [`crate::ErrorId::MemberMissing`] for one who is not in the team, else as the client's.
    pub async fn set_roles(&self, user: &UserId, roles: SchemeRoles) -> Result<(), Error> {
        const OPERATION: &str = "set_team_roles";
        let team = self.team.as_str();
        let path = ["teams", team, "members", user.as_str(), "schemeRoles"];
        let request = self.client.request(OPERATION, Method::PUT, &path);
        self.client.perform(OPERATION, request.json(&roles)).await
    }
}
