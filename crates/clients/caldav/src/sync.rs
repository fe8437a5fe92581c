//! Keeping a copy of a collection in step with the server.
//!
//! By token where the server knows `sync-collection` (RFC 6578), else by comparing versions. Whatever happens on the
//! way (a token that expired, a server that forgot, one that never knew the report), [`Client::sync`] ends with the
//! right difference: it costs more, it does not fail.

use std::collections::BTreeMap;

use bheem_webdav::{DAV, DavPath, Depth, LeftOut, LeftOutReason, Multistatus, escape};

use crate::calendar::{CTAG, SYNC_TOKEN};
use crate::client::is_found;
use crate::objects::ETAG;
use crate::{Client, Error, ObjectVersion};

/// A server that goes on saying "there is more" is not believed beyond this.
const MAX_ROUNDS: usize = 1000;

/// What changed since a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyncChanges {
    /// Objects that are new or have another version.
    pub changed: Vec<ObjectVersion>,
    /// Objects that are gone.
    pub removed: Vec<DavPath>,
    /// Where the next sync begins.
    pub token: String,
    /// The server has more to tell: ask again with the new token.
    pub has_more: bool,
    /// What the server tells of and does not give, or what cannot be used.
    pub left_out: Vec<LeftOut>,
}

/// The answer to one sync-collection report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SyncOutcome {
    /// What changed.
    Changes(SyncChanges),
    /// The token is not valid any more, or the server has gone back to an earlier one, as after a restore: forget what
    /// is known, and begin without one.
    FullResyncNeeded,
}

/// What is known of a collection. Keep it with the copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyncState {
    /// Where the next sync begins, if the server knows tokens.
    pub token: Option<String>,
    /// The version of the whole, if the server knows that.
    pub ctag: Option<String>,
    /// The versions of the objects, by their paths from the root of the host.
    pub etags: BTreeMap<String, String>,
}

/// How a difference was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SyncMethod {
    /// By token.
    Token,
    /// The token was refused, and everything was compared.
    Resync,
    /// The version of the whole is the same.
    Unchanged,
    /// The server knows no tokens, and everything was compared.
    Comparison,
}

/// A difference to what was known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyncDifference {
    /// Objects that are new or have another version: fetch them with [`Client::get_objects`].
    pub changed: Vec<DavPath>,
    /// Objects that are gone.
    pub removed: Vec<DavPath>,
    /// What is known now.
    pub state: SyncState,
    /// How it was found.
    pub method: SyncMethod,
    /// What the server tells of and does not give, or what cannot be used: of that nothing is known.
    pub left_out: Vec<LeftOut>,
}

impl Client {
    /// Asks once what changed in a calendar or address book since a token; everything without one. No limit is asked
    /// for: with one, some servers answer wrongly (Nextcloud 28 to 30).
    ///
    /// # Errors
    /// [`Error::Unsupported`] if the server has no such report, kind `NotFound` if there is no such collection.
    pub async fn sync_collection(
        &self,
        collection: &DavPath,
        token: Option<&str>,
    ) -> Result<SyncOutcome, Error> {
        const OPERATION: &str = "sync_collection";
        self.http()
            .observe(OPERATION, self.sync_once(OPERATION, collection, token))
            .await
    }

    /// Brings what is known of a calendar or address book up to date, by whatever way the server allows.
    ///
    /// # Errors
    /// Kind `NotFound` if there is no such collection.
    pub async fn sync(
        &self,
        collection: &DavPath,
        known: &SyncState,
    ) -> Result<SyncDifference, Error> {
        const OPERATION: &str = "sync";
        let work = async {
            match self.sync_by_token(OPERATION, collection, known).await {
                Ok(Some(difference)) => Ok(difference),
                Ok(None) => {
                    let fresh = SyncState::default();
                    match self.sync_by_token(OPERATION, collection, &fresh).await {
                        Ok(Some(all)) => {
                            Ok(compare(known, all.state, SyncMethod::Resync, all.left_out))
                        }
                        _ => self.sync_by_comparison(OPERATION, collection, known).await,
                    }
                }
                Err(Error::Unsupported { .. }) => {
                    self.sync_by_comparison(OPERATION, collection, known).await
                }
                Err(error) => Err(error),
            }
        };
        self.http().observe(OPERATION, work).await
    }

