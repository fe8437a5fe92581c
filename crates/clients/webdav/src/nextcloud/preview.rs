//! Addresses of previews (Nextcloud server, `core/Controller/PreviewController.php`).

use bheem_http_kit::Url;

use super::NextcloudFiles;
use crate::DavPath;

/// A picture of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a preview is only an address"]
pub struct Preview {
    width: u32,
    height: u32,
    is_cropped: bool,
}

impl Preview {
    /// A picture of at most this size.
    pub const fn new(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            is_cropped: false,
        }
    }

    /// Cut to exactly this shape instead of fitted into it.
    pub const fn cropped(mut self) -> Self {
        self.is_cropped = true;
        self
    }
}

impl NextcloudFiles {
    /// Where a picture of a file can be fetched, with the user's credentials. 404 there means that there is none.
    #[must_use]
    pub fn preview_url(&self, file_id: &str, preview: Preview) -> Url {
        let mut url = self.client.http().base_url().clone();
        // What stands before `remote.php/dav`.
        let root = DavPath::of_encoded(self.dav.clone())
            .parent()
            .and_then(|path| path.parent())
            .map(|path| path.encoded().as_str().trim_end_matches('/').to_owned())
            .unwrap_or_default();
        url.set_path(&format!("{root}/index.php/core/preview"));
        url.query_pairs_mut()
            .append_pair("fileId", file_id)
            .append_pair("x", &preview.width.to_string())
            .append_pair("y", &preview.height.to_string())
            .append_pair("a", if preview.is_cropped { "0" } else { "1" })
            .append_pair("forceIcon", "0");
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Client;
    use bheem_http_kit::Auth;

    #[test]
    fn the_address_is_that_of_the_server_and_not_of_the_files() {
        for root in ["", "/cloud"] {
            let base = format!("https://c.example{root}/remote.php/dav/files/john");
            let files = Client::builder(base, Auth::None).build().unwrap();
            let url = files
                .nextcloud()
                .unwrap()
                .preview_url("7&x=1", Preview::new(64, 32).cropped());
            let expected = format!(
                "https://c.example{root}/index.php/core/preview?fileId=7%26x%3D1&x=64&y=32&a=0&forceIcon=0"
            );
            assert_eq!(url.as_str(), expected);
        }
    }
}
