//! Addresses that let somebody in for a while.

use std::time::Duration;

use bheem_http_kit::{Method, SecretString};
use object_store::signer::{SignedUrlOptions, Signer as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{Bucket, Error, Key, error};

/// S3 takes no longer ones.
const LONGEST: Duration = Duration::from_hours(7 * 24);

/// All but the safest characters of RFC 8187 section 3.2.1.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

impl Bucket {
    /// An address from which anybody can fetch the object for as long as this, a week at most. With a name, browsers
    /// save it under that.
    ///
    /// # Errors
    /// When it cannot be signed. Nothing is sent: an absent object has an address, too.
    pub async fn signed_url(
        &self,
        key: &Key,
        life: Duration,
        file_name: Option<&str>,
    ) -> Result<SecretString, Error> {
        // RFC 6266, with the name encoded as RFC 8187 says: nothing in it can end the header or the string.
        let disposition = file_name.map(|name| {
            let name: String = name.chars().filter(|one| !one.is_control()).collect();
            let encoded = utf8_percent_encode(&name, ENCODED);
            format!("attachment; filename*=UTF-8''{encoded}")
        });
        let options = SignedUrlOptions::new()
            .with_query(disposition.map(|value| ("response-content-disposition", value)));
        let url = self
            .store
            .signed_url_opts(Method::GET, &key.0, life.min(LONGEST), &options)
            .await
            .map_err(|error| error::of("signed_url", &error))?;
        Ok(SecretString::from(String::from(url)))
    }
}
