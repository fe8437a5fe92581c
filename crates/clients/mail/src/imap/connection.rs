//! One connection and its commands.
//!
//! Invariant: `is_clean` is false from the first byte of a command to the last of its answer. A future that is dropped, a
//! limit that is hit or an answer that is not understood leaves it so, and such a connection is never used again.

use std::time::Duration;

use bheem_http_kit::{Effect, PeerText};

use super::{
    UidValidity,
    capabilities::Capabilities,
    command::{Command, Piece},
    response::{self, Response, Status, Untagged, Verdict, is_prose},
    value::Raw,
};
use crate::{Error, Limits, wire::Wire};

/// What is known about the folder that is open.
#[derive(Clone, Debug, Default)]
pub(super) struct Selected {
    pub(super) folder: String,
    pub(super) validity: u64,
    pub(super) exists: u32,
}

#[derive(Debug)]
pub(crate) struct Connection {
    pub(super) wire: Wire,
    pub(super) limits: Limits,
    pub(super) timeout: Duration,
    pub(super) capabilities: Capabilities,
    pub(super) selected: Option<Selected>,
    pub(super) is_clean: bool,
    commands: u64,
}

/// What a command brought.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) untagged: Vec<Untagged>,
    pub(super) verdict: Verdict,
}

impl Connection {
    pub(super) fn new(wire: Wire, limits: Limits, timeout: Duration) -> Self {
        Self {
            wire,
            limits,
            timeout,
            capabilities: Capabilities::default(),
            selected: None,
            is_clean: false,
            commands: 0,
        }
    }

    /// May it be used for another command?
    pub(crate) fn is_usable(&mut self) -> bool {
        self.is_clean && self.wire.is_quiet()
    }

    /// Runs a command to its end, within the time limit.
    pub(super) async fn run(
        &mut self,
        operation: &'static str,
        command: &Command,
    ) -> Result<Answer, Error> {
        let limit = self.timeout;
        match tokio::time::timeout(limit, self.exchange(operation, command)).await {
            Ok(result) => result,
            Err(_elapsed) => Err(Error::Timeout {
                operation,
                effect: Effect::Unknown,
            }),
        }
    }

    async fn exchange(
        &mut self,
        operation: &'static str,
        command: &Command,
    ) -> Result<Answer, Error> {
        let tag = self.begin();
        let mut untagged = Vec::new();
        self.send(operation, &tag, command, &mut untagged).await?;
        self.finish(operation, &tag, untagged).await
    }

    /// From here on the connection is in the middle of something.
    pub(super) fn begin(&mut self) -> String {
        self.is_clean = false;
        self.wire.renew_allowance();
        self.commands = self.commands.wrapping_add(1);
        format!("a{}", self.commands)
    }

    pub(super) async fn send(
        &mut self,
        operation: &'static str,
        tag: &str,
        command: &Command,
        untagged: &mut Vec<Untagged>,
    ) -> Result<(), Error> {
        // RFC 7888: then the server need not be asked before each literal.
        let any_size = self.capabilities.has("LITERAL+");
        let small_only = self.capabilities.has("LITERAL-");
        let mut output = format!("{tag} ").into_bytes();
        for piece in command.pieces() {
            match piece {
                Piece::Text(text) => output.extend_from_slice(text),
                Piece::Literal(bytes) => {
                    let is_free = any_size || (small_only && bytes.len() <= 4096);
                    let mark = if is_free { "+" } else { "" };
                    output.extend_from_slice(format!("{{{}{mark}}}\r\n", bytes.len()).as_bytes());
                    if !is_free {
                        self.wire.write(operation, &output).await?;
                        output.clear();
                        self.wait_to_go_on(operation, tag, untagged).await?;
                    }
                    output.extend_from_slice(bytes);
                }
            }
        }
        output.extend_from_slice(b"\r\n");
        self.wire.write(operation, &output).await
    }

