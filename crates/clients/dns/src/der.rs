//! As much DER (X.690) as shows whether bytes are an RSA key: a `SubjectPublicKeyInfo` (RFC 5280, section 4.1) or the bare
//! `RSAPublicKey` (RFC 8017, appendix A.1.1) that RFC 6376 speaks of.

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
/// 1.2.840.113549.1.1.1, `rsaEncryption`.
const RSA: &[u8] = &[
    0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
];

/// The content of an element with this tag, and what follows it.
fn take(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first()?;
    if *first != tag {
        return None;
    }
    let (length, rest) = if *length < 0x80 {
        (usize::from(*length), rest)
    } else {
        let count = usize::from(*length & 0x7f);
        if count == 0 || count > 3 {
            return None;
        }
        let (digits, rest) = rest.split_at_checked(count)?;
        let length = digits
            .iter()
            .fold(0_usize, |length, digit| (length << 8) | usize::from(*digit));
        (length, rest)
    };
    rest.split_at_checked(length)
}

/// How many bits the modulus has; `None` if this is no RSA key.
pub(crate) fn rsa_bits(bytes: &[u8]) -> Option<usize> {
    let (whole, after) = take(bytes, SEQUENCE)?;
    if !after.is_empty() {
        return None;
    }
    let Some((algorithm, rest)) = take(whole, SEQUENCE) else {
        return modulus_bits(whole);
    };
    if !algorithm.starts_with(RSA) {
        return None;
    }
    let (string, _) = take(rest, BIT_STRING)?;
    let (unused, key) = string.split_first()?;
    let (key, _) = take(key, SEQUENCE)?;
    if *unused == 0 {
        modulus_bits(key)
    } else {
        None
    }
}

fn modulus_bits(key: &[u8]) -> Option<usize> {
    let (modulus, rest) = take(key, INTEGER)?;
    let (exponent, _) = take(rest, INTEGER)?;
    let first = modulus.iter().position(|byte| *byte != 0)?;
    let significant = modulus.get(first..)?;
    let leading = significant.first()?.leading_zeros();
    if exponent.is_empty() {
        return None;
    }
    significant
        .len()
        .checked_mul(8)?
        .checked_sub(usize::try_from(leading).ok()?)
}
