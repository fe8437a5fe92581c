//! What names and ids must be like.

use super::{
    answer::{bad_body, refuse, text},
    options::Options,
};
use crate::http::Answer;
use serde_json::Value;

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
const RESERVED_USERNAMES: [&str; 4] = ["all", "channel", "matterbot", "system"];

pub(super) fn id(field: &str, id: &str) -> Result<(), Answer> {
    let is_of_it = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if id.len() == 26 && id.bytes().all(is_of_it) {
        return Ok(());
    }
    Err(refuse(
        400,
        "api.context.invalid_url_param.app_error",
        &format!("Invalid or missing {field} parameter in request URL."),
    ))
}

/// Letters, digits and dashes between them.
pub(super) fn is_word(name: &str, shortest: usize) -> bool {
    let is_of_it = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (shortest..=64).contains(&name.len())
        && name.bytes().all(is_of_it)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

pub(super) fn team(body: &Value) -> Result<(), Answer> {
    let name = text(body, "name");
    let problem = if !(1..=64).contains(&text(body, "display_name").chars().count()) {
        "model.team.is_valid.name.app_error"
    } else if !(2..=64).contains(&name.len()) {
        "model.team.is_valid.url.app_error"
    } else if RESERVED_BEGINNINGS
        .iter()
        .any(|word| name.starts_with(word))
    {
        "model.team.is_valid.reserved.app_error"
    } else if !is_word(name, 2) {
        "model.team.is_valid.characters.app_error"
    } else if !matches!(text(body, "type"), "O" | "I") {
        "model.team.is_valid.type.app_error"
    } else {
        return Ok(());
    };
    Err(refuse(400, problem, "Invalid team."))
}

pub(super) fn username(name: &str, options: &Options) -> Result<(), Answer> {
    let is_of_it =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    let is_fine = (3..=options.max_username_length).contains(&name.len())
        && name
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_lowercase())
        && name.bytes().all(is_of_it)
        && !RESERVED_USERNAMES.contains(&name);
    if is_fine {
        return Ok(());
    }
    Err(refuse(
        400,
        "model.user.is_valid.username.app_error",
        "Username must begin with a letter and contain between 3 to 64 lowercase characters made up of numbers, letters, and the symbols \".\", \"-\", and \"_\".",
    ))
}

/// Names of people have 64 characters at most.
pub(super) fn person(first: &str, last: &str, nickname: &str) -> Result<(), Answer> {
    for (name, id) in [
        (first, "model.user.is_valid.first_name.app_error"),
        (last, "model.user.is_valid.last_name.app_error"),
        (nickname, "model.user.is_valid.nickname.app_error"),
    ] {
        if name.chars().count() > 64 {
            return Err(refuse(400, id, "Invalid name."));
        }
    }
    Ok(())
}

pub(super) fn email(email: &str) -> Result<(), Answer> {
    let is_fine = email.len() <= 128
        && email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !email.contains(char::is_whitespace)
        });
    if is_fine {
        return Ok(());
    }
    Err(refuse(
        400,
        "model.user.is_valid.email.app_error",
        "Please enter a valid email address.",
    ))
}

pub(super) fn password(password: &str, options: &Options) -> Result<(), Answer> {
    if (options.min_password_length..=72).contains(&password.len()) {
        return Ok(());
    }
    Err(refuse(
        400,
        "model.user.is_valid.pwd_min_length.app_error",
        "Your password is too short or too long.",
    ))
}

/// An id in a body.
pub(super) fn id_in<'a>(body: &'a Value, field: &str) -> Result<&'a str, Answer> {
    let found = text(body, field);
    id(field, found)
        .map(|()| found)
        .map_err(|_answer| bad_body(field))
}
