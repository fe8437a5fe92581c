//! Names that Mattermost takes and that two tenants can never share.
//!
//! Users are of the whole server and the names of teams, too, and a name once taken stays so. A name is made of what it
//! stands for alone, so that it is the same whenever it is made. What fits is kept as it is; what does not is made
//! to fit and gets a hash of the original, so that `a+b` and `a.b` stay two. A name that fits but looks as if it had
//! such a hash gets one too: no name of the first kind is ever one of the second.

use std::ops::RangeInclusive;

use aws_lc_rs::digest;

/// The lengths of a user name since version 5.
pub const USERNAME_LENGTH: RangeInclusive<usize> = 3..=64;
/// The lengths of a user name before version 5.
pub const OLD_USERNAME_LENGTH: RangeInclusive<usize> = 3..=22;

const TEAM_LENGTH: RangeInclusive<usize> = 2..=64;
/// 60 bits of the hash, five in each character.
const HASH_LENGTH: usize = 12;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// No name of a team may begin so (`model.IsReservedTeamName`).
const RESERVED_BEGINNINGS: [&str; 12] = [
    "signup",
    "login",
    "admin",
    "channel",
    "post",
    "api",
    "oauth",
    "error",
    "help",
    "plugins",
    "playbooks",
    "boards",
];
/// No user may be called so: they are mentions or the server's own.
const RESERVED_USERNAMES: [&str; 5] = ["all", "channel", "here", "matterbot", "system"];

/// Whether Mattermost takes this as the name of a team.
#[must_use]
pub fn is_team_name(name: &str) -> bool {
    let is_of_it = |byte: u8| is_letter(byte) || byte.is_ascii_digit() || byte == b'-';
    TEAM_LENGTH.contains(&name.len())
        && name.bytes().all(is_of_it)
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !RESERVED_BEGINNINGS
            .iter()
            .any(|word| name.starts_with(word))
}

/// Whether Mattermost takes this as a user name, of the lengths that the server has.
#[must_use]
pub fn is_username(name: &str, lengths: &RangeInclusive<usize>) -> bool {
    let is_of_it = |byte: u8| is_letter(byte) || byte.is_ascii_digit() || b"._-".contains(&byte);
    lengths.contains(&name.len())
        && name.bytes().next().is_some_and(is_letter)
        && name.bytes().all(is_of_it)
        && !RESERVED_USERNAMES.contains(&name)
}

/// The name of a tenant's team, from whatever names the tenant and never changes, such as a slug or an id.
#[must_use]
pub fn team_name(tenant: &str) -> String {
    if is_team_name(tenant) && !looks_hashed(tenant) {
        return tenant.to_owned();
    }
    let begin = fitting(tenant, "-", TEAM_LENGTH.end() - HASH_LENGTH - 1);
    let begin = if begin.len() < 2 || !is_team_name(&begin) {
        // A word before it keeps a reserved beginning from being one.
        fitting(
            &format!("t-{begin}"),
            "-",
            TEAM_LENGTH.end() - HASH_LENGTH - 1,
        )
    } else {
        begin
    };
    format!("{begin}-{}", hash(&["team", tenant]))
}

/// The user name of somebody in a tenant: `local.tenant` where that fits, which it does when the local part of the
/// address begins with a letter and has only letters, digits and `._-`, and the tenant is a slug. `lengths` is what the
/// server takes, usually [`USERNAME_LENGTH`]; a limit below 16 leaves no room for names that cannot collide.
///
/// Give the local part as you compare it: `John` and `john` are two here.
#[must_use]
pub fn username(tenant: &str, local: &str, lengths: &RangeInclusive<usize>) -> String {
    let plain = format!("{local}.{tenant}");
    // A slug has no dot, so that the last one parts the two.
    if is_slug(tenant) && !local.is_empty() && is_username(&plain, lengths) && !looks_hashed(&plain)
    {
        return plain;
    }
    let room = lengths.end().saturating_sub(HASH_LENGTH + 1).max(1);
    let begin = fitting(local, "._-", room);
    let begin = if begin.bytes().next().is_some_and(is_letter) {
        begin
    } else {
        fitting(&format!("u{begin}"), "._-", room)
    };
    format!("{begin}-{}", hash(&["user", tenant, local]))
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_lowercase()
}

fn is_slug(text: &str) -> bool {
    let is_of_it = |byte: u8| is_letter(byte) || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(is_of_it) && !text.ends_with('-')
}

/// Whether a name ends as [`hash`] ends it.
fn looks_hashed(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(_, end)| {
        end.len() == HASH_LENGTH && end.bytes().all(|byte| ALPHABET.contains(&byte))
    })
}

/// What is left of a text when other characters become a dash each, several dashes one, and the ends are letters or
/// digits.
fn fitting(text: &str, signs: &str, room: usize) -> String {
    let mut fits = String::new();
    for letter in text.chars().map(|letter| letter.to_ascii_lowercase()) {
        let is_kept = letter.is_ascii_alphanumeric() || signs.contains(letter);
        let letter = if is_kept { letter } else { '-' };
        if !(letter == '-' && fits.ends_with('-')) && fits.len() < room {
            fits.push(letter);
        }
    }
    fits.trim_matches(|letter: char| !letter.is_ascii_alphanumeric())
        .to_owned()
}

/// 60 bits of SHA-256 over the parts, each after its length, so that no two lists of parts are one text.
fn hash(parts: &[&str]) -> String {
    let mut text = Vec::new();
    for part in parts {
        text.extend_from_slice(part.len().to_string().as_bytes());
        text.push(b':');
        text.extend_from_slice(part.as_bytes());
    }
    let found = digest::digest(&digest::SHA256, &text);
    found
        .as_ref()
        .iter()
        .take(HASH_LENGTH)
        .filter_map(|byte| ALPHABET.get(usize::from(byte % 32)))
        .map(|byte| char::from(*byte))
        .collect()
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
