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
    fetch::{Summary, rows},
    response::Untagged,
    search::search,
    set::sets,
    value::Value,
};
use crate::{Error, observe::observe};

const LARGEST_PAGE: u32 = 200;

/// Where the next page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    validity: u32,
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
        let numbers: Result<Vec<u32>, _> = text.splitn(4, '.').map(str::parse).collect();
        match numbers.as_deref() {
            Ok([validity, uid, position]) => Ok(Self {
                validity: *validity,
                uid: *uid,
                position: *position,
            }),
            _ => Err(InvalidCursor),
        }
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
    ) -> Result<Page<Summary, Cursor>, Error> {
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
    pub async fn get_all(&self, uids: &[Uid]) -> Result<Vec<Summary>, Error> {
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
            lister.summaries(uids).await
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

    async fn by_position(&mut self, after: Option<Cursor>) -> Result<Page<Summary, Cursor>, Error> {
        let mut last = match after {
            None => self.selected.exists,
            Some(cursor) => cursor.position.saturating_sub(1).min(self.selected.exists),
        };
        let (mut items, mut first) = self.range(last).await?;
        if let Some(cursor) = after
            && items.iter().any(|item| item.uid.0 >= cursor.uid)
        {
            // Messages before it were removed since.
            last = self.position_before(cursor.uid, last).await?;
            (items, first) = self.range(last).await?;
        }
        items.sort_unstable_by_key(|item| std::cmp::Reverse(item.uid));
        let next = items.last().filter(|_| first > 1).map(|item| Cursor {
            validity: self.selected.validity,
            uid: item.uid.0,
            position: first,
        });
        Ok(Page { items, next })
    }

    /// The messages of the positions that end with `last`, and the first of those positions.
    async fn range(&mut self, last: u32) -> Result<(Vec<Summary>, u32), Error> {
        if last == 0 {
            return Ok((Vec::new(), 0));
        }
        let first = last
            .saturating_sub(self.query.page_size().saturating_sub(1))
            .max(1);
        let command = Command::new(&format!("FETCH {first}:{last} {}", self.items()));
        let answer = self.connection.run(self.operation, &command).await?;
        let items = rows(answer.untagged)
            .filter(|row| (first..=last).contains(&row.sequence))
            .filter_map(|row| Summary::read(&row))
            .collect();
        Ok((items, first))
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
            let found = rows(answer.untagged)
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
    ) -> Result<Page<Summary, Cursor>, Error> {
        let criteria = match after {
            None => criteria.clone(),
            Some(cursor) => Criteria::And(vec![criteria.clone(), Criteria::Below(Uid(cursor.uid))]),
        };
        let found = search(self.connection, self.operation, &criteria).await?;
        self.page_of(&found, 0).await
    }

    async fn sorted(
        &mut self,
        keys: &str,
        criteria: &Criteria,
        after: Option<Cursor>,
    ) -> Result<Page<Summary, Cursor>, Error> {
        if !self.connection.capabilities.has("SORT") {
            return Err(Error::Unsupported {
                operation: self.operation,
                capability: "SORT",
            });
        }
        let command = Command::new(&format!("UID SORT {keys} UTF-8"));
        let command = criteria.write_terms(self.operation, command)?;
        let answer = self.connection.run(self.operation, &command).await?;
        let found: Vec<Uid> = answer
            .untagged
            .iter()
            .filter_map(|item| match item {
                Untagged::Named(name, values) if name == "SORT" => Some(values),
                _ => None,
            })
            .flatten()
            .filter_map(Value::uid)
            .map(Uid)
            .collect();
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
        self.page_of(&found, usize::try_from(from).unwrap_or(usize::MAX))
            .await
    }

    /// A page out of numbers in their order.
    async fn page_of(
        &mut self,
        found: &[Uid],
        from: usize,
    ) -> Result<Page<Summary, Cursor>, Error> {
        let size = usize::try_from(self.query.page_size()).unwrap_or(usize::MAX);
        let rest = found.get(from..).unwrap_or_default();
        let wanted = rest.get(..size).unwrap_or(rest);
        let mut items = self.summaries(wanted).await?;
        items.sort_by_key(|item| wanted.iter().position(|uid| *uid == item.uid));
        let next = wanted.last().filter(|_| rest.len() > wanted.len());
        let position = from.saturating_add(wanted.len());
        Ok(Page {
            next: next.map(|uid| Cursor {
                validity: self.selected.validity,
                uid: uid.0,
                position: u32::try_from(position).unwrap_or(u32::MAX),
            }),
            items,
        })
    }

    async fn summaries(&mut self, uids: &[Uid]) -> Result<Vec<Summary>, Error> {
        let mut items = Vec::new();
        for set in sets(uids) {
            let command = Command::new(&format!("UID FETCH {set} {}", self.items()));
            let answer = self.connection.run(self.operation, &command).await?;
            items.extend(rows(answer.untagged).filter_map(|row| Summary::read(&row)));
        }
        items.retain(|item| uids.contains(&item.uid));
        items.sort_unstable_by_key(|item| std::cmp::Reverse(item.uid));
        items.dedup_by_key(|item| item.uid);
        Ok(items)
    }
}
