//! A connection to ManageSieve. One is made for each operation: scripts change rarely.

use std::collections::HashMap;

use bheem_http_kit::{Effect, ExposeSecret as _, PeerText, SecretString};

use super::token::{Token, announcement, read};
use crate::{Account, Error, TlsMode, wire::Wire};

const LONGEST_LINE: usize = 64 * 1024;
const MOST_LINES: usize = 2000;

#[derive(Debug)]
pub(super) struct Connection {
    wire: Wire,
    literal: usize,
    /// Names in upper case.
    pub(super) capabilities: HashMap<String, String>,
}

/// The lines before a verdict, and its code.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) lines: Vec<Vec<Token>>,
    pub(super) code: String,
    pub(super) text: String,
}

impl Account {
    /// A connection that is logged in. Nothing of the operation has been sent when this fails.
    pub(super) async fn connect_sieve(&self, operation: &'static str) -> Result<Connection, Error> {
        let shared = &self.shared;
        let endpoint = Self::endpoint(operation, shared.sieve.as_ref())?;
        let host = shared.host(endpoint);
        let stream = shared.connector.connect(operation, host, endpoint).await?;
        let mut connection = Connection {
            wire: Wire::new(stream, shared.limits.answer),
            literal: shared.limits.literal,
            capabilities: HashMap::new(),
        };
        connection.greeting(operation).await?;
        if endpoint.tls == TlsMode::StartTls {
            let answer = connection.run(operation, "STARTTLS").await;
            answer.map_err(|error| match error {
                Error::Refused { .. } => Error::Unsupported {
                    operation,
                    capability: "STARTTLS",
                },
                other => other,
            })?;
            let stream = connection.wire.into_stream(operation)?;
            let stream = shared.connector.encrypt(operation, host, stream).await?;
            connection.wire = Wire::new(stream, shared.limits.answer);
            // It says its capabilities anew (RFC 5804, section 2.2).
            connection.greeting(operation).await?;
        }
        let port = endpoint.port;
        let mine = &self.credentials;
        let secret = mine
            .initial_response(operation, &self.user, host, port, false)
            .await?;
        let mut result = self.login_sieve(operation, &mut connection, &secret).await;
        if let Err(Error::Unauthorized { .. }) = result
            && let Some(renewed) = mine
                .renewed_response(operation, &self.user, host, port, &secret)
                .await?
        {
            result = self.login_sieve(operation, &mut connection, &renewed).await;
        }
        result.map(|()| connection)
    }

    async fn login_sieve(
        &self,
        operation: &'static str,
        connection: &mut Connection,
        secret: &SecretString,
    ) -> Result<(), Error> {
        let mechanism = self.credentials.mechanism();
        let offered = connection
            .capabilities
            .get("SASL")
            .cloned()
            .unwrap_or_default();
        let is_offered = |one: &str| one.eq_ignore_ascii_case(mechanism);
        if !offered.split_ascii_whitespace().any(is_offered) {
            return Err(Error::Unsupported {
                operation,
                capability: mechanism,
            });
        }
        let secret = secret.expose_secret();
        let line = format!(
            "AUTHENTICATE \"{mechanism}\" {{{}+}}\r\n{secret}\r\n",
            secret.len()
        );
        connection.wire.renew_allowance();
        connection.wire.write(operation, line.as_bytes()).await?;
        let mut is_explained = false;
        loop {
            let tokens = connection.line(operation).await?;
            match tokens.as_slice() {
                // The refusal of a token is explained first; then it is said.
                [Token::Text(_)] if !is_explained => {
                    is_explained = true;
                    let line = format!("\"{}\"\r\n", self.credentials.acknowledgement());
                    connection.wire.write(operation, line.as_bytes()).await?;
                }
                tokens => {
                    let Some(verdict) = verdict(operation, tokens) else {
                        return Err(Error::protocol(operation, "not an end of a login"));
                    };
                    return match verdict {
                        Ok(_) => Ok(()),
                        Err(Error::Refused { text, .. }) => {
                            Err(Error::Unauthorized { operation, text })
                        }
                        Err(other) => Err(other),
                    };
                }
            }
        }
    }
}

