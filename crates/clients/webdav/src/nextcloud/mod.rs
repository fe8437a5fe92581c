//! What Nextcloud has beside a user's files: trash bin, uploads in chunks, search, versions, previews. All of it lies
//! next to the files: `dav/files/{user}`, `dav/trashbin/{user}`, `dav/uploads/{user}`, `dav/versions/{user}`
//! (nextcloud/documentation, `developer_manual/client_apis/WebDAV`).

mod chunks;
mod favorites;
mod preview;
mod search;
mod session;
mod settle;
mod trash;
mod upload;
mod versions;

use bheem_http_kit::EncodedPath;

pub use chunks::{Chunk, MAX_CHUNK_BYTES, MAX_CHUNKS, MIN_CHUNK_BYTES, chunk_bytes};
pub use preview::Preview;
pub use search::{SearchCondition, SearchPage, SearchQuery};
pub use session::UploadSession;
pub use settle::Patience;
pub use trash::{Restored, TrashItem};
pub use upload::Upload;
pub use versions::Version;

use crate::{Client, DavPath, Error};

/// A user's files on Nextcloud, with all that is beside them. From [`Client::nextcloud`].
#[derive(Clone, Debug)]
pub struct NextcloudFiles {
    client: Client,
    /// `/remote.php/dav`
    dav: EncodedPath,
    user: String,
    patience: Patience,
}

impl Client {
    /// Nextcloud's own side of this client, whose base URL must be `.../remote.php/dav/files/{user}`.
    ///
    /// # Errors
    /// [`Error::Layout`] if it is another one.
    pub fn nextcloud(&self) -> Result<NextcloudFiles, Error> {
        NextcloudFiles::of(self).ok_or(Error::Layout {
            operation: "nextcloud",
        })
    }
}

impl NextcloudFiles {
    fn of(client: &Client) -> Option<Self> {
        let home = DavPath::of_encoded(EncodedPath::absolute(client.http.base_url().path()).ok()?);
        let user = home.name()?;
        let files = home.parent()?;
        if files.name().as_deref() != Some("files") {
            return None;
        }
        Some(Self {
            client: client.clone(),
            dav: files.parent()?.encoded().clone(),
            user,
            patience: Patience::default(),
        })
    }

    /// How long to look for the result of a MOVE whose answer did not come.
    #[must_use]
    pub fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// The user whose files these are.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The client of the files themselves.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// `dav/{kind}/{user}`, and below.
    fn place(&self, operation: &'static str, kind: &str, names: &[&str]) -> Result<DavPath, Error> {
        let wrong = |source| Error::Path { operation, source };
        let mut path = self.dav.child(kind).map_err(wrong)?;
        path = path.child(&self.user).map_err(wrong)?;
        for name in names {
            path = path.child(name).map_err(wrong)?;
        }
        Ok(DavPath::of_encoded(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bheem_http_kit::Auth;

    #[test]
    fn the_layout_is_found_in_the_base_url_or_not() {
        for (base, dav) in [
            (
                "https://c.example/remote.php/dav/files/jo%20hn",
                Some("/remote.php/dav"),
            ),
            (
                "https://c.example/cloud/remote.php/dav/files/jo%20hn/",
                Some("/cloud/remote.php/dav"),
            ),
            ("https://c.example/remote.php/webdav", None),
            ("https://c.example/", None),
        ] {
            let client = Client::builder(base, Auth::None).build().unwrap();
            let found = client.nextcloud().ok();
            assert_eq!(
                found.as_ref().map(|found| found.dav.as_str()),
                dav,
                "{base}"
            );
            assert!(found.is_none_or(|found| found.user() == "jo hn"));
        }
    }
}
