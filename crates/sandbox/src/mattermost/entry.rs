//! Who calls: an administrator's token, a session or a personal access token.

use serde::{Deserialize, Serialize};

use super::{
    answer::{new_id, no_permission, now, refuse, session_expired},
    members, rules, tokens, users,
    users::User,
};
use crate::{digest, http::Answer, http::Request, store::Store};

/// Somebody who is signed in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) user_id: String,
    pub(super) create_at: i64,
    pub(super) expires_at: i64,
    pub(super) csrf: String,
}

/// See the module.
pub(super) struct Caller {
    pub(super) user: User,
    /// The key of the session, unless it is a token's.
    pub(super) session: Option<String>,
}

const SESSION_MILLISECONDS: i64 = 30 * 24 * 3_600_000;

/// The session's token; it is not kept.
pub(super) fn begin(store: &mut Store, user: &str) -> (String, Session) {
    let token = new_id();
    let session = Session {
        id: new_id(),
        user_id: user.to_owned(),
        create_at: now(),
        expires_at: now() + SESSION_MILLISECONDS,
        csrf: new_id(),
    };
    store.put("session", &key(&token), &session);
    (token, session)
}

/// What a token is kept by.
pub(super) fn key(token: &str) -> String {
    digest::content(token.as_bytes())
}

/// Finds out who calls. A cookie is believed before a header, and then what changes something needs the session's other
/// secret, too.
pub(super) fn caller(
    request: &Request,
    store: &Store,
    admin_token: &str,
) -> Result<Caller, Answer> {
    let cookie = request.header("cookie").and_then(|text| {
        text.split(';')
            .find_map(|part| part.trim().strip_prefix("MMAUTHTOKEN="))
    });
    let token = cookie
        .or_else(|| request.bearer())
        .ok_or_else(session_expired)?;
    if digest::equal(token, admin_token) {
        let user = users::admin(store).ok_or_else(session_expired)?;
        return Ok(Caller {
            user,
            session: None,
        });
    }
    let key = key(token);
    let (id, session) = match store.get::<Session>("session", &key) {
        Some(session) if session.expires_at > now() => {
            let is_forged = cookie.is_some()
                && request.method != "GET"
                && request.header("x-csrf-token") != Some(session.csrf.as_str());
            if is_forged {
                return Err(session_expired());
            }
            (session.user_id, Some(key))
        }
        _ => (
            tokens::owner(store, &key).ok_or_else(session_expired)?,
            None,
        ),
    };
    let user = users::get(store, &id).filter(User::is_active);
    let user = user.ok_or_else(session_expired)?;
    Ok(Caller { user, session })
}

impl Caller {
    pub(super) fn is_admin(&self) -> bool {
        self.user
            .roles
            .split(' ')
            .any(|role| role == "system_admin")
    }

    /// The id that `me` or an id stands for.
    pub(super) fn id_of(&self, id: &str) -> Result<String, Answer> {
        if id == "me" {
            return Ok(self.user.id.clone());
        }
        rules::id("user_id", id)?;
        Ok(id.to_owned())
    }

    pub(super) fn must_be_admin(&self) -> Result<(), Answer> {
        self.is_admin().then_some(()).ok_or_else(no_permission)
    }

    pub(super) fn must_be(&self, user: &str) -> Result<(), Answer> {
        (self.user.id == user || self.is_admin())
            .then_some(())
            .ok_or_else(no_permission)
    }

    pub(super) fn must_be_in(&self, store: &Store, team: &str) -> Result<(), Answer> {
        (self.is_admin() || members::is_member(store, team, &self.user.id))
            .then_some(())
            .ok_or_else(no_permission)
    }

    pub(super) fn must_manage(&self, store: &Store, team: &str) -> Result<(), Answer> {
        (self.is_admin() || members::is_manager(store, team, &self.user.id))
            .then_some(())
            .ok_or_else(no_permission)
    }
}

/// Tells that the edition has no room for another one.
pub(super) fn full(id: &str) -> Answer {
    refuse(
        400,
        id,
        "Can't create user. Server exceeds safe user limit.",
    )
}
