//! From a host to a connection that speaks for a user.

use bheem_http_kit::{Effect, ExposeSecret as _, SecretString};
use lettre::transport::smtp::{client::AsyncSmtpConnection, extension::ClientId};

use super::{primed::Primed, verdict};
use crate::{Account, Endpoint, Error, TlsMode, tls::BoxStream, wire::Wire};

/// Longer greetings are no greetings.
const LONGEST_LINE: usize = 4096;
const MOST_LINES: usize = 100;
/// What a server need not take is not sent in one line (RFC 5321, section 4.5.3.1.4).
const LONGEST_COMMAND: usize = 512;
/// What we call ourselves: a client behind an address nobody else needs to know (RFC 5321, section 4.1.3).
const NAME: &str = "[127.0.0.1]";

impl Account {
    /// A connection that is logged in. Nothing of a message has been sent when this fails.
    pub(super) async fn connect_submission(
        &self,
        operation: &'static str,
    ) -> Result<AsyncSmtpConnection, Error> {
        let limit = self.shared.timeouts.command;
        let work = self.connect_submission_unlimited(operation);
        match tokio::time::timeout(limit, work).await {
            Ok(result) => result.map_err(Error::before_sending),
            Err(_elapsed) => Err(Error::Timeout {
                operation,
                effect: Effect::NotSent,
            }),
        }
    }

    async fn connect_submission_unlimited(
        &self,
        operation: &'static str,
    ) -> Result<AsyncSmtpConnection, Error> {
        let shared = &self.shared;
        let endpoint = Self::endpoint(operation, shared.submission.as_ref())?;
        let host = shared.host(endpoint);
        let stream = shared.connector.connect(operation, host, endpoint).await?;
        let primed = if endpoint.tls == TlsMode::StartTls {
            let stream = starttls(operation, stream).await?;
            let stream = shared.connector.encrypt(operation, host, stream).await?;
            Primed::new("220 go on\r\n", stream)
        } else {
            Primed::new("", stream)
        };
        let name = ClientId::Domain(NAME.to_owned());
        let mut connection = AsyncSmtpConnection::connect_with_transport(Box::new(primed), &name)
            .await
            .map_err(|error| verdict::of(operation, error, Effect::NotSent))?;
        self.login_submission(operation, &mut connection, endpoint)
            .await?;
        Ok(connection)
    }

    async fn login_submission(
        &self,
        operation: &'static str,
        connection: &mut AsyncSmtpConnection,
        endpoint: &Endpoint,
    ) -> Result<(), Error> {
        let (host, port) = (self.shared.host(endpoint), endpoint.port);
        let mine = &self.credentials;
        let secret = mine
            .initial_response(operation, &self.user, host, port, false)
            .await?;
        let first = self
            .authenticate_submission(operation, connection, &secret)
            .await;
        if let Err(Error::Unauthorized { .. }) = first
            && let Some(renewed) = mine
                .renewed_response(operation, &self.user, host, port, &secret)
                .await?
        {
            return self
                .authenticate_submission(operation, connection, &renewed)
                .await;
        }
        first
    }

    async fn authenticate_submission(
        &self,
        operation: &'static str,
        connection: &mut AsyncSmtpConnection,
        secret: &SecretString,
    ) -> Result<(), Error> {
        let mechanism = self.credentials.mechanism();
        let secret = secret.expose_secret();
        let failed = |error| verdict::of_login(operation, mechanism, error);
        let line = format!("AUTH {mechanism} {secret}\r\n");
        // A longer one, as tokens often are, is told when the server asks for it (RFC 4954, section 4).
        let mut answer = if line.len() <= LONGEST_COMMAND {
            connection.command(line).await.map_err(failed)?
        } else {
            let line = format!("AUTH {mechanism}\r\n");
            let asked = connection.command(line).await.map_err(failed)?;
            if !asked.has_code(334) {
                return Err(Error::protocol(operation, "not a challenge of a login"));
            }
            let line = format!("{secret}\r\n");
            connection.command(line).await.map_err(failed)?
        };
        if answer.has_code(334) {
            // The refusal of a token is explained first; then it is said.
            let line = format!("{}\r\n", self.credentials.acknowledgement());
            answer = connection.command(line).await.map_err(failed)?;
        }
        if answer.has_code(235) {
            Ok(())
        } else {
            Err(Error::protocol(operation, "not an end of a login"))
        }
    }
}

/// Greeting, `EHLO` and `STARTTLS` without encryption. Of what the server says until then only that it goes on counts.
async fn starttls(operation: &'static str, stream: BoxStream) -> Result<BoxStream, Error> {
    let mut wire = Wire::new(stream, LONGEST_LINE * MOST_LINES);
    expect(&mut wire, operation, "220").await?;
    wire.write(operation, format!("EHLO {NAME}\r\n").as_bytes())
        .await?;
    expect(&mut wire, operation, "250").await?;
    wire.write(operation, b"STARTTLS\r\n").await?;
    expect(&mut wire, operation, "220").await?;
    wire.into_stream(operation)
}

async fn expect(wire: &mut Wire, operation: &'static str, code: &str) -> Result<(), Error> {
    loop {
        let line = wire.line(operation, LONGEST_LINE).await?;
        let line = String::from_utf8_lossy(&line);
        if let Some(rest) = line.strip_prefix(code) {
            if rest.starts_with('-') {
                continue;
            }
            return Ok(());
        }
        let digits = line.get(..3).unwrap_or_default();
        return Err(match digits.parse::<u16>() {
            Ok(421 | 450..=499) => Error::Unavailable {
                operation,
                text: line.into_owned().into(),
                effect: Effect::NotSent,
            },
            Ok(500..=599) if code == "220" => Error::Unsupported {
                operation,
                capability: "STARTTLS",
            },
            _ => Error::protocol(operation, "not a greeting of SMTP"),
        });
    }
}
