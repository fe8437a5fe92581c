//! SEARCH with DASL's `basicsearch` (RFC 5323), as Nextcloud takes it: at the root of DAV, within one user's files.

use std::fmt::Write as _;

use bheem_http_kit::{Page, decode_segment, stream_pages};
use chrono::{DateTime, SecondsFormat, Utc};
use futures::Stream;

use super::NextcloudFiles;
use crate::client::{members, method};
use crate::propfind::properties_element;
use crate::resource::PROPERTIES;
use crate::xml::escape;
use crate::{DavPath, Depth, Error, Listed, Listing, Resource};

const PAGE: u32 = 100;

/// What a file must be like.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SearchCondition {
    /// Its name contains this text, in letters of either case.
    NameContains(String),
    /// Its media type is this one, or begins so if it ends in a slash: `image/`.
    ContentType(String),
    /// It was changed at this time or later.
    ModifiedSince(DateTime<Utc>),
    /// It was changed before this time.
    ModifiedBefore(DateTime<Utc>),
    /// It is at least that large.
    LargerThan(u64),
    /// The user has marked it.
    IsFavorite,
    /// It has this id.
    FileId(String),
    /// It meets one of these.
    Any(Vec<SearchCondition>),
    /// It does not meet this.
    Not(Box<SearchCondition>),
}

/// A search: all conditions must be met.
#[derive(Clone, Debug)]
#[must_use = "a query does nothing until it is sent"]
pub struct SearchQuery {
    folder: DavPath,
    conditions: Vec<SearchCondition>,
}

impl SearchQuery {
    /// Below this folder, however deep.
    pub const fn new(folder: DavPath) -> Self {
        Self {
            folder,
            conditions: Vec::new(),
        }
    }

    /// One more condition.
    pub fn with(mut self, condition: SearchCondition) -> Self {
        self.conditions.push(condition);
        self
    }
}

/// One page of what a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SearchPage {
    /// The files and folders.
    pub items: Listing<Resource>,
    /// Where the next page begins, if there may be one.
    pub next: Option<u64>,
}

impl NextcloudFiles {
    /// One page of what a search finds, the latest changed first, from `offset` on.
    ///
    /// # Errors
    /// If the exchange or the server fails, or the answer cannot be understood.
    pub async fn search(
        &self,
        query: &SearchQuery,
        limit: u32,
        offset: u64,
    ) -> Result<SearchPage, Error> {
        const OPERATION: &str = "search";
        let scope = self.client.absolute(&query.folder);
        let prefix = self.dav.as_str();
        // The scope is told from the root of DAV on, and taken literally: encoded, it is another folder (Nextcloud 32).
        let below = scope.strip_prefix(prefix).unwrap_or(&scope);
        let names = below.trim_end_matches('/').split('/').map(decode_segment);
        let names = names.collect::<Result<Vec<String>, _>>();
        let names = names.map_err(|source| Error::Path {
            operation: OPERATION,
            source,
        })?;
        let body = body(&names.join("/"), &query.conditions, limit, offset);
        let root = DavPath::of_encoded(self.dav.as_collection());
        let work = async {
            let answer = self
                .client
                .multistatus(OPERATION, method("SEARCH"), &root, Depth::One, body)
                .await?;
            let told = answer.responses.len().saturating_add(answer.left_out.len());
            let items = members(OPERATION, &scope, answer)?;
            // What is left out counts as well: else it would be asked for again.
            let count = u64::try_from(told).unwrap_or(u64::MAX);
            let is_full = limit > 0 && count >= u64::from(limit);
            let next = is_full.then(|| offset.saturating_add(count));
            Ok(SearchPage { items, next })
        };
        self.client.http.observe(OPERATION, work).await
    }

    /// All that a search finds, and between that what cannot be used.
    pub fn search_stream(
        &self,
        query: SearchQuery,
    ) -> impl Stream<Item = Result<Listed<Resource>, Error>> + Send + 'static + use<> {
        let files = self.clone();
        stream_pages(0, move |offset| {
            let (files, query) = (files.clone(), query.clone());
            async move {
                let found = files.search(&query, PAGE, offset).await?;
                Ok(Page {
                    items: found.items.into_listed().collect(),
                    next: found.next,
                })
            }
        })
    }
}

