//! Conversations.
//!
//! Where the server does not thread (RFC 5256), messages are joined when one names another, or both name a third. That is
//! a relation of sameness, not of descent: headers that name each other in a circle do no harm.

use std::collections::HashMap;

use super::{
    Messages, Uid, UidValidity,
    command::Command,
    connection::Connection,
    fetch::{broken, rows},
    response::{Untagged, count_broken},
    search::add_numbers,
    value::Value,
};
use crate::{Error, message::headers::Headers, observe::observe};

/// Messages looked at, at most.
const MOST: u32 = 2000;
/// The last names count: the parent's is the last one.
const MOST_REFERENCES: usize = 100;

/// A conversation: numbers of messages, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Thread {
    /// The messages.
    pub uids: Vec<Uid>,
}

impl Thread {
    /// The last message.
    #[must_use]
    pub fn newest(&self) -> Option<Uid> {
        self.uids.last().copied()
    }
}

/// The conversations among the newest messages of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Threading {
    /// The folder's generation.
    pub validity: UidValidity,
    /// The conversations, the one with the newest message first.
    pub threads: Vec<Thread>,
    /// So many messages, at least, are in none because they could not be read.
    pub left_out: usize,
}

/// What conversations are made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ThreadSource {
    /// The message.
    pub uid: Uid,
    /// Its own identification.
    pub message_id: Option<String>,
    /// The messages it names (`References` and `In-Reply-To`).
    pub references: Vec<String>,
}

/// Joins messages to conversations. Each message is in exactly one; the work grows with the number of names.
#[must_use]
pub fn build_threads(sources: &[ThreadSource]) -> Vec<Thread> {
    let mut groups = Groups::default();
    for source in sources {
        // A message without a name is still one of its own.
        let own = groups.add();
        let skipped = source.references.len().saturating_sub(MOST_REFERENCES);
        let names = source
            .references
            .iter()
            .skip(skipped)
            .chain(&source.message_id);
        for name in names {
            let other = groups.of_name(name);
            groups.join(own, other);
        }
        groups.messages.push((source.uid, own));
    }
    let mut threads: HashMap<usize, Thread> = HashMap::new();
    for (uid, group) in std::mem::take(&mut groups.messages) {
        threads
            .entry(groups.root(group))
            .or_default()
            .uids
            .push(uid);
    }
    order(threads.into_values().collect())
}

fn order(mut threads: Vec<Thread>) -> Vec<Thread> {
    for thread in &mut threads {
        thread.uids.sort_unstable();
        thread.uids.dedup();
    }
    threads.retain(|thread| !thread.uids.is_empty());
    threads.sort_unstable_by_key(|thread| std::cmp::Reverse(thread.newest()));
    threads
}

/// Sets that are joined: each element knows one nearer to its set's root.
#[derive(Default)]
struct Groups {
    parents: Vec<usize>,
    names: HashMap<String, usize>,
    messages: Vec<(Uid, usize)>,
}

impl Groups {
    fn add(&mut self) -> usize {
        let new = self.parents.len();
        self.parents.push(new);
        new
    }

    fn of_name(&mut self, name: &str) -> usize {
        if let Some(known) = self.names.get(name) {
            return *known;
        }
        let new = self.add();
        self.names.insert(name.to_owned(), new);
        new
    }

    fn root(&mut self, mut at: usize) -> usize {
        while let Some(parent) = self.parents.get(at).copied() {
            if parent == at {
                break;
            }
            // Halves the way for the next time.
            let grandparent = self.parents.get(parent).copied().unwrap_or(parent);
            if let Some(link) = self.parents.get_mut(at) {
                *link = grandparent;
            }
            at = grandparent;
        }
        at
    }

    fn join(&mut self, one: usize, two: usize) {
        let (one, two) = (self.root(one), self.root(two));
        if let Some(link) = self.parents.get_mut(one) {
            *link = two;
        }
    }
}

impl Messages {
    /// The conversations among the newest messages, 2000 at most.
    ///
    /// # Errors
    /// If there is no such folder, or the server cannot be understood.
    pub async fn threads(&self, newest: u32) -> Result<Threading, Error> {
        const OPERATION: &str = "list_threads";
        observe(OPERATION, async {
            let mut lease = self.account.lease(OPERATION).await?;
            let selected = lease.select(OPERATION, &self.folder, self.validity).await?;
            let count = newest.clamp(1, MOST).min(selected.exists);
            let (threads, left_out) = if count == 0 {
                (Vec::new(), 0)
            } else {
                let first = selected.exists.saturating_sub(count).saturating_add(1);
                let range = format!("{first}:{}", selected.exists);
                if lease.capabilities.has("THREAD=REFERENCES") {
                    by_server(&mut lease, OPERATION, &range).await?
                } else {
                    by_headers(&mut lease, OPERATION, &range).await?
                }
            };
            Ok(Threading {
                validity: UidValidity(selected.validity),
                threads,
                left_out,
            })
        })
        .await
    }
}