impl Connection {
    async fn greeting(&mut self, operation: &'static str) -> Result<(), Error> {
        let answer = self.finish(operation).await?;
        self.capabilities = answer
            .lines
            .into_iter()
            .filter_map(|line| {
                let mut texts = line.into_iter().map(|token| match token {
                    Token::Text(text) | Token::Word(text) | Token::Code(text) => text,
                    Token::Unreadable => String::new(),
                });
                Some((
                    texts.next()?.to_ascii_uppercase(),
                    texts.next().unwrap_or_default(),
                ))
            })
            .collect();
        Ok(())
    }

    /// Runs a command of one line, without its end.
    pub(super) async fn run(
        &mut self,
        operation: &'static str,
        command: &str,
    ) -> Result<Answer, Error> {
        self.wire.renew_allowance();
        self.wire
            .write(operation, format!("{command}\r\n").as_bytes())
            .await?;
        self.finish(operation).await
    }

    async fn finish(&mut self, operation: &'static str) -> Result<Answer, Error> {
        let mut lines = Vec::new();
        loop {
            let tokens = self.line(operation).await?;
            if let Some(verdict) = verdict(operation, &tokens) {
                return verdict.map(|(code, text)| Answer { lines, code, text });
            }
            if lines.len() >= MOST_LINES {
                return Err(Error::protocol(operation, "it does not come to an end"));
            }
            lines.push(tokens);
        }
    }

    /// A line; what it announces becomes a text of it.
    async fn line(&mut self, operation: &'static str) -> Result<Vec<Token>, Error> {
        let broken = || Error::protocol(operation, "not an answer of ManageSieve");
        let mut tokens = Vec::new();
        loop {
            let line = self.wire.line(operation, LONGEST_LINE).await?;
            // What begins with a string is an item of a list: the next one can be read all the same.
            let is_item = !tokens.is_empty() || line.starts_with(b"\"");
            let text = String::from_utf8_lossy(&line);
            let announced = announcement(&text);
            let words = read(announced.map_or(&text, |(before, _)| before));
            match words.filter(|_| !text.contains(char::REPLACEMENT_CHARACTER)) {
                Some(words) => tokens.extend(words),
                None if is_item => tokens.insert(0, Token::Unreadable),
                None => return Err(broken()),
            }
            let Some((_, count)) = announced else {
                return Ok(tokens);
            };
            let bytes = self.wire.bytes(operation, count, self.literal).await?;
            tokens.push(String::from_utf8(bytes).map_or(Token::Unreadable, Token::Text));
        }
    }
}

/// What a line means, if it ends an answer: the code and the words of an OK, or what a NO or BYE stands for.
fn verdict(operation: &'static str, tokens: &[Token]) -> Option<Result<(String, String), Error>> {
    let Some(Token::Word(word)) = tokens.first() else {
        return None;
    };
    let code = tokens.iter().find_map(|token| match token {
        Token::Code(code) => Some(code.clone()),
        _ => None,
    });
    let text = tokens.iter().find_map(|token| match token {
        Token::Text(text) => Some(text.clone()),
        _ => None,
    });
    let (code, text) = (code.unwrap_or_default(), text.unwrap_or_default());
    let name = code.split([' ', '/']).next().unwrap_or_default();
    let words = || PeerText::from(text.clone());
    Some(Err(match (word.as_str(), name) {
        ("OK", _) => return Some(Ok((code, text))),
        ("NO", "NONEXISTENT") => Error::NotFound { operation },
        ("NO", "ALREADYEXISTS") => Error::Exists { operation },
        ("NO", "QUOTA") => Error::OverQuota { operation },
        ("NO", "AUTH-TOO-WEAK" | "ENCRYPT-NEEDED" | "TRANSITION-NEEDED") => Error::Unauthorized {
            operation,
            text: words(),
        },
        ("NO", "TRYLATER") => Error::Unavailable {
            operation,
            text: words(),
            effect: Effect::Rejected,
        },
        ("NO", _) => Error::Refused {
            operation,
            code: if code.is_empty() {
                "NO".to_owned()
            } else {
                code
            },
            is_temporary: false,
            text: words(),
        },
        ("BYE", _) => Error::Unavailable {
            operation,
            text: words(),
            effect: Effect::Unknown,
        },
        _ => return None,
    }))
}