fn body(scope: &str, conditions: &[SearchCondition], limit: u32, offset: u64) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><d:searchrequest xmlns:d=\"DAV:\" \
         xmlns:oc=\"http://owncloud.org/ns\" xmlns:ns=\"https://github.com/icewind1991/SearchDAV/ns\"><d:basicsearch>\
         <d:select>{}</d:select><d:from><d:scope><d:href>{}</d:href><d:depth>infinity</d:depth></d:scope></d:from>",
        properties_element(&PROPERTIES),
        escape(scope)
    );
    text.push_str("<d:where>");
    match conditions {
        [] => {}
        [one] => write_condition(&mut text, one),
        several => write_group(&mut text, "and", several),
    }
    // Writing to a string cannot fail.
    let _infallible = write!(
        text,
        "</d:where><d:orderby><d:order><d:prop><d:getlastmodified/></d:prop><d:descending/></d:order></d:orderby>\
         <d:limit><d:nresults>{limit}</d:nresults><ns:firstresult>{offset}</ns:firstresult></d:limit>\
         </d:basicsearch></d:searchrequest>"
    );
    text
}

fn write_group(text: &mut String, operator: &str, conditions: &[SearchCondition]) {
    text.extend(["<d:", operator, ">"]);
    for condition in conditions {
        write_condition(text, condition);
    }
    text.extend(["</d:", operator, ">"]);
}

fn write_condition(text: &mut String, condition: &SearchCondition) {
    let compared = |operator: &str, property: &str, literal: &str| {
        let literal = escape(literal);
        format!(
            "<d:{operator}><d:prop><{property}/></d:prop><d:literal>{literal}</d:literal></d:{operator}>"
        )
    };
    let time = |time: &DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
    let part = match condition {
        SearchCondition::NameContains(name) => {
            compared("like", "d:displayname", &format!("%{}%", literal(name)))
        }
        SearchCondition::ContentType(media_type) if media_type.ends_with('/') => compared(
            "like",
            "d:getcontenttype",
            &format!("{}%", literal(media_type)),
        ),
        SearchCondition::ContentType(media_type) => compared("eq", "d:getcontenttype", media_type),
        SearchCondition::ModifiedSince(since) => compared("gte", "d:getlastmodified", &time(since)),
        SearchCondition::ModifiedBefore(before) => {
            compared("lt", "d:getlastmodified", &time(before))
        }
        SearchCondition::LargerThan(bytes) => compared("gte", "oc:size", &bytes.to_string()),
        SearchCondition::IsFavorite => compared("eq", "oc:favorite", "yes"),
        SearchCondition::FileId(id) => compared("eq", "oc:fileid", id),
        SearchCondition::Any(conditions) => return write_group(text, "or", conditions),
        SearchCondition::Not(condition) => {
            return write_group(text, "not", std::slice::from_ref(condition));
        }
    };
    text.push_str(&part);
}

/// The text as `like` takes it: its own `%`, `_` and `\` are no wildcards.
fn literal(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::DAV;
    use crate::xml::{Element, Name, parse};

    #[test]
    fn wildcards_in_names_are_text() {
        assert_eq!(literal("50%_\\x"), "50\\%\\_\\\\x");
    }

    proptest! {
        #[test]
        fn fuzz_no_value_becomes_structure(name in "\\PC{0,40}", media_type in "[ -~]{0,20}") {
            let conditions = [SearchCondition::NameContains(name.clone()), SearchCondition::ContentType(media_type.clone())];
            let root = parse(body("/files/john", &conditions, 10, 0).as_bytes()).unwrap();
            let search = root.child(Name::new(DAV, "basicsearch")).unwrap();
            let both = search.child(Name::new(DAV, "where")).unwrap().child(Name::new(DAV, "and")).unwrap();
            let texts: Vec<&str> = both.children.iter().map(|one: &Element| one.child(Name::new(DAV, "literal")).unwrap().text.as_str()).collect();
            prop_assert_eq!(texts.len(), 2);
            let escaped = format!("%{}%", literal(&name));
            prop_assert_eq!(texts[0], escaped.as_str());
        }
    }
}