    /// `None` if the token is not valid.
    async fn sync_by_token(
        &self,
        operation: &'static str,
        collection: &DavPath,
        known: &SyncState,
    ) -> Result<Option<SyncDifference>, Error> {
        let mut state = SyncState {
            ctag: None,
            ..known.clone()
        };
        let (mut changed, mut removed) = (BTreeMap::new(), BTreeMap::new());
        let mut left_out = Vec::new();
        for _ in 0..MAX_ROUNDS {
            let outcome = self
                .sync_once(operation, collection, state.token.as_deref())
                .await?;
            let SyncOutcome::Changes(answer) = outcome else {
                return Ok(None);
            };
            left_out.extend(answer.left_out);
            for version in answer.changed {
                let key = self.absolute(&version.path);
                removed.remove(&key);
                state
                    .etags
                    .insert(key.clone(), version.etag.unwrap_or_default());
                changed.insert(key, version.path);
            }
            for path in answer.removed {
                let key = self.absolute(&path);
                changed.remove(&key);
                state.etags.remove(&key);
                removed.insert(key, path);
            }
            let is_stuck = state.token.as_deref() == Some(answer.token.as_str());
            state.token = Some(answer.token);
            if !answer.has_more || is_stuck {
                let (changed, removed) = (
                    changed.into_values().collect(),
                    removed.into_values().collect(),
                );
                return Ok(Some(SyncDifference {
                    changed,
                    removed,
                    state,
                    method: SyncMethod::Token,
                    left_out,
                }));
            }
        }
        Err(bheem_webdav::Error::Protocol {
            operation,
            source: None,
        }
        .into())
    }

    async fn sync_by_comparison(
        &self,
        operation: &'static str,
        collection: &DavPath,
        known: &SyncState,
    ) -> Result<SyncDifference, Error> {
        let answer = self
            .propfind(
                operation,
                &collection.as_collection(),
                Depth::Zero,
                &[CTAG, SYNC_TOKEN],
            )
            .await?;
        let ctag = answer
            .responses
            .first()
            .and_then(|response| response.text(CTAG))
            .map(str::to_owned);
        if ctag.is_some() && ctag == known.ctag {
            return Ok(SyncDifference {
                changed: Vec::new(),
                removed: Vec::new(),
                state: known.clone(),
                method: SyncMethod::Unchanged,
                left_out: Vec::new(),
            });
        }
        let versions = self.versions(operation, collection).await?;
        let etags = versions.iter().map(|one| {
            (
                self.absolute(&one.path),
                one.etag.clone().unwrap_or_default(),
            )
        });
        let state = SyncState {
            token: None,
            ctag,
            etags: etags.collect(),
        };
        Ok(compare(
            known,
            state,
            SyncMethod::Comparison,
            versions.left_out,
        ))
    }

