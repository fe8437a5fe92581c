//! A user's scripts on the server. At most one is active.

use bheem_http_kit::{Deleted, Effect};

use super::{
    connection::{Answer, Connection},
    token::Token,
};
use crate::{Account, Error, Listed, observe::observe};

/// A script's name and whether it is the active one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScriptInfo {
    /// Its name.
    pub name: String,
    /// It filters what arrives.
    pub is_active: bool,
}

/// What the server can do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SieveCapabilities {
    /// The extensions scripts may use, such as `vacation`.
    pub extensions: Vec<String>,
    /// What server it is.
    pub implementation: String,
    /// How many redirections a script may make.
    pub max_redirects: Option<u32>,
}

/// A user's scripts.
#[derive(Clone, Copy, Debug)]
pub struct Scripts<'a>(&'a Account);

impl Account {
    /// The filters.
    #[must_use]
    pub fn scripts(&self) -> Scripts<'_> {
        Scripts(self)
    }
}

impl Scripts<'_> {
    /// What the server can do.
    ///
    /// # Errors
    /// If there is no connection to be had.
    pub async fn capabilities(&self) -> Result<SieveCapabilities, Error> {
        const OPERATION: &str = "sieve_capabilities";
        observe(OPERATION, async {
            let connection = self.connect(OPERATION).await?;
            let get = |name: &str| connection.capabilities.get(name).cloned();
            Ok(SieveCapabilities {
                extensions: get("SIEVE")
                    .unwrap_or_default()
                    .split_ascii_whitespace()
                    .map(str::to_owned)
                    .collect(),
                implementation: get("IMPLEMENTATION").unwrap_or_default(),
                max_redirects: get("MAXREDIRECTS").and_then(|text| text.parse().ok()),
            })
        })
        .await
    }

    /// All scripts.
    ///
    /// # Errors
    /// If the server refuses or cannot be understood.
    pub async fn list(&self) -> Result<Listed<ScriptInfo>, Error> {
        let answer = self.run("list_scripts", "LISTSCRIPTS".to_owned()).await?;
        let mut scripts = Listed::new(Vec::new(), 0);
        for line in answer.lines {
            let mut tokens = line.into_iter();
            let Some(Token::Text(name)) = tokens.next() else {
                scripts.left_out = scripts.left_out.saturating_add(1);
                continue;
            };
            let is_active = tokens.any(|token| token == Token::Word("ACTIVE".to_owned()));
            scripts.items.push(ScriptInfo { name, is_active });
        }
        Ok(scripts)
    }

    /// A script's text, by its name, which is its natural key.
    ///
    /// # Errors
    /// If the server refuses or cannot be understood.
    pub async fn find(&self, name: &str) -> Result<Option<String>, Error> {
        const OPERATION: &str = "get_script";
        let command = format!("GETSCRIPT {}", string(OPERATION, name)?);
        match self.run(OPERATION, command).await {
            Ok(answer) => {
                let text = answer
                    .lines
                    .into_iter()
                    .flatten()
                    .find_map(|token| match token {
                        Token::Text(text) => Some(text),
                        _ => None,
                    });
                text.map(Some)
                    .ok_or_else(|| Error::protocol(OPERATION, "no script"))
            }
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Stores a script under a name, in place of the one that has it. The active one stays active. May be repeated.
    ///
    /// # Errors
    /// [`Error::Refused`] with the server's explanation if it is not a valid script, [`Error::OverQuota`] if there is no
    /// room.
    pub async fn put(&self, name: &str, script: &str) -> Result<(), Error> {
        const OPERATION: &str = "put_script";
        let command = format!("PUTSCRIPT {} {}", string(OPERATION, name)?, literal(script));
        self.run(OPERATION, command).await.map(|_| ())
    }

    /// Has the server look whether a script is valid, without storing it.
    ///
    /// # Errors
    /// [`Error::Refused`] with the server's explanation if it is not.
    pub async fn check(&self, script: &str) -> Result<(), Error> {
        const OPERATION: &str = "check_script";
        self.run(OPERATION, format!("CHECKSCRIPT {}", literal(script)))
            .await
            .map(|_| ())
    }

    /// Makes a script the active one.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none of that name.
    pub async fn activate(&self, name: &str) -> Result<(), Error> {
        const OPERATION: &str = "activate_script";
        let command = format!("SETACTIVE {}", string(OPERATION, name)?);
        self.run(OPERATION, command).await.map(|_| ())
    }

    /// Leaves no script active.
    ///
    /// # Errors
    /// If the server refuses.
    pub async fn deactivate(&self) -> Result<(), Error> {
        self.run("deactivate_scripts", "SETACTIVE \"\"".to_owned())
            .await
            .map(|_| ())
    }

    /// Renames a script. The active one stays active.
    ///
    /// # Errors
    /// [`Error::NotFound`] or [`Error::Exists`].
    pub async fn rename(&self, from: &str, to: &str) -> Result<(), Error> {
        const OPERATION: &str = "rename_script";
        let (from, to) = (string(OPERATION, from)?, string(OPERATION, to)?);
        self.run(OPERATION, format!("RENAMESCRIPT {from} {to}"))
            .await
            .map(|_| ())
    }

    /// Deletes a script. The active one is refused: deactivate it first.
    ///
    /// # Errors
    /// If the server refuses.
    pub async fn delete(&self, name: &str) -> Result<Deleted, Error> {
        const OPERATION: &str = "delete_script";
        let command = format!("DELETESCRIPT {}", string(OPERATION, name)?);
        match self.run(OPERATION, command).await {
            Ok(_) => Ok(Deleted::Removed),
            Err(Error::NotFound { .. }) => Ok(Deleted::Absent),
            Err(error) => Err(error),
        }
    }

    async fn connect(&self, operation: &'static str) -> Result<Connection, Error> {
        let limit = self.0.shared.timeouts.command;
        match tokio::time::timeout(limit, self.0.connect_sieve(operation)).await {
            Ok(result) => result.map_err(Error::before_sending),
            Err(_elapsed) => Err(Error::Timeout {
                operation,
                effect: Effect::NotSent,
            }),
        }
    }

    async fn run(&self, operation: &'static str, command: String) -> Result<Answer, Error> {
        observe(operation, async {
            let mut connection = self.connect(operation).await?;
            let limit = self.0.shared.timeouts.command;
            let answer = tokio::time::timeout(limit, connection.run(operation, &command))
                .await
                .unwrap_or(Err(Error::Timeout {
                    operation,
                    effect: Effect::Unknown,
                }))?;
            tracing::trace!(code = answer.code, words = answer.text.len(), "sieve");
            // Whether the good-bye is answered is of no interest.
            let farewell = connection.run(operation, "LOGOUT");
            let _farewell = tokio::time::timeout(std::time::Duration::from_secs(2), farewell).await;
            Ok(answer)
        })
        .await
    }
}

/// A name as a literal: it needs no escaping, and its length is known before a byte of it.
fn string(operation: &'static str, name: &str) -> Result<String, Error> {
    // RFC 5804, section 1.6: no control characters; and names are bounded.
    if name.is_empty() || name.len() > 500 || name.chars().any(char::is_control) {
        return Err(Error::Invalid {
            operation,
            reason: "no script can have that name",
        });
    }
    Ok(literal(name))
}

fn literal(text: &str) -> String {
    format!("{{{}+}}\r\n{text}", text.len())
}
