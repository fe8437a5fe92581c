//! Lists as they arrive: each `response` of a multistatus is handed out when it is complete, so that a folder of any
//! size takes the memory of one entry.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bheem_http_kit::{Bytes, header};
use futures::stream::{BoxStream, try_unfold};
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use quick_xml::NsReader;
use quick_xml::events::Event;
use tokio::io::{AsyncBufRead, AsyncRead, ReadBuf};
use tokio_util::io::StreamReader;

use crate::client::{DEPTH, MAX_ERROR_BYTES, method};
use crate::multistatus::read_response;
use crate::resource::PROPERTIES;
use crate::tree::Tree;
use crate::xml::XmlError;
use crate::{
    Client, DAV, DavPath, Depth, Error, Listed, Multistatus, MultistatusError, Name,
    PropertyResponse, Resource, propfind_body,
};

/// The largest piece of markup or text in a list.
const MAX_EVENT_BYTES: usize = 256 * 1024;

type Body = StreamReader<BoxStream<'static, io::Result<Bytes>>, Bytes>;

impl Client {
    /// The members of a collection, without the collection itself, as they arrive, and what cannot be used between
    /// them. For collections of any size; the span and the metrics end when the list begins.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such collection. The stream ends with an error if the answer breaks off or
    /// cannot be understood.
    pub async fn list_stream(
        &self,
        path: &DavPath,
    ) -> Result<impl Stream<Item = Result<Listed<Resource>, Error>> + Send + 'static + use<>, Error>
    {
        const OPERATION: &str = "list_stream";
        let path = path.as_collection();
        let work = async {
            let request = self
                .request(OPERATION, method("PROPFIND"), &path)
                .header(DEPTH, Depth::One.as_str())
                .header(header::ACCEPT, "application/xml, text/xml")
                .bytes("application/xml; charset=utf-8", propfind_body(&PROPERTIES));
            let answer = request.send_streaming().await?;
            if answer.status().is_success() {
                return Ok(answer);
            }
            Err(Error::of_response(&answer.collect(MAX_ERROR_BYTES).await?))
        };
        let answer = self.http.observe(OPERATION, work).await?;
        let own = self.absolute(&path);
        let members = responses(OPERATION, answer.into_stream().map_err(Error::from));
        Ok(members.try_filter_map(move |found| {
            let member = match found {
                Listed::Item(found) => crate::client::member(&own, found),
                Listed::LeftOut(one) => Some(Listed::LeftOut(one)),
            };
            let member = member.map(|member| match member {
                Listed::Item(found) => Listed::Item(Resource::from(found)),
                Listed::LeftOut(one) => Listed::LeftOut(one),
            });
            std::future::ready(Ok(member))
        }))
    }
}

/// The responses of a multistatus that is still coming.
pub(crate) fn responses(
    operation: &'static str,
    body: impl Stream<Item = Result<Bytes, Error>> + Send + 'static,
) -> impl Stream<Item = Result<Listed<PropertyResponse>, Error>> + Send + 'static {
    let body = body.map_err(io::Error::other).boxed();
    let mut reader = NsReader::from_reader(Capped {
        inner: StreamReader::new(body),
        left: MAX_EVENT_BYTES,
    });
    reader.config_mut().expand_empty_elements = true;
    let state = (reader, Tree::new(1), Vec::new());
    let batches = try_unfold(Some(state), move |state| async move {
        let Some((mut reader, mut tree, mut buffer)) = state else {
            return Ok(None);
        };
        let mut found = Multistatus::default();
        loop {
            buffer.clear();
            reader.get_mut().left = MAX_EVENT_BYTES;
            let read = reader.read_resolved_event_into_async(&mut buffer).await;
            let (resolved, event) = read.map_err(|error| broken(operation, error))?;
            let is_end = matches!(event, Event::Eof);
            let done = tree
                .take(&resolved, &event)
                .map_err(|error| protocol(operation, error.into()))?;
            let is_other = tree
                .root()
                .is_some_and(|root| !root.is(Name::new(DAV, "multistatus")));
            if is_other {
                return Err(protocol(operation, MultistatusError::Root));
            }
            if is_end {
                return Ok(Some((found, None)));
            }
            let Some(element) = done.filter(|done| done.is(Name::new(DAV, "response"))) else {
                continue;
            };
            read_response(element, &mut found).map_err(|error| protocol(operation, error))?;
            return Ok(Some((found, Some((reader, tree, buffer)))));
        }
    });
    batches
        .map_ok(|found: Multistatus| {
            let left_out = found.left_out.into_iter().map(Listed::LeftOut);
            let all = found
                .responses
                .into_iter()
                .map(Listed::Item)
                .chain(left_out);
            futures::stream::iter(all.map(Ok::<_, Error>))
        })
        .try_flatten()
}

