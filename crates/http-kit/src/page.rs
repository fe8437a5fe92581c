//! Lists that come in pages.

use std::future::Future;

use futures::stream::{self, Stream, TryStreamExt as _};

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, C = u64> {
    /// The items of this page.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<C>,
}

/// Turns a function that fetches one page into a stream of items.
pub fn stream_pages<T, C, E, F, Fut>(first: C, fetch: F) -> impl Stream<Item = Result<T, E>>
where
    F: Fn(C) -> Fut,
    Fut: Future<Output = Result<Page<T, C>, E>>,
{
    stream::try_unfold((Some(first), fetch), |(cursor, fetch)| async move {
        let Some(cursor) = cursor else {
            return Ok(None);
        };
        let page = fetch(cursor).await?;
        Ok(Some((
            stream::iter(page.items.into_iter().map(Ok)),
            (page.next, fetch),
        )))
    })
    .try_flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_walks_every_page_and_stops_at_an_error() {
        let fetch = |at: u64| async move {
            match at {
                0 => Ok(Page {
                    items: vec![1, 2],
                    next: Some(2),
                }),
                2 => Ok(Page {
                    items: vec![],
                    next: Some(3),
                }),
                3 => Ok(Page {
                    items: vec![3],
                    next: None,
                }),
                _ => Err("past the end"),
            }
        };
        let all: Result<Vec<i32>, _> =
            futures::executor::block_on(stream_pages(0, fetch).try_collect());
        assert_eq!(all.unwrap(), vec![1, 2, 3]);
        let broken: Result<Vec<i32>, _> =
            futures::executor::block_on(stream_pages(9, fetch).try_collect());
        assert_eq!(broken.unwrap_err(), "past the end");
    }
}
