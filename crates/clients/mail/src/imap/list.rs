//! Lists of messages, page by page.
//!
//! The newest come first, that is in falling order of their numbers. A page costs the same wherever it is: messages of a
//! folder have a second number, their position, and a page is a range of positions. A cursor remembers both numbers of the
//! last message shown. Positions only ever become smaller, when messages before are removed; should that have happened, the
//! cursor's message number tells, and its new position is found by halving.

use std::{fmt, str::FromStr};

use bheem_http_kit::{Page, stream_pages};
use futures::Stream;

use super::{
    Criteria, Messages, Uid, UidValidity,
    command::Command,
    connection::{Connection, Selected},
    fetch::{Summary, broken, rows},
    response::{Untagged, count_broken},
    search::{add_numbers, search},
    set::sets,
};
use crate::{Error, Listed, observe::observe};

const LARGEST_PAGE: u32 = 200;

/// Where the next page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    validity: u64,
    uid: u32,
    position: u32,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.validity, self.uid, self.position)
    }
}

/// That is not a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor")]
pub struct InvalidCursor;

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let mut numbers = text.splitn(3, '.');
        let mut next = || numbers.next().ok_or(InvalidCursor);
        let wrong = |_not_a_number| InvalidCursor;
        Ok(Self {
            validity: next()?.parse().map_err(wrong)?,
            uid: next()?.parse().map_err(wrong)?,
            position: next()?.parse().map_err(wrong)?,
        })
    }
}

/// In which order messages come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Order {
    /// The last to arrive first.
    #[default]
    Newest,
    /// By the writer's date, latest first. This and the following need a server that sorts (RFC 5256), whose work grows
    /// with the folder.
    Date,
    /// By the writer's name or address.
    From,
    /// By the subject, without prefixes.
    Subject,
    /// By size, largest first.
    Size,
}

impl Order {
    fn keys(self) -> Option<&'static str> {
        match self {
            Self::Newest => None,
            Self::Date => Some("(REVERSE DATE)"),
            Self::From => Some("(FROM)"),
            Self::Subject => Some("(SUBJECT)"),
            Self::Size => Some("(REVERSE SIZE)"),
        }
    }
}

/// What is listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    criteria: Option<Criteria>,
    order: Order,
    limit: u32,
    with_preview: bool,
    with_exact_size: bool,
}

impl ListQuery {
    /// The newest messages, 50 at a time.
    #[must_use]
    pub fn new() -> Self {
        Self {
            limit: 50,
            ..Self::default()
        }
    }

    /// So many at a time, 200 at most.
    #[must_use]
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = limit.clamp(1, LARGEST_PAGE);
        self
    }

    /// Only those that fit. The server searches anew for each page.
    #[must_use]
    pub fn only(mut self, criteria: Criteria) -> Self {
        self.criteria = Some(criteria);
        self
    }

    /// In another order.
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// With the beginnings of the texts, if the server offers them (RFC 8970).
    #[must_use]
    pub fn with_preview(mut self) -> Self {
        self.with_preview = true;
        self
    }

    /// With the exact sizes of whole messages. Servers that keep each message in a file of its own look them up by the
    /// file's name, which takes a third of a second for the first page of 100,000 messages; the sizes of their parts cost
    /// nothing.
    #[must_use]
    pub fn with_exact_size(mut self) -> Self {
        self.with_exact_size = true;
        self
    }

    fn page_size(&self) -> u32 {
        self.limit.clamp(1, LARGEST_PAGE)
    }
}

/// A page of messages.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessagePage {
    /// The messages.
    pub items: Vec<Summary>,
    /// Where the next page begins; `None` after the last.
    pub next: Option<Cursor>,
    /// So many messages, at least, are missing because nothing the server told of them could be read. Those of which
    /// but a number could be read are there, see [`Summary::is_incomplete`].
    pub left_out: usize,
}

impl Messages {
    /// A page of messages, from the beginning or a cursor.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such folder, [`Error::FolderReplaced`] if the cursor is of a former generation,
    /// [`Error::Unsupported`] for an order the server does not offer.
    pub async fn list(
        &self,
        query: &ListQuery,
        after: Option<Cursor>,
    ) -> Result<MessagePage, Error> {
        const OPERATION: &str = "list_messages";
        observe(OPERATION, async {
            let mut lease = self.account.lease(OPERATION).await?;
            let expected = after
                .map(|cursor| UidValidity(cursor.validity))
                .or(self.validity);
            let selected = lease.select(OPERATION, &self.folder, expected).await?;
            let mut lister = Lister {
                connection: &mut lease,
                operation: OPERATION,
                selected,
                query,
            };
            match (query.order.keys(), &query.criteria) {
                (None, None) => lister.by_position(after).await,
                (None, Some(criteria)) => lister.searched(criteria, after).await,
                (Some(keys), criteria) => {
                    let all = Criteria::All;
                    lister
                        .sorted(keys, criteria.as_ref().unwrap_or(&all), after)
                        .await
                }
            }
        })
        .await
    }

