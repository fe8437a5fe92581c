//! Connections, with TLS verified by the platform's roots and, if given, one's own.

use std::{fmt, io, sync::Arc, time::Duration};

use rustls::{ClientConfig, crypto::aws_lc_rs};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use rustls_platform_verifier::Verifier;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

use crate::{BuildError, Endpoint, Error, TlsMode};

/// A connection, encrypted or not.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin + fmt::Debug {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin + fmt::Debug> Stream for T {}

pub(crate) type BoxStream = Box<dyn Stream>;

#[derive(Clone)]
pub(crate) struct Connector {
    tls: TlsConnector,
    timeout: Duration,
}

impl Connector {
    pub(crate) fn new(roots: &[String], timeout: Duration) -> Result<Self, BuildError> {
        let mut extra = Vec::new();
        for pem in roots {
            let mut found = CertificateDer::pem_slice_iter(pem.as_bytes()).peekable();
            if found.peek().is_none() {
                return Err(BuildError::Certificate);
            }
            for certificate in found {
                extra.push(certificate.map_err(|_unreadable| BuildError::Certificate)?);
            }
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = Verifier::new_with_extra_roots(extra, Arc::clone(&provider))
            .map_err(BuildError::Tls)?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(BuildError::Tls)?
            // Not dangerous: it is the platform's verifier.
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(Self {
            tls: TlsConnector::from(Arc::new(config)),
            timeout,
        })
    }

    /// Connects, and encrypts if that is to be so from the first byte.
    pub(crate) async fn connect(
        &self,
        operation: &'static str,
        host: &str,
        endpoint: &Endpoint,
    ) -> Result<BoxStream, Error> {
        let work = async {
            let stream = TcpStream::connect((host, endpoint.port)).await?;
            stream.set_nodelay(true)?;
            Ok(match endpoint.tls {
                TlsMode::Implicit => self.handshake(host, Box::new(stream)).await?,
                TlsMode::StartTls | TlsMode::None => Box::new(stream),
            })
        };
        self.within(operation, work).await
    }

    /// Encrypts a connection that has said `STARTTLS`.
    pub(crate) async fn encrypt(
        &self,
        operation: &'static str,
        host: &str,
        stream: BoxStream,
    ) -> Result<BoxStream, Error> {
        self.within(operation, self.handshake(host, stream)).await
    }

    async fn handshake(&self, host: &str, stream: BoxStream) -> io::Result<BoxStream> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        Ok(Box::new(self.tls.connect(name, stream).await?))
    }

    async fn within<T>(
        &self,
        operation: &'static str,
        work: impl Future<Output = io::Result<T>>,
    ) -> Result<T, Error> {
        let timed_out = || io::Error::from(io::ErrorKind::TimedOut);
        match tokio::time::timeout(self.timeout, work).await {
            Ok(result) => result,
            Err(_elapsed) => Err(timed_out()),
        }
        .map_err(|source| Error::Connect { operation, source })
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}
