//! From a host to a connection that speaks for a user.

use bheem_http_kit::{Effect, ExposeSecret as _, PeerText, SecretString};

use super::{
    capabilities::Capabilities,
    command::Command,
    connection::Connection,
    response::{Response, Status, Untagged},
    value::Value,
};
use crate::{Account, Endpoint, Error, TlsMode, observe::observe, wire::Wire};

impl Account {
    /// Connects and logs in anew, so that it is certain that these credentials are accepted now, and says good-bye.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] if they are not.
    pub async fn verify(&self) -> Result<(), Error> {
        const OPERATION: &str = "verify_login";
        observe(OPERATION, async {
            let mut connection = self.connect(OPERATION).await?;
            // Whether the good-bye is answered is of no interest.
            let _farewell = connection.run(OPERATION, &Command::new("LOGOUT")).await;
            Ok(())
        })
        .await
    }

    /// What the server offers to this user.
    ///
    /// # Errors
    /// If there is no connection to be had.
    pub async fn capabilities(&self) -> Result<Capabilities, Error> {
        const OPERATION: &str = "capabilities";
        observe(OPERATION, async {
            Ok(self.lease(OPERATION).await?.capabilities.clone())
        })
        .await
    }

    /// A connection that is logged in. Nothing of the operation has been sent when this fails.
    pub(super) async fn connect(&self, operation: &'static str) -> Result<Connection, Error> {
        let limit = self.shared.timeouts.command;
        let work = self.connect_unlimited(operation);
        match tokio::time::timeout(limit, work).await {
            Ok(result) => result.map_err(Error::before_sending),
            Err(_elapsed) => Err(Error::Timeout {
                operation,
                effect: Effect::NotSent,
            }),
        }
    }

    async fn connect_unlimited(&self, operation: &'static str) -> Result<Connection, Error> {
        let shared = &self.shared;
        let endpoint = Self::endpoint(operation, shared.imap.as_ref())?;
        let host = shared.host(endpoint);
        let stream = shared.connector.connect(operation, host, endpoint).await?;
        let wire = Wire::new(stream, shared.limits.answer);
        let mut connection = Connection::new(wire, shared.limits, shared.timeouts.command);
        greeting(&mut connection, operation).await?;
        if endpoint.tls == TlsMode::StartTls {
            connection = self.encrypt(operation, host, connection).await?;
        }
        if connection.capabilities == Capabilities::default() {
            ask_capabilities(&mut connection, operation).await?;
        }
        self.login(operation, &mut connection, endpoint).await?;
        Ok(connection)
    }

    async fn encrypt(
        &self,
        operation: &'static str,
        host: &str,
        mut connection: Connection,
    ) -> Result<Connection, Error> {
        connection
            .run(operation, &Command::new("STARTTLS"))
            .await
            .map_err(|error| match error {
                Error::Refused { .. } => Error::Unsupported {
                    operation,
                    capability: "STARTTLS",
                },
                other => other,
            })?;
        let stream = connection.wire.into_stream(operation)?;
        let stream = self
            .shared
            .connector
            .encrypt(operation, host, stream)
            .await?;
        let wire = Wire::new(stream, self.shared.limits.answer);
        // What was said before, capabilities too, anybody could have said (RFC 3501, section 6.2.1).
        Ok(Connection::new(
            wire,
            self.shared.limits,
            self.shared.timeouts.command,
        ))
    }

    async fn login(
        &self,
        operation: &'static str,
        connection: &mut Connection,
        endpoint: &Endpoint,
    ) -> Result<(), Error> {
        let (host, port) = (self.shared.host(endpoint), endpoint.port);
        let mine = &self.credentials;
        let secret = mine
            .initial_response(operation, &self.user, host, port, false)
            .await?;
        let mut result = self.authenticate(operation, connection, &secret).await;
        if let Err(Error::Unauthorized { .. }) = result
            && let Some(renewed) = mine
                .renewed_response(operation, &self.user, host, port, &secret)
                .await?
        {
            result = self.authenticate(operation, connection, &renewed).await;
        }
        result
    }

