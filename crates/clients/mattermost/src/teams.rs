//! Teams (<https://developers.mattermost.com/api-documentation/#/#teams>).

use bheem_http_kit::{Deleted, Method, Page, stream_pages};
use futures::Stream;

use crate::{Client, Error, ErrorId, NewTeam, PageSize, Team, TeamId, UpdateTeam};

/// Teams of a server.
#[derive(Debug, Clone, Copy)]
pub struct Teams<'a> {
    pub(crate) client: &'a Client,
}

impl Teams<'_> {
    /// Makes a team; sent once. After an unknown outcome look at [`Self::find_by_name`].
    ///
    /// # Errors
    /// [`ErrorId::TeamNameTaken`] also when the team of this name is archived, else as the client's.
    pub async fn create(&self, new: &NewTeam) -> Result<Team, Error> {
        const OPERATION: &str = "create_team";
        let request = self.client.request(OPERATION, Method::POST, &["teams"]);
        self.client.fetch(OPERATION, request.json(new)).await
    }

    /// The team of this name, made now unless there is one. One that is there is answered as it is, perhaps archived:
    /// compare.
    ///
    /// # Errors
    /// As the client's.
    pub async fn ensure(&self, new: &NewTeam) -> Result<Team, Error> {
        if let Some(team) = self.find_by_name(&new.name).await? {
            return Ok(team);
        }
        match self.create(new).await {
            // Somebody else was faster.
            Err(taken) if taken.id() == Some(&ErrorId::TeamNameTaken) => {
                self.find_by_name(&new.name).await?.ok_or(taken)
            }
            other => other,
        }
    }

    /// The team of this name, archived or not.
    ///
    /// # Errors
    /// As the client's.
    pub async fn find_by_name(&self, name: &str) -> Result<Option<Team>, Error> {
        const OPERATION: &str = "find_team_by_name";
        let path = ["teams", "name", name];
        let request = self.client.request(OPERATION, Method::GET, &path);
        self.client.fetch_one(OPERATION, request).await
    }

    /// The team with this id, archived or not.
    ///
    /// # Errors
    /// As the client's.
    pub async fn find(&self, id: &TeamId) -> Result<Option<Team>, Error> {
        const OPERATION: &str = "find_team";
        let path = ["teams", id.as_str()];
        let request = self.client.request(OPERATION, Method::GET, &path);
        self.client.fetch_one(OPERATION, request).await
    }

    /// One page of the teams, counted from 0; archived ones are among them.
    ///
    /// # Errors
    /// As the client's.
    pub async fn page(&self, size: PageSize, page: u64) -> Result<Page<Team>, Error> {
        const OPERATION: &str = "list_teams";
        let request = self.client.request(OPERATION, Method::GET, &["teams"]);
        let request = size.apply(request, page);
        Ok(size.page(page, self.client.fetch_list(OPERATION, request).await?))
    }

    /// All teams, page by page.
    pub fn stream(&self, size: PageSize) -> impl Stream<Item = Result<Team, Error>> + use<> {
        let client = self.client.clone();
        stream_pages(0, move |page| {
            let client = client.clone();
            async move { client.teams().page(size, page).await }
        })
    }

    /// Changes a team.
    ///
    /// # Errors
    /// As the client's.
    pub async fn update(&self, id: &TeamId, change: &UpdateTeam) -> Result<Team, Error> {
        const OPERATION: &str = "update_team";
        let path = ["teams", id.as_str(), "patch"];
        let request = self.client.request(OPERATION, Method::PUT, &path);
        self.client.fetch(OPERATION, request.json(change)).await
    }

    /// Archives a team: it is hidden, its name stays taken, [`Self::restore`] brings it back.
    ///
    /// # Errors
    /// As the client's.
    pub async fn archive(&self, id: &TeamId) -> Result<Deleted, Error> {
        const OPERATION: &str = "archive_team";
        let path = ["teams", id.as_str()];
        let request = self.client.request(OPERATION, Method::DELETE, &path);
        self.client.remove(OPERATION, request).await
    }

    /// Brings an archived team back.
    ///
    /// # Errors
    /// As the client's.
    pub async fn restore(&self, id: &TeamId) -> Result<Team, Error> {
        const OPERATION: &str = "restore_team";
        let path = ["teams", id.as_str(), "restore"];
        let request = self.client.request(OPERATION, Method::POST, &path);
        self.client.fetch(OPERATION, request.repeatable()).await
    }

    /// Deletes a team with all that was said in it, for ever.
    ///
    /// # Errors
    /// [`ErrorId::TeamDeletionDisabled`] unless the server allows it, else as the client's.
    pub async fn delete(&self, id: &TeamId) -> Result<Deleted, Error> {
        const OPERATION: &str = "delete_team";
        let path = ["teams", id.as_str()];
        let request = self.client.request(OPERATION, Method::DELETE, &path);
        let request = request.query("permanent", "true");
        self.client.remove(OPERATION, request).await
    }
}