fn protocol(operation: &'static str, source: MultistatusError) -> Error {
    Error::Protocol {
        operation,
        source: Some(source),
    }
}

/// Either the connection broke, which is told as it is, or the text is wrong.
fn broken(operation: &'static str, error: quick_xml::Error) -> Error {
    if let quick_xml::Error::Io(source) = error {
        let source =
            std::sync::Arc::try_unwrap(source).unwrap_or_else(|shared| shared.kind().into());
        if source.kind() == io::ErrorKind::FileTooLarge {
            return protocol(operation, XmlError::TooLarge.into());
        }
        return match source.downcast::<Error>() {
            Ok(error) => error,
            Err(_other) => Error::Protocol {
                operation,
                source: None,
            },
        };
    }
    protocol(operation, XmlError::Malformed.into())
}

/// A reader that gives `left` bytes and then fails.
struct Capped {
    inner: Body,
    left: usize,
}

impl AsyncRead for Capped {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_read(context, into)
    }
}

impl AsyncBufRead for Capped {
    fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        if this.left == 0 {
            return Poll::Ready(Err(io::ErrorKind::FileTooLarge.into()));
        }
        let left = this.left;
        Pin::new(&mut this.inner)
            .poll_fill_buf(context)
            .map_ok(|bytes| bytes.get(..left).unwrap_or(bytes))
    }

    fn consume(self: Pin<&mut Self>, amount: usize) {
        let this = self.get_mut();
        this.left = this.left.saturating_sub(amount);
        Pin::new(&mut this.inner).consume(amount);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The answer in pieces of `size` bytes.
    fn read(document: &str, size: usize) -> Result<Vec<PropertyResponse>, Error> {
        let pieces: Vec<Result<Bytes, Error>> = document
            .as_bytes()
            .chunks(size)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)))
            .collect();
        let all: Vec<Listed<PropertyResponse>> = futures::executor::block_on(
            responses("test", futures::stream::iter(pieces)).try_collect(),
        )?;
        Ok(all.into_iter().filter_map(Listed::item).collect())
    }

    fn document(count: usize) -> String {
        let one = "<d:response><d:href>/a/ä</d:href><d:propstat><d:prop><d:getetag>\"&amp;\"</d:getetag></d:prop>\
                   <d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>";
        format!(
            "<d:multistatus xmlns:d='DAV:'>{}</d:multistatus>",
            one.repeat(count)
        )
    }

    #[test]
    fn pieces_make_the_same_list_as_the_whole() {
        let text = document(20);
        let whole = crate::Multistatus::parse(text.as_bytes())
            .unwrap()
            .responses;
        for size in [1, 7, 100, 100_000] {
            assert_eq!(read(&text, size).unwrap(), whole, "{size}");
        }
    }

    #[test]
    fn more_entries_than_memory_would_hold_are_no_trouble_but_a_huge_one_is() {
        assert_eq!(read(&document(60_000), 8192).unwrap().len(), 60_000);
        let huge = format!(
            "<d:multistatus xmlns:d='DAV:'>{}",
            "x".repeat(MAX_EVENT_BYTES + 1)
        );
        let error = read(&huge, 8192).unwrap_err();
        assert!(
            matches!(
                error,
                Error::Protocol {
                    source: Some(MultistatusError::Xml(XmlError::TooLarge)),
                    ..
                }
            ),
            "{error:?}"
        );
    }

    #[test]
    fn another_document_is_refused() {
        for wrong in ["<html/>", "<html><body>x</body></html>", "", "x"] {
            assert!(read(wrong, 5).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn fuzz_arbitrary_markup_ends(text in "[<>/&;:a-dD'\" !=\\[\\]-]{0,200}", size in 1_usize..40) {
            let _result = read(&text, size);
        }

        #[test]
        fn fuzz_a_cut_list_is_an_error(at in 1_usize..150, size in 1_usize..40) {
            let text = document(1);
            let cut = text.char_indices().map(|(index, _)| index).take_while(|index| *index <= at).last().unwrap();
            prop_assert!(read(text.get(..cut).unwrap(), size).is_err());
        }
    }
}
