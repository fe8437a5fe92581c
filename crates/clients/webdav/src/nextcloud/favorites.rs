//! REPORT `filter-files`: the files a user has marked.

use super::NextcloudFiles;
use crate::client::{members, method};
use crate::propfind::properties_element;
use crate::resource::PROPERTIES;
use crate::{DavPath, Depth, Error, Listing, Resource};

impl NextcloudFiles {
    /// The favourites in a collection and in all below it.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such collection.
    pub async fn list_favorites(&self, path: &DavPath) -> Result<Listing<Resource>, Error> {
        const OPERATION: &str = "list_favorites";
        let path = path.as_collection();
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><oc:filter-files xmlns:d=\"DAV:\" \
             xmlns:oc=\"http://owncloud.org/ns\">{}<oc:filter-rules><oc:favorite>1</oc:favorite>\
             </oc:filter-rules></oc:filter-files>",
            properties_element(&PROPERTIES)
        );
        let own = self.client.absolute(&path);
        let work = async {
            let answer = self
                .client
                .multistatus(OPERATION, method("REPORT"), &path, Depth::One, body)
                .await?;
            members(OPERATION, &own, answer)
        };
        self.client.http.observe(OPERATION, work).await
    }
}