async fn by_server(
    connection: &mut Connection,
    operation: &'static str,
    range: &str,
) -> Result<(Vec<Thread>, usize), Error> {
    let command = Command::new(&format!("UID THREAD REFERENCES UTF-8 {range}"));
    let answer = connection.run(operation, &command).await?;
    let threads = answer.untagged.iter().filter_map(|item| match item {
        Untagged::Named(name, values) if name == "THREAD" => Some(values),
        _ => None,
    });
    let mut left_out = count_broken(&answer.untagged, "THREAD");
    let threads = threads.flatten().map(|value| {
        let mut thread = Thread::default();
        left_out = left_out.saturating_add(flatten(value, &mut thread.uids));
        thread
    });
    let threads = threads.collect();
    Ok((order(threads), left_out))
}

/// `(3 6 (4 23) (44 7 96))`; says how many are no numbers. The reader of values bounds the depth.
fn flatten(value: &Value, uids: &mut Vec<Uid>) -> usize {
    match value.list() {
        Some(items) => items.iter().map(|item| flatten(item, uids)).sum(),
        None => add_numbers(std::iter::once(value), uids),
    }
}

async fn by_headers(
    connection: &mut Connection,
    operation: &'static str,
    range: &str,
) -> Result<(Vec<Thread>, usize), Error> {
    let fields = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID REFERENCES IN-REPLY-TO)]";
    let command = Command::new(&format!("FETCH {range} (UID {fields})"));
    let answer = connection.run(operation, &command).await?;
    // Nothing but news of flags is told without a body.
    let rows = rows(&answer.untagged);
    let rows = rows.iter().filter(|row| row.body().is_some());
    let mut left_out = broken(&answer.untagged).len();
    let read: Vec<Option<ThreadSource>> = rows
        .map(|row| {
            let headers = Headers::parse(row.body()?.bytes().unwrap_or_default());
            let mut references = headers.references;
            references.extend(headers.in_reply_to);
            Some(ThreadSource {
                uid: row.uid()?,
                message_id: headers.message_id,
                references,
            })
        })
        .collect();
    left_out = left_out.saturating_add(read.iter().filter(|one| one.is_none()).count());
    let sources: Vec<ThreadSource> = read.into_iter().flatten().collect();
    Ok((build_threads(&sources), left_out))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn source(uid: u32, id: &str, references: &[&str]) -> ThreadSource {
        ThreadSource {
            uid: Uid(uid),
            message_id: (!id.is_empty()).then(|| id.to_owned()),
            references: references.iter().map(|one| (*one).to_owned()).collect(),
        }
    }

    fn uids(sources: &[ThreadSource]) -> Vec<Vec<u32>> {
        let threads = build_threads(sources);
        threads
            .iter()
            .map(|thread| thread.uids.iter().map(|uid| uid.0).collect())
            .collect()
    }

    #[test]
    fn answers_are_joined_with_what_they_answer_even_if_that_is_missing() {
        let sources = [
            source(1, "a", &[]),
            source(2, "b", &["a"]),
            source(3, "c", &["gone"]),
            source(4, "d", &["gone"]),
            source(5, "", &[]),
            source(6, "e", &["a", "b"]),
        ];
        assert_eq!(uids(&sources), [vec![1, 2, 6], vec![5], vec![3, 4]]);
    }

    #[test]
    fn a_circle_is_one_conversation() {
        let sources = [
            source(1, "a", &["b"]),
            source(2, "b", &["c"]),
            source(3, "c", &["a"]),
        ];
        assert_eq!(uids(&sources), [vec![1, 2, 3]]);
    }

    #[test]
    fn the_servers_tree_is_flattened() {
        let leaf = |uid: u32| Value::Atom(uid.to_string());
        let tree = Value::List(vec![
            leaf(3),
            Value::List(vec![leaf(4), Value::List(vec![leaf(9)])]),
        ]);
        let mut flat = Vec::new();
        assert_eq!(flatten(&tree, &mut flat), 0);
        assert_eq!(flat, [Uid(3), Uid(4), Uid(9)]);
    }

    proptest! {
        #[test]
        fn fuzz_each_message_is_in_exactly_one_conversation(
            messages in prop::collection::vec((prop::option::of(0_u8..20), prop::collection::vec(0_u8..20, 0..6)), 0..60)
        ) {
            let sources: Vec<ThreadSource> = messages
                .iter()
                .zip(1_u32..)
                .map(|((id, references), uid)| ThreadSource {
                    uid: Uid(uid),
                    message_id: id.map(|id| id.to_string()),
                    references: references.iter().map(ToString::to_string).collect(),
                })
                .collect();
            let threads = build_threads(&sources);
            let mut seen: Vec<u32> = threads.iter().flat_map(|thread| &thread.uids).map(|uid| uid.0).collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (1..=u32::try_from(sources.len()).unwrap()).collect::<Vec<_>>());
            // Who shares a name shares a conversation.
            for one in &sources {
                for two in &sources {
                    if one.message_id.is_some() && one.message_id == two.message_id {
                        prop_assert!(threads.iter().any(|thread| thread.uids.contains(&one.uid) && thread.uids.contains(&two.uid)));
                    }
                }
            }
        }
    }
}