    /// All messages, page by page as they are needed.
    pub fn stream(&self, query: ListQuery) -> impl Stream<Item = Result<Summary, Error>> {
        let messages = self.clone();
        stream_pages(None, move |after: Option<Cursor>| {
            let (messages, query) = (messages.clone(), query.clone());
            async move {
                let page = messages.list(&query, after).await?;
                Ok(Page {
                    items: page.items,
                    next: page.next.map(Some),
                })
            }
        })
    }

    /// The messages of these numbers, newest first. Those that are gone are left out.
    ///
    /// # Errors
    /// If there is no such folder, or more are asked for than a page has.
    pub async fn get_all(&self, uids: &[Uid]) -> Result<Listed<Summary>, Error> {
        const OPERATION: &str = "get_messages";
        if uids.len() > usize::try_from(LARGEST_PAGE).unwrap_or(usize::MAX) {
            return Err(Error::Invalid {
                operation: OPERATION,
                reason: "more messages than a page has",
            });
        }
        observe(OPERATION, async {
            let mut lease = self.account.lease(OPERATION).await?;
            let selected = lease.select(OPERATION, &self.folder, self.validity).await?;
            let query = ListQuery::new();
            let mut lister = Lister {
                connection: &mut lease,
                operation: OPERATION,
                selected,
                query: &query,
            };
            let (items, left_out) = lister.summaries(uids).await?;
            Ok(Listed::new(items, left_out))
        })
        .await
    }
}

struct Lister<'a> {
    connection: &'a mut Connection,
    operation: &'static str,
    selected: Selected,
    query: &'a ListQuery,
}