    async fn authenticate(
        &self,
        operation: &'static str,
        connection: &mut Connection,
        secret: &SecretString,
    ) -> Result<(), Error> {
        let mechanism = self.credentials.mechanism();
        if !connection.capabilities.has(&format!("AUTH={mechanism}")) {
            return Err(Error::Unsupported {
                operation,
                capability: mechanism,
            });
        }
        let tag = connection.begin();
        let mut command = Command::new(&format!("AUTHENTICATE {mechanism}"));
        // RFC 4959: without a round trip.
        let is_at_once = connection.capabilities.has("SASL-IR");
        if is_at_once {
            command = command.raw(" ").raw(secret.expose_secret());
        }
        let mut untagged = Vec::new();
        connection
            .send(operation, &tag, &command, &mut untagged)
            .await?;
        let mut lines = vec![self.credentials.acknowledgement().to_owned()];
        if !is_at_once {
            lines.push(secret.expose_secret().to_owned());
        }
        loop {
            match connection.response(operation).await? {
                Response::Continue(_) => {
                    let Some(line) = lines.pop() else {
                        return Err(Error::protocol(operation, "one challenge too many"));
                    };
                    connection
                        .wire
                        .write(operation, format!("{line}\r\n").as_bytes())
                        .await?;
                }
                Response::Untagged(item) => untagged.push(connection.note(operation, item)?),
                Response::Tagged(whose, verdict) if whose == tag => {
                    connection.is_clean = true;
                    connection
                        .judge(operation, &verdict)
                        .map_err(refused_login)?;
                    // They change with the login; most servers say them along with it.
                    connection.capabilities = if verdict.code == "CAPABILITY" {
                        Capabilities::of(verdict.arguments.split_ascii_whitespace())
                    } else {
                        said(&untagged).unwrap_or_default()
                    };
                    if connection.capabilities == Capabilities::default() {
                        ask_capabilities(connection, operation).await?;
                    }
                    return Ok(());
                }
                Response::Tagged(..) => {
                    return Err(Error::protocol(operation, "an answer to another command"));
                }
            }
        }
    }
}

/// Whatever reason it gives: a NO to a login is one to these credentials, unless it says it cannot.
fn refused_login(error: Error) -> Error {
    match error {
        Error::Refused {
            operation,
            text,
            code,
            ..
        } if code != "BAD" => Error::Unauthorized { operation, text },
        other => other,
    }
}

async fn greeting(connection: &mut Connection, operation: &'static str) -> Result<(), Error> {
    let Response::Untagged(Untagged::Verdict(verdict)) = connection.response(operation).await?
    else {
        return Err(Error::protocol(operation, "not a greeting of IMAP"));
    };
    match verdict.status {
        Status::Ok => {
            if verdict.code == "CAPABILITY" {
                let words = verdict.arguments.split_ascii_whitespace();
                connection.capabilities = Capabilities::of(words);
            }
            Ok(())
        }
        Status::Bye => Err(Error::Unavailable {
            operation,
            text: PeerText::from(verdict.text),
            effect: Effect::NotSent,
        }),
        // Somebody else's login: it would not be known whose mail this is.
        _ => Err(Error::protocol(operation, "not a greeting of IMAP")),
    }
}

fn said(untagged: &[Untagged]) -> Option<Capabilities> {
    untagged.iter().find_map(|item| match item {
        Untagged::Named(name, values) if name == "CAPABILITY" => {
            let words: Vec<String> = values.iter().filter_map(Value::text).collect();
            Some(Capabilities::of(words.iter().map(String::as_str)))
        }
        _ => None,
    })
}

async fn ask_capabilities(
    connection: &mut Connection,
    operation: &'static str,
) -> Result<(), Error> {
    let answer = connection
        .run(operation, &Command::new("CAPABILITY"))
        .await?;
    connection.capabilities =
        said(&answer.untagged).ok_or_else(|| Error::protocol(operation, "no capabilities"))?;
    Ok(())
}