    pub(super) async fn wait_to_go_on(
        &mut self,
        operation: &'static str,
        tag: &str,
        untagged: &mut Vec<Untagged>,
    ) -> Result<String, Error> {
        loop {
            match self.response(operation).await? {
                Response::Continue(text) => return Ok(text),
                Response::Untagged(item) => untagged.push(self.note(operation, item)?),
                Response::Tagged(whose, verdict) if whose == tag => {
                    self.is_clean = true;
                    self.judge(operation, &verdict)?;
                    return Err(Error::protocol(operation, "done before it was said"));
                }
                Response::Tagged(..) => {
                    return Err(Error::protocol(operation, "an answer to another command"));
                }
            }
        }
    }

    pub(super) async fn finish(
        &mut self,
        operation: &'static str,
        tag: &str,
        mut untagged: Vec<Untagged>,
    ) -> Result<Answer, Error> {
        loop {
            match self.response(operation).await? {
                Response::Untagged(item) => untagged.push(self.note(operation, item)?),
                Response::Tagged(whose, verdict) if whose == tag => {
                    self.is_clean = true;
                    self.judge(operation, &verdict)?;
                    return Ok(Answer { untagged, verdict });
                }
                Response::Tagged(..) => {
                    return Err(Error::protocol(operation, "an answer to another command"));
                }
                Response::Continue(_) => {
                    return Err(Error::protocol(
                        operation,
                        "waits for what nobody announced",
                    ));
                }
            }
        }
    }

    /// Keeps what the server says about the open folder, and hears a good-bye.
    pub(super) fn note(
        &mut self,
        operation: &'static str,
        item: Untagged,
    ) -> Result<Untagged, Error> {
        match &item {
            Untagged::Verdict(verdict) if verdict.status == Status::Bye => {
                self.is_clean = false;
                return Err(Error::Unavailable {
                    operation,
                    text: PeerText::from(verdict.text.clone()),
                    effect: Effect::Unknown,
                });
            }
            Untagged::Numbered(count, name, _) if name == "EXISTS" => {
                if let Some(selected) = &mut self.selected {
                    selected.exists = *count;
                }
            }
            Untagged::Numbered(_, name, _) if name == "EXPUNGE" => {
                if let Some(selected) = &mut self.selected {
                    selected.exists = selected.exists.saturating_sub(1);
                }
            }
            _ => {}
        }
        Ok(item)
    }

    /// Reads one answer with its literals.
    pub(super) async fn response(&mut self, operation: &'static str) -> Result<Response, Error> {
        let mut raw = Raw::default();
        let mut is_first = true;
        loop {
            let line = self.wire.line(operation, self.limits.line).await?;
            if line.contains(&0) {
                return Err(Error::protocol(operation, "there is a NUL in a line"));
            }
            let announced = if is_first && is_prose(&line) {
                None
            } else {
                announcement(&line)
            };
            is_first = false;
            let Some((before, count)) = announced else {
                raw.text.extend_from_slice(&line);
                return response::parse(raw)
                    .ok_or_else(|| Error::protocol(operation, "not an answer of IMAP"));
            };
            raw.text.extend_from_slice(before);
            raw.text.push(0);
            let literal = self
                .wire
                .bytes(operation, count, self.limits.literal)
                .await?;
            raw.literals.push_back(literal);
        }
    }

