//! The client and the one exchange everything is made of.

use bheem_http_kit::{
    Auth, BuildError, ClientBuilder, EncodedPath, HttpClient, Method, Request, header,
};
use bheem_webdav::NextcloudFiles;
use serde_json::Value;

use crate::envelope::{open, read};
use crate::{AppPasswords, Capabilities, Error, GroupFolders, Groups, Oidc, Shares, Status, Users};

pub(crate) const OCS_HEADER: bheem_http_kit::HeaderName =
    bheem_http_kit::HeaderName::from_static("ocs-apirequest");

/// A client of one Nextcloud. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) http: HttpClient,
}

impl Client {
    /// Begins a client for the Nextcloud at `base_url`, the URL its users open. Provisioning needs an
    /// administrator, best with an app password.
    pub fn builder(base_url: impl Into<String>, auth: Auth) -> ClientBuilder<Self> {
        ClientBuilder::new("nextcloud", base_url, auth, |http| Self { http })
    }

    /// The same client acting as somebody else, on the same connections.
    ///
    /// # Errors
    /// If the credentials cannot be sent in a header.
    pub fn with_auth(&self, auth: &Auth) -> Result<Self, BuildError> {
        Ok(Self {
            http: self.http.with_auth(auth)?,
        })
    }

    /// The users.
    #[must_use]
    pub fn users(&self) -> Users<'_> {
        Users(self)
    }

    /// The groups.
    #[must_use]
    pub fn groups(&self) -> Groups<'_> {
        Groups(self)
    }

    /// The caller's shares.
    #[must_use]
    pub fn shares(&self) -> Shares<'_> {
        Shares(self)
    }

    /// The caller's app passwords.
    #[must_use]
    pub fn app_passwords(&self) -> AppPasswords<'_> {
        AppPasswords(self)
    }

    /// The folders of groups, if the app `groupfolders` is there.
    #[must_use]
    pub fn group_folders(&self) -> GroupFolders<'_> {
        GroupFolders(self)
    }

    /// Accounts of single sign-on, if the app `user_oidc` is there.
    #[must_use]
    pub fn oidc(&self) -> Oidc<'_> {
        Oidc(self)
    }

    /// A user's files, with the same credentials on the same connections. They must be that user's own.
    ///
    /// # Errors
    /// [`bheem_webdav::Error::Path`] if the id cannot be part of a path.
    pub fn files(&self, user: &str) -> Result<NextcloudFiles, bheem_webdav::Error> {
        let path = EncodedPath::relative(&["remote.php", "dav", "files", user]);
        let path = path.map_err(|source| bheem_webdav::Error::Path {
            operation: "files",
            source,
        })?;
        bheem_webdav::Client::from_http(self.http.below("webdav", &path)).nextcloud()
    }

    /// What this server can do.
    ///
    /// # Errors
    /// If Nextcloud refuses or cannot be understood.
    pub async fn capabilities(&self) -> Result<Capabilities, Error> {
        const OPERATION: &str = "get_capabilities";
        let work = async {
            let request = self.request(OPERATION, Method::GET, &["capabilities"]);
            read(OPERATION, self.call(request, &[]).await?)
        };
        self.http.observe(OPERATION, work).await
    }

    /// Whether the server is installed and awake. Needs no credentials.
    ///
    /// # Errors
    /// If Nextcloud cannot be reached or understood.
    pub async fn status(&self) -> Result<Status, Error> {
        const OPERATION: &str = "get_status";
        let work = async {
            let request = self.http.request(OPERATION, Method::GET, &["status.php"]);
            Ok(request
                .header(header::ACCEPT, "application/json")
                .send()
                .await?
                .checked()?
                .json()?)
        };
        self.http.observe(OPERATION, work).await
    }

    /// A request below `/ocs/v2.php/cloud`.
    pub(crate) fn request(
        &self,
        operation: &'static str,
        method: Method,
        path: &[&str],
    ) -> Request {
        let segments: Vec<&str> = ["cloud"].iter().chain(path).copied().collect();
        self.ocs(operation, method, &segments)
    }

    /// A request below `/ocs/v2.php`.
    pub(crate) fn ocs(&self, operation: &'static str, method: Method, path: &[&str]) -> Request {
        let segments: Vec<&str> = ["ocs", "v2.php"].iter().chain(path).copied().collect();
        self.http
            .request(operation, method, &segments)
            .header(OCS_HEADER, "true")
            .header(header::ACCEPT, "application/json")
    }

    /// Sends a request; `exists_codes` are the codes that mean "exists already" to this operation.
    pub(crate) async fn call(
        &self,
        request: Request,
        exists_codes: &[i64],
    ) -> Result<Value, Error> {
        open(&request.send().await?, exists_codes)
    }
}
