//! How a file is cut, and which pieces the server has (nextcloud/documentation,
//! `developer_manual/client_apis/WebDAV/chunking.rst`).

use crate::xml::Name;
use crate::{DAV, PropertyResponse};

const MIB: u64 = 1024 * 1024;
/// No chunk but the last is smaller.
pub const MIN_CHUNK_BYTES: u64 = 5 * MIB;
/// No chunk is larger.
pub const MAX_CHUNK_BYTES: u64 = 5 * 1024 * MIB;
/// There are no more chunks.
pub const MAX_CHUNKS: u64 = 10_000;
/// What a chunk has unless a file needs larger ones.
pub(super) const USUAL_CHUNK_BYTES: u64 = 10 * MIB;

/// The size of the chunks of a file of this size: as small as the number of chunks allows, since a chunk is what is
/// lost when a connection breaks. `None` if no file can be that large.
#[must_use]
pub fn chunk_bytes(total_bytes: u64) -> Option<u64> {
    let needed = total_bytes.div_ceil(MAX_CHUNKS);
    let rounded = needed.div_ceil(MIB).checked_mul(MIB)?;
    let size = rounded.max(USUAL_CHUNK_BYTES);
    (size <= MAX_CHUNK_BYTES).then_some(size)
}

/// A piece of a file that the server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Its number, from 1.
    pub number: u64,
    /// Its size.
    pub size_bytes: u64,
}

impl Chunk {
    /// Its name; zeros in front let servers that sort by text assemble the right file.
    pub(super) fn name(number: u64) -> String {
        format!("{number:05}")
    }

    /// `None` for what is no chunk, such as `.file`.
    pub(super) fn of(found: &PropertyResponse) -> Option<Self> {
        let number = found.path.name()?.parse().ok()?;
        let size_bytes = found
            .text(Name::new(DAV, "getcontentlength"))?
            .parse()
            .ok()?;
        Some(Self { number, size_bytes })
    }
}

/// The chunks from the first on without a gap, which need not be sent again, and those after them, which are of no
/// use: sorted.
pub(super) fn split(mut chunks: Vec<Chunk>, total_bytes: Option<u64>) -> (Vec<Chunk>, Vec<Chunk>) {
    chunks.sort_by_key(|chunk| chunk.number);
    let (mut expected, mut offset) = (1, 0_u64);
    let kept = chunks
        .iter()
        .take_while(|chunk| {
            let end = offset.saturating_add(chunk.size_bytes);
            let is_whole = chunk.size_bytes >= MIN_CHUNK_BYTES || Some(end) == total_bytes;
            let fits = total_bytes.is_none_or(|total| end <= total);
            let is_next = chunk.number == expected && is_whole && fits;
            expected += 1;
            offset = end;
            is_next
        })
        .count();
    let rest = chunks.split_off(kept);
    (chunks, rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn chunks_are_as_small_as_their_number_allows() {
        assert_eq!(chunk_bytes(1), Some(10 * MIB));
        assert_eq!(chunk_bytes(2 * 1024 * MIB), Some(10 * MIB));
        assert_eq!(chunk_bytes(10_000 * 10 * MIB), Some(10 * MIB));
        assert_eq!(chunk_bytes(10_000 * 10 * MIB + 1), Some(11 * MIB));
        assert_eq!(
            chunk_bytes(MAX_CHUNKS * MAX_CHUNK_BYTES),
            Some(MAX_CHUNK_BYTES)
        );
        assert_eq!(chunk_bytes(MAX_CHUNKS * MAX_CHUNK_BYTES + 1), None);
        assert_eq!(chunk_bytes(u64::MAX), None);
    }

    #[test]
    fn what_comes_after_a_gap_or_a_short_chunk_is_sent_again() {
        let chunk = |number, mib| Chunk {
            number,
            size_bytes: mib * MIB,
        };
        let numbers = |chunks: &[Chunk]| chunks.iter().map(|one| one.number).collect::<Vec<_>>();
        let gap = vec![chunk(3, 10), chunk(1, 10)];
        let (kept, rest) = split(gap, Some(100 * MIB));
        assert_eq!((numbers(&kept), numbers(&rest)), (vec![1], vec![3]));
        let short = vec![chunk(1, 10), chunk(2, 4), chunk(3, 10)];
        let (kept, rest) = split(short, Some(100 * MIB));
        assert_eq!((numbers(&kept), numbers(&rest)), (vec![1], vec![2, 3]));
        let last = vec![chunk(1, 10), chunk(2, 4)];
        assert_eq!(split(last, Some(14 * MIB)).0.len(), 2);
        let too_much = vec![chunk(1, 10), chunk(2, 10)];
        assert_eq!(split(too_much, Some(14 * MIB)).0.len(), 1);
    }

    proptest! {
        #[test]
        fn any_size_is_cut_into_allowed_chunks(total in 1_u64..=MAX_CHUNKS * MAX_CHUNK_BYTES) {
            let size = chunk_bytes(total).unwrap();
            prop_assert!((MIN_CHUNK_BYTES..=MAX_CHUNK_BYTES).contains(&size));
            prop_assert!(total.div_ceil(size) <= MAX_CHUNKS);
        }

        #[test]
        fn fuzz_any_listing_is_split_in_order(numbers in prop::collection::vec((0_u64..9, 0_u64..u64::MAX), 0..9), total in prop::option::of(any::<u64>())) {
            let chunks: Vec<Chunk> = numbers.iter().map(|(number, size_bytes)| Chunk { number: *number, size_bytes: *size_bytes }).collect();
            let (kept, rest) = split(chunks.clone(), total);
            prop_assert_eq!(kept.len() + rest.len(), chunks.len());
            for (index, chunk) in (1_u64..).zip(&kept) {
                prop_assert_eq!(chunk.number, index);
            }
        }
    }
}