    async fn sync_once(
        &self,
        operation: &'static str,
        collection: &DavPath,
        token: Option<&str>,
    ) -> Result<SyncOutcome, Error> {
        let collection = collection.as_collection();
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><d:sync-collection xmlns:d=\"{DAV}\"><d:sync-token>{}</d:sync-token>\
             <d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop></d:sync-collection>",
            escape(token.unwrap_or_default())
        );
        let answer = match self.report(operation, &collection, Depth::Zero, body).await {
            Ok(answer) => answer,
            Err(error)
                if token.is_some() && self.is_stale(operation, &collection, &error).await? =>
            {
                return Ok(SyncOutcome::FullResyncNeeded);
            }
            Err(error) => return Err(Error::of_report(operation, error)),
        };
        let new_token = answer
            .sync_token
            .clone()
            .ok_or(bheem_webdav::Error::Protocol {
                operation,
                source: None,
            })?;
        if token.is_some_and(|old| has_gone_back(old, &new_token)) {
            return Ok(SyncOutcome::FullResyncNeeded);
        }
        Ok(SyncOutcome::Changes(self.changes(
            &collection,
            answer,
            new_token,
        )))
    }

    fn changes(&self, collection: &DavPath, answer: Multistatus, token: String) -> SyncChanges {
        let mut changes = SyncChanges {
            token,
            left_out: answer.left_out,
            ..SyncChanges::default()
        };
        for response in answer.responses {
            let is_collection = self.absolute(&response.path) == self.absolute(collection);
            if is_collection {
                // 507 about the collection itself: the answer was cut short (RFC 6578, section 3.6).
                changes.has_more |= response.status == Some(507);
            } else if !self.is_member(collection, &response.path) {
                let name = response.path.encoded().as_str();
                changes
                    .left_out
                    .push(LeftOut::new(name, LeftOutReason::Outside));
            } else if is_found(&response) {
                changes.changed.push(ObjectVersion {
                    etag: response.text(ETAG).map(str::to_owned),
                    path: response.path,
                });
            } else if matches!(response.status, Some(404 | 410)) {
                changes.removed.push(response.path);
            } else if let Some(status) = response.status {
                let name = response.path.encoded().as_str();
                let reason = LeftOutReason::Refused(status);
                changes.left_out.push(LeftOut::new(name, reason));
            }
        }
        changes
    }

    /// Whether an error means that the token is not known any more. Servers say so with 403, 409 or 412 and a
    /// condition, some without one, and some as if the collection were gone: then that is looked at.
    async fn is_stale(
        &self,
        operation: &'static str,
        collection: &DavPath,
        error: &Error,
    ) -> Result<bool, Error> {
        let Error::Dav(error) = error else {
            return Ok(false);
        };
        if error.condition() == Some("valid-sync-token") {
            return Ok(true);
        }
        match error {
            bheem_webdav::Error::Precondition { .. } => Ok(true),
            bheem_webdav::Error::NotFound { .. }
            | bheem_webdav::Error::Forbidden {
                condition: None, ..
            }
            | bheem_webdav::Error::Conflict {
                condition: None, ..
            } => {
                let answer = self
                    .propfind(operation, collection, Depth::Zero, &[SYNC_TOKEN])
                    .await;
                Ok(answer.is_ok_and(|answer| answer.responses.iter().any(is_found)))
            }
            _ => Ok(false),
        }
    }
}

/// Is the new token an earlier one than the old? Tokens mean nothing to a client (RFC 6578, section 4), but those that
/// end in a number are counted by all who write them so. A server that was restored answers a token from its lost
/// future with no changes and its own lower one (Nextcloud 32): what is known here is then not what is there.
fn has_gone_back(old: &str, new: &str) -> bool {
    let parts = |token: &str| -> Option<(String, u128)> {
        let stem = token.trim_end_matches(|c: char| c.is_ascii_digit());
        let number = token.get(stem.len()..)?.parse().ok()?;
        Some((stem.to_owned(), number))
    };
    match (parts(old), parts(new)) {
        (Some((stem, old)), Some((other, new))) => stem == other && new < old,
        _ => false,
    }
}

/// The difference between two states. Objects without a version count as changed: nobody can tell.
fn compare(
    known: &SyncState,
    state: SyncState,
    method: SyncMethod,
    left_out: Vec<LeftOut>,
) -> SyncDifference {
    let path = |key: &String| DavPath::from_href(key).ok();
    let is_same =
        |key: &String, etag: &String| !etag.is_empty() && known.etags.get(key) == Some(etag);
    let changed = state
        .etags
        .iter()
        .filter(|(key, etag)| !is_same(key, etag))
        .filter_map(|(key, _)| path(key));
    let removed = known
        .etags
        .keys()
        .filter(|key| !state.etags.contains_key(*key))
        .filter_map(path);
    let (changed, removed) = (changed.collect(), removed.collect());
    SyncDifference {
        changed,
        removed,
        state,
        method,
        left_out,
    }
}

#[cfg(test)]
mod tests {
    use super::has_gone_back;

    #[test]
    fn only_a_lower_number_of_the_same_kind_goes_back() {
        for (old, new, expected) in [
            (
                "http://sabre.io/ns/sync/12",
                "http://sabre.io/ns/sync/9",
                true,
            ),
            (
                "http://sabre.io/ns/sync/9",
                "http://sabre.io/ns/sync/12",
                false,
            ),
            (
                "http://sabre.io/ns/sync/9",
                "http://sabre.io/ns/sync/9",
                false,
            ),
            ("http://a.test/12", "http://b.test/9", false),
            ("abc", "abb", false),
            ("7", "99999999999999999999999999999999999999999999", false),
        ] {
            assert_eq!(has_gone_back(old, new), expected, "{old} {new}");
        }
    }
}
