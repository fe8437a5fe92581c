//! Generated secrets and identifiers.

use aws_lc_rs::rand;

const ALPHABET: [char; 32] = [
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'u',
    'v', 'w', 'x', 'y', 'z', '2', '3', '4', '5', '6', '7', '8', '9',
];

/// Random bytes. All zero only if the operating system has no randomness, which aborts elsewhere.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    if rand::fill(&mut bytes).is_err() {
        tracing::error!("the operating system gave no random bytes");
    }
    bytes
}

/// Letters and digits, five bits each.
pub(crate) fn letters<const N: usize>() -> String {
    bytes::<N>()
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte % 32)))
        .collect()
}

/// Hexadecimal digits, two for each byte.
pub(crate) fn hex<const N: usize>() -> String {
    crate::text::hex(&bytes::<N>())
}
