//! Sets of numbers, such as `1:5,7` (RFC 3501, section 9, `sequence-set`).

use std::fmt::Write as _;

use super::Uid;

/// Servers limit the length of a command.
const RANGES_AT_ONCE: usize = 500;
/// A server can claim four thousand million messages in ten bytes.
const MOST: usize = 2_000_000;

/// The set in pieces that fit into a command each. Empty for no numbers at all.
pub(super) fn sets(uids: &[Uid]) -> Vec<String> {
    let mut sorted: Vec<u32> = uids
        .iter()
        .map(|uid| uid.0)
        .filter(|uid| *uid > 0)
        .collect();
    sorted.sort_unstable();
    sorted.dedup();
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for uid in sorted {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(uid) => *last = uid,
            _ => ranges.push((uid, uid)),
        }
    }
    ranges.chunks(RANGES_AT_ONCE).map(write).collect()
}

fn write(ranges: &[(u32, u32)]) -> String {
    ranges.iter().fold(String::new(), |mut text, (from, to)| {
        let comma = if text.is_empty() { "" } else { "," };
        let _infallible = if from == to {
            write!(text, "{comma}{from}")
        } else {
            write!(text, "{comma}{from}:{to}")
        };
        text
    })
}

/// The numbers of a set that a server sent, in its order. `None` if it is none, or too many.
pub(super) fn read(text: &str) -> Option<Vec<Uid>> {
    read_known(text)
        .filter(|(_, left_out)| *left_out == 0)
        .map(|(uids, _)| uids)
}

/// The numbers of a set, and how many of its ranges are none. `None` if there are too many.
pub(super) fn read_known(text: &str) -> Option<(Vec<Uid>, usize)> {
    let (mut uids, mut left_out) = (Vec::new(), 0_usize);
    for range in text.split(',') {
        let (from, to) = range.split_once(':').unwrap_or((range, range));
        let (Ok(from), Ok(to)) = (from.parse::<u32>(), to.parse::<u32>()) else {
            left_out = left_out.saturating_add(1);
            continue;
        };
        // RFC 3501: either end may be the larger.
        let (low, high) = (from.min(to), from.max(to));
        let room = MOST.checked_sub(uids.len())?;
        if usize::try_from(high.checked_sub(low)?).ok()? >= room {
            return None;
        }
        uids.extend((low..=high).map(Uid));
    }
    Some((uids, left_out))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn neighbours_become_ranges() {
        let uids = [5, 1, 2, 3, 9, 9, 0].map(Uid);
        assert_eq!(sets(&uids), ["1:3,5,9"]);
        assert!(sets(&[]).is_empty());
    }

    #[test]
    fn a_boundless_claim_is_refused() {
        assert_eq!(read("1:4294967295"), None);
        assert_eq!(read("3:1"), Some(vec![Uid(1), Uid(2), Uid(3)]));
        assert_eq!(read("1:*"), None);
        assert_eq!(read_known("1,x,3"), Some((vec![Uid(1), Uid(3)], 1)));
    }

    proptest! {
        #[test]
        fn fuzz_sets_survive_the_way_there_and_back(mut numbers in prop::collection::vec(1_u32..5000, 0..2000)) {
            let uids: Vec<Uid> = numbers.iter().copied().map(Uid).collect();
            let back: Vec<Uid> = sets(&uids).iter().flat_map(|set| read(set).unwrap()).collect();
            numbers.sort_unstable();
            numbers.dedup();
            prop_assert_eq!(back, numbers.into_iter().map(Uid).collect::<Vec<_>>());
        }

        #[test]
        fn fuzz_any_text_is_read_without_panic(text in "[0-9:,*]{0,60}") {
            prop_assert!(read(&text).is_none_or(|uids| uids.len() <= MOST));
        }
    }
}