impl Lister<'_> {
    fn items(&self) -> String {
        let capabilities = &self.connection.capabilities;
        let preview = self.query.with_preview && capabilities.has("PREVIEW");
        let with_size = self.query.with_exact_size;
        Summary::items(with_size, preview, capabilities.has("CONDSTORE"))
    }

    async fn by_position(&mut self, after: Option<Cursor>) -> Result<MessagePage, Error> {
        let mut last = match after {
            None => self.selected.exists,
            Some(cursor) => cursor.position.saturating_sub(1).min(self.selected.exists),
        };
        let (mut items, mut left_out, mut first) = self.range(last).await?;
        if let Some(cursor) = after
            && items.iter().any(|item| item.uid.0 >= cursor.uid)
        {
            // Messages before it were removed since.
            last = self.position_before(cursor.uid, last).await?;
            (items, left_out, first) = self.range(last).await?;
        }
        items.sort_unstable_by_key(|item| std::cmp::Reverse(item.uid));
        let next = items.last().filter(|_| first > 1).map(|item| Cursor {
            validity: self.selected.validity,
            uid: item.uid.0,
            position: first,
        });
        Ok(MessagePage {
            items,
            next,
            left_out,
        })
    }

    /// The messages of the positions that end with `last`, how many of them are missing, and the first of those positions.
    async fn range(&mut self, last: u32) -> Result<(Vec<Summary>, usize, u32), Error> {
        if last == 0 {
            return Ok((Vec::new(), 0, 0));
        }
        let first = last
            .saturating_sub(self.query.page_size().saturating_sub(1))
            .max(1);
        let command = Command::new(&format!("FETCH {first}:{last} {}", self.items()));
        let answer = self.connection.run(self.operation, &command).await?;
        let is_asked = |sequence: &u32| (first..=last).contains(sequence);
        let rows = rows(&answer.untagged);
        let rows = rows.iter().filter(|row| is_asked(&row.sequence));
        let read = rows.filter_map(|row| Some((row.sequence, Summary::read(row)?)));
        let (read, mut items): (Vec<u32>, Vec<Summary>) = read.unzip();
        let mut broken = broken(&answer.untagged);
        broken.retain(|sequence| is_asked(sequence) && !read.contains(sequence));
        let again = self.incomplete("FETCH", &broken).await?;
        let left_out = broken.len().saturating_sub(again.len());
        items.extend(again);
        Ok((items, left_out, first))
    }

    /// Messages of which what was told could not be read: asks for what is simple.
    async fn incomplete(&mut self, verb: &str, numbers: &[u32]) -> Result<Vec<Summary>, Error> {
        let numbers: Vec<Uid> = numbers.iter().copied().map(Uid).collect();
        let mut items = Vec::new();
        for set in sets(&numbers) {
            let command = Command::new(&format!("{verb} {set} (UID FLAGS INTERNALDATE)"));
            let answer = self.connection.run(self.operation, &command).await?;
            items.extend(rows(&answer.untagged).iter().filter_map(|row| {
                let number = if verb == "FETCH" {
                    row.sequence
                } else {
                    row.uid()?.0
                };
                numbers
                    .contains(&Uid(number))
                    .then(|| Summary::incomplete(row))?
            }));
        }
        Ok(items)
    }

    /// How many messages have a smaller number, `high` at most.
    async fn position_before(&mut self, uid: u32, high: u32) -> Result<u32, Error> {
        let (mut low, mut high) = (0, high);
        while low < high {
            let middle = low
                .midpoint(high)
                .saturating_add(u32::from((low ^ high) & 1 == 1));
            let command = Command::new(&format!("FETCH {middle} (UID)"));
            let answer = self.connection.run(self.operation, &command).await?;
            let found = rows(&answer.untagged)
                .into_iter()
                .find(|row| row.sequence == middle)
                .and_then(|row| row.uid())
                .ok_or_else(|| Error::protocol(self.operation, "a message without a number"))?;
            if found.0 < uid {
                low = middle;
            } else {
                high = middle.saturating_sub(1);
            }
        }
        Ok(low)
    }

    async fn searched(
        &mut self,
        criteria: &Criteria,
        after: Option<Cursor>,
    ) -> Result<MessagePage, Error> {
        let criteria = match after {
            None => criteria.clone(),
            Some(cursor) => Criteria::And(vec![criteria.clone(), Criteria::Below(Uid(cursor.uid))]),
        };
        let (found, left_out) = search(self.connection, self.operation, &criteria).await?;
        let mut page = self.page_of(&found, 0).await?;
        page.left_out = page.left_out.saturating_add(left_out);
        Ok(page)
    }

    async fn sorted(
        &mut self,
        keys: &str,
        criteria: &Criteria,
        after: Option<Cursor>,
    ) -> Result<MessagePage, Error> {
        if !self.connection.capabilities.has("SORT") {
            return Err(Error::Unsupported {
                operation: self.operation,
                capability: "SORT",
            });
        }
        let command = Command::new(&format!("UID SORT {keys} UTF-8"));
        let command = criteria.write_terms(self.operation, command)?;
        let answer = self.connection.run(self.operation, &command).await?;
        let values = answer
            .untagged
            .iter()
            .filter_map(|item| match item {
                Untagged::Named(name, values) if name == "SORT" => Some(values),
                _ => None,
            })
            .flatten()
            .filter(|value| value.list().is_none());
        let mut found = Vec::new();
        let left_out =
            add_numbers(values, &mut found).saturating_add(count_broken(&answer.untagged, "SORT"));
        let from = match after {
            None => 0,
            // If the message is gone, what was after it is now in its place.
            Some(cursor) => found
                .iter()
                .position(|uid| uid.0 == cursor.uid)
                .map_or(cursor.position, |at| {
                    u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1)
                }),
        };
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let mut page = self.page_of(&found, from).await?;
        page.left_out = page.left_out.saturating_add(left_out);
        Ok(page)
    }

    /// A page out of numbers in their order.
    async fn page_of(&mut self, found: &[Uid], from: usize) -> Result<MessagePage, Error> {
        let size = usize::try_from(self.query.page_size()).unwrap_or(usize::MAX);
        let rest = found.get(from..).unwrap_or_default();
        let wanted = rest.get(..size).unwrap_or(rest);
        let (mut items, left_out) = self.summaries(wanted).await?;
        items.sort_by_key(|item| wanted.iter().position(|uid| *uid == item.uid));
        let next = wanted.last().filter(|_| rest.len() > wanted.len());
        let position = from.saturating_add(wanted.len());
        Ok(MessagePage {
            next: next.map(|uid| Cursor {
                validity: self.selected.validity,
                uid: uid.0,
                position: u32::try_from(position).unwrap_or(u32::MAX),
            }),
            items,
            left_out,
        })
    }

    async fn summaries(&mut self, uids: &[Uid]) -> Result<(Vec<Summary>, usize), Error> {
        let (mut items, mut broken_rows) = (Vec::new(), 0_usize);
        for set in sets(uids) {
            let command = Command::new(&format!("UID FETCH {set} {}", self.items()));
            let answer = self.connection.run(self.operation, &command).await?;
            items.extend(rows(&answer.untagged).iter().filter_map(Summary::read));
            broken_rows = broken_rows.saturating_add(broken(&answer.untagged).len());
        }
        items.retain(|item| uids.contains(&item.uid));
        let mut left_out = 0;
        if broken_rows > 0 {
            // Whose they are is not known: of those missing, some may simply be gone.
            let missing = uids
                .iter()
                .filter(|uid| items.iter().all(|item| item.uid != **uid));
            let missing: Vec<u32> = missing.map(|uid| uid.0).collect();
            let again = self.incomplete("UID FETCH", &missing).await?;
            left_out = broken_rows.saturating_sub(again.len());
            items.extend(again);
        }
        items.sort_unstable_by_key(|item| std::cmp::Reverse(item.uid));
        items.dedup_by_key(|item| item.uid);
        Ok((items, left_out))
    }
}
