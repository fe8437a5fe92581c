//! Streams of a length that was told beforehand.
//!
//! A peer that got as many bytes as it was promised takes them for the whole, and HTTP offers no way to take that back.
//! So the piece with the last byte is held until the stream has ended there.

use std::pin::Pin;

use bytes::Bytes;
use futures::{Stream, StreamExt as _, TryStream, TryStreamExt as _, stream::try_unfold};

pub(crate) type Fault = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes, Fault>> + Send>>;

/// The stream and its length do not fit.
#[derive(Debug, thiserror::Error)]
#[error("the stream is not as long as was told")]
pub(crate) struct WrongLength;

struct Source {
    pieces: Pieces,
    left: u64,
}

impl Source {
    /// The next piece; the last one only if nothing follows it.
    async fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        while let Some(piece) = self.pieces.try_next().await? {
            if piece.is_empty() {
                continue;
            }
            let length = u64::try_from(piece.len())?;
            self.left = self.left.checked_sub(length).ok_or(WrongLength)?;
            if self.left > 0 {
                return Ok(Some(piece));
            }
            // Whatever comes after this one is too much.
            while let Some(more) = self.pieces.try_next().await? {
                if !more.is_empty() {
                    return Err(WrongLength.into());
                }
            }
            return Ok(Some(piece));
        }
        if self.left > 0 {
            return Err(WrongLength.into());
        }
        Ok(None)
    }
}

/// The pieces of `body`; an error in place of the last one if they are not `length` bytes together.
pub(crate) fn exactly<S>(length: u64, body: S) -> Pieces
where
    S: TryStream + Send + 'static,
    S::Error: Into<Fault>,
    Bytes: From<S::Ok>,
{
    let pieces = body.into_stream().map(|piece| match piece {
        Ok(piece) => Ok(Bytes::from(piece)),
        Err(error) => Err(error.into()),
    });
    let source = Source {
        pieces: Box::pin(pieces.fuse()),
        left: length,
    };
    Box::pin(try_unfold(source, |mut source| async move {
        Ok(source.next().await?.map(|piece| (piece, source)))
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(length: u64, pieces: &[Vec<u8>]) -> (Vec<u8>, bool) {
        let pieces: Vec<_> = pieces
            .iter()
            .map(|piece| Ok::<_, Fault>(Bytes::from(piece.clone())))
            .collect();
        futures::executor::block_on(async {
            let mut body = exactly(length, futures::stream::iter(pieces));
            let mut sent = Vec::new();
            loop {
                match body.next().await {
                    Some(Ok(piece)) => sent.extend_from_slice(&piece),
                    Some(Err(_)) => return (sent, false),
                    None => return (sent, true),
                }
            }
        })
    }

    proptest! {
        #[test]
        fn fuzz_a_stream_is_whole_or_lacks_its_end(
            pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..4), 0..6),
            length in 0_u64..16,
        ) {
            let whole = pieces.concat();
            let (sent, is_whole) = run(length, &pieces);
            let actual = u64::try_from(whole.len()).unwrap();
            prop_assert_eq!(is_whole, actual == length);
            prop_assert!(whole.starts_with(&sent));
            if is_whole {
                prop_assert_eq!(sent, whole);
            } else if length > 0 {
                prop_assert!(u64::try_from(sent.len()).unwrap() < length);
            }
        }
    }
}