    /// What a tagged answer means.
    pub(super) fn judge(
        &mut self,
        operation: &'static str,
        verdict: &Verdict,
    ) -> Result<(), Error> {
        let text = || PeerText::from(verdict.text.clone());
        match verdict.status {
            Status::Ok => return Ok(()),
            Status::No | Status::Bad => {}
            Status::Bye | Status::Preauth => {
                self.is_clean = false;
                return Err(Error::protocol(operation, "not an end of a command"));
            }
        }
        Err(match verdict.code.as_str() {
            "AUTHENTICATIONFAILED"
            | "AUTHORIZATIONFAILED"
            | "EXPIRED"
            | "NOPERM"
            | "PRIVACYREQUIRED" => Error::Unauthorized {
                operation,
                text: text(),
            },
            "NONEXISTENT" | "TRYCREATE" => Error::NotFound { operation },
            "ALREADYEXISTS" => Error::Exists { operation },
            "OVERQUOTA" => Error::OverQuota { operation },
            "UNAVAILABLE" | "LIMIT" | "INUSE" | "SERVERBUG" => Error::Unavailable {
                operation,
                text: text(),
                effect: Effect::Rejected,
            },
            _ if verdict.status == Status::Bad => {
                // Whether it heard only half of it or all: nobody knows what it believes comes next.
                self.is_clean = false;
                Error::Refused {
                    operation,
                    code: "BAD".to_owned(),
                    is_temporary: false,
                    text: text(),
                }
            }
            code => Error::Refused {
                operation,
                code: if code.is_empty() { "NO" } else { code }.to_owned(),
                is_temporary: false,
                text: text(),
            },
        })
    }

    /// Opens a folder, if it is not open, and learns how many messages it has now.
    pub(super) async fn select(
        &mut self,
        operation: &'static str,
        folder: &str,
        expected: Option<UidValidity>,
    ) -> Result<Selected, Error> {
        let is_open = self
            .selected
            .as_ref()
            .is_some_and(|open| open.folder == folder);
        if is_open {
            self.run(operation, &Command::new("NOOP"))
                .await
                .map_err(Error::before_sending)?;
        } else {
            self.open(operation, folder)
                .await
                .map_err(Error::before_sending)?;
        }
        let selected = self
            .selected
            .clone()
            .ok_or_else(|| Error::protocol(operation, "no folder is open"))?;
        match expected {
            Some(expected) if expected.0 != selected.validity => {
                Err(Error::FolderReplaced { operation })
            }
            _ => Ok(selected),
        }
    }

    async fn open(&mut self, operation: &'static str, folder: &str) -> Result<(), Error> {
        // Before the command: whatever becomes of it, the folder of before is closed.
        self.selected = Some(Selected::default());
        let command = Command::new("SELECT").folder(operation, folder)?;
        let result = self.run(operation, &command).await;
        let answer = match result {
            Ok(answer) => answer,
            Err(error) => {
                self.selected = None;
                return Err(match error {
                    // Dovecot says NONEXISTENT; others a plain NO.
                    Error::Refused { code, .. } if code == "NO" => Error::NotFound { operation },
                    other => other,
                });
            }
        };
        let validity = answer.untagged.iter().find_map(|item| match item {
            Untagged::Verdict(verdict) if verdict.code == "UIDVALIDITY" => {
                verdict.arguments.trim().parse().ok()
            }
            _ => None,
        });
        let Some(validity) = validity else {
            self.selected = None;
            return Err(Error::protocol(operation, "the folder has no UIDVALIDITY"));
        };
        if let Some(selected) = &mut self.selected {
            folder.clone_into(&mut selected.folder);
            selected.validity = validity;
        }
        Ok(())
    }
}

/// `…{12}` at the end of a line: what is before it, and the number. `~{12}` (RFC 3516) and `{12+}` are the same here.
fn announcement(line: &[u8]) -> Option<(&[u8], usize)> {
    let inside = line.strip_suffix(b"}")?;
    let at = inside.iter().rposition(|byte| *byte == b'{')?;
    let digits = inside.get(at.saturating_add(1)..)?;
    let digits = digits.strip_suffix(b"+").unwrap_or(digits);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let before = inside.get(..at)?;
    let before = before.strip_suffix(b"~").unwrap_or(before);
    // More digits than a number has is more bytes than anybody reads.
    let count = std::str::from_utf8(digits)
        .ok()?
        .parse()
        .unwrap_or(usize::MAX);
    Some((before, count))
}
