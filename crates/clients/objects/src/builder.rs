//! Which bucket, and how to be let in.

use std::{sync::Arc, time::Duration};

use bheem_http_kit::{ExposeSecret as _, SecretString};
use object_store::{BackoffConfig, ClientOptions, RetryConfig, aws::AmazonS3Builder};

use crate::{Bucket, Error};

/// Makes a [`Bucket`].
#[must_use]
pub struct BucketBuilder {
    region: String,
    bucket: String,
    access_key: String,
    secret: SecretString,
    endpoint: Option<String>,
    timeout: Duration,
    retries: usize,
}

/// The secret is left out.
impl std::fmt::Debug for BucketBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BucketBuilder")
            .field("bucket", &self.bucket)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

impl BucketBuilder {
    pub(crate) fn new(
        region: String,
        bucket: String,
        access_key: String,
        secret: SecretString,
    ) -> Self {
        Self {
            region,
            bucket,
            access_key,
            secret,
            endpoint: None,
            timeout: Duration::from_secs(30),
            retries: 3,
        }
    }

    /// At another address than Amazon's, with the bucket in the path. Plain HTTP is taken for loopback alone.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// How long nothing may move; 30 s unless told otherwise.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How often what may be repeated is; 3 times unless told otherwise.
    pub fn retries(mut self, retries: usize) -> Self {
        self.retries = retries;
        self
    }

    /// Makes it. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Configuration`] for an address that is none, or plain HTTP to somewhere else.
    pub fn build(self) -> Result<Bucket, Error> {
        let options = ClientOptions::new()
            .with_connect_timeout(Duration::from_secs(5))
            .with_read_timeout(self.timeout)
            .with_timeout_disabled();
        let retry = RetryConfig {
            max_retries: self.retries,
            retry_timeout: self.timeout.saturating_mul(2),
            backoff: BackoffConfig::default(),
        };
        let mut builder = AmazonS3Builder::new()
            .with_region(self.region)
            .with_bucket_name(self.bucket)
            .with_access_key_id(self.access_key)
            .with_secret_access_key(self.secret.expose_secret())
            .with_retry(retry);
        let mut is_plain = false;
        if let Some(endpoint) = self.endpoint {
            let url = bheem_http_kit::Url::parse(&endpoint)
                .map_err(|_not_one| Error::Configuration("the endpoint is no address"))?;
            is_plain = url.scheme() == "http";
            let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
            if is_plain && !is_here {
                return Err(Error::Configuration(
                    "plain HTTP is taken for loopback alone",
                ));
            }
            builder = builder
                .with_endpoint(endpoint.trim_end_matches('/'))
                .with_virtual_hosted_style_request(false);
        }
        let store = builder
            .with_client_options(options.with_allow_http(is_plain))
            .build()
            .map_err(|_unusable| Error::Configuration("region, bucket or endpoint"))?;
        Ok(Bucket {
            store: Arc::new(store),
        })
    }
}
