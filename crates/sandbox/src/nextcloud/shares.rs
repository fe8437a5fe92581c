//! Shares (`apps/files_sharing/lib/Controller/ShareAPIController.php`). Recipients see them in the list of what is
//! shared with them; their file trees do not change.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    accounts::{self, Account},
    dav,
    envelope::{Failure, Outcome, nothing},
    groups, options,
    params::Params,
};
use crate::{clock, digest, http::Request, random, store::Store};

const TABLE: &str = "share";
const READ: i64 = 1;
const UPDATE: i64 = 2;
const CREATE: i64 = 4;
const ALL: i64 = 31;
/// A file can be neither made nor deleted through a share of itself.
const OF_FILES: i64 = 19;
const USER: i64 = 0;
const GROUP: i64 = 1;
const LINK: i64 = 3;
const MAIL: i64 = 4;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Share {
    id: u64,
    kind: i64,
    owner: String,
    with: Option<String>,
    file_id: u64,
    permissions: i64,
    token: Option<String>,
    password_digest: Option<String>,
    expires: Option<NaiveDate>,
    label: String,
    note: String,
    made: i64,
}

impl Share {
    pub(super) fn owner(&self) -> &str {
        &self.owner
    }

    pub(super) fn file_id(&self) -> u64 {
        self.file_id
    }

    pub(super) fn may_read(&self) -> bool {
        self.permissions & READ != 0
    }

    pub(super) fn may_write(&self) -> bool {
        self.permissions & (UPDATE | CREATE) != 0
    }

    pub(super) fn admits(&self, password: Option<&str>) -> bool {
        match &self.password_digest {
            None => true,
            Some(kept) => password.is_some_and(|given| digest::matches(given, kept)),
        }
    }

    fn is_over(&self) -> bool {
        self.expires
            .is_some_and(|day| day < clock::now().date_naive())
    }
}

fn all(store: &Store) -> Vec<Share> {
    let all = store.list::<Share>(TABLE).into_iter();
    let mut shares: Vec<Share> = all
        .map(|(_, share)| share)
        .filter(|share| !share.is_over())
        .collect();
    shares.sort_by_key(|share| share.id);
    shares
}

pub(super) fn by_token(store: &Store, token: &str) -> Option<Share> {
    let mut all = all(store).into_iter();
    all.find(|share| share.token.as_deref() == Some(token))
}

/// The elements of `oc:share-types` for a file.
pub(super) fn types_of(store: &Store, owner: &str, file_id: u64) -> String {
    let shares = all(store).into_iter();
    let mut kinds: Vec<i64> = shares
        .filter(|share| share.owner == owner && share.file_id == file_id)
        .map(|share| share.kind)
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    let element = |kind| format!("<oc:share-type>{kind}</oc:share-type>");
    kinds.into_iter().map(element).collect()
}

pub(super) fn forget(store: &mut Store, user: &str) {
    for share in store.list::<Share>(TABLE) {
        let (key, share) = share;
        if share.owner == user || (share.kind == USER && share.with.as_deref() == Some(user)) {
            store.remove(TABLE, &key);
        }
    }
}

pub(super) fn answer(
    store: &mut Store,
    request: &Request,
    caller: &Account,
    path: &[&str],
    params: &Params,
) -> Outcome {
    match (request.method.as_str(), path) {
        ("GET", []) => list(store, request, caller, params),
        ("POST", []) => create(store, request, caller, params),
        (method, [id]) => {
            let share = store.get::<Share>(TABLE, id);
            let wrong = || Failure::new(404, "Wrong share ID, share does not exist");
            let share = share.filter(|share| !share.is_over() && sees(share, caller));
            let share = share.ok_or_else(wrong)?;
            match method {
                "GET" => Ok(json!([describe(store, request, &share)])),
                _ if share.owner != caller.id => Err(wrong()),
                "PUT" => update(store, request, share, params),
                "DELETE" => {
                    store.remove(TABLE, id);
                    Ok(nothing())
                }
                _ => Err(Failure::new(405, "")),
            }
        }
        _ => Err(Failure::not_found(
            "Invalid query, please check the syntax.",
        )),
    }
}

fn is_for(share: &Share, account: &Account) -> bool {
    let with = share.with.as_deref();
    match share.kind {
        USER => with == Some(account.id.as_str()),
        GROUP => account
            .groups
            .iter()
            .any(|group| with == Some(group.as_str())),
        _ => false,
    }
}

fn sees(share: &Share, account: &Account) -> bool {
    share.owner == account.id || is_for(share, account)
}

fn list(store: &Store, request: &Request, caller: &Account, params: &Params) -> Outcome {
    let is_set = |name| params.text(name).as_deref() == Some("true");
    let mut found = all(store);
    if is_set("shared_with_me") {
        found.retain(|share| is_for(share, caller) && share.owner != caller.id);
    } else {
        found.retain(|share| share.owner == caller.id);
    }
    if let Some(path) = params.text("path") {
        let path = path.trim_matches('/').to_owned();
        let ids = dav::ids(store, &caller.id, &path, is_set("subfiles"))
            .ok_or_else(|| Failure::new(404, "Wrong path, file/folder does not exist"))?;
        found.retain(|share| ids.contains(&share.file_id));
    }
    let shares = found.iter().map(|share| describe(store, request, share));
    Ok(shares.collect())
}

fn create(store: &mut Store, request: &Request, caller: &Account, params: &Params) -> Outcome {
    let path = params.text("path").unwrap_or_default();
    let path = path.trim_matches('/');
    let ids = dav::ids(store, &caller.id, path, false).unwrap_or_default();
    let (Some(file_id), false) = (ids.first().copied(), path.is_empty()) else {
        return Err(Failure::new(404, "Wrong path, file/folder does not exist"));
    };
    let kind = number(params, "shareType").unwrap_or(-1);
    let with = recipient(store, caller, kind, params)?;
    let is_unique = matches!(kind, USER | GROUP);
    let is_same =
        |share: &Share| share.kind == kind && share.file_id == file_id && share.with == with;
    let present = all(store)
        .into_iter()
        .find(|share| is_unique && is_same(share));
    if let Some(present) = present {
        // What was asked of it is ignored.
        if kind == USER {
            return Ok(describe(store, request, &present));
        }
        let message = "Path already shared with this account";
        return Err(Failure::new(403, message));
    }
    let is_folder = dav::is_folder(store, &caller.id, path);
    let usual = if kind == LINK { READ } else { ALL };
    let permissions = permissions(params, is_folder)?.unwrap_or(usual);
    let password = password(store, kind, params)?;
    let id = store.next_id(TABLE);
    let share = Share {
        id,
        kind,
        owner: caller.id.clone(),
        with,
        file_id,
        permissions: if is_folder {
            permissions
        } else {
            permissions & OF_FILES
        },
        token: matches!(kind, LINK | MAIL).then(random::letters::<15>),
        password_digest: password.map(|password| digest::of(&password)),
        expires: day(params)?.flatten(),
        label: params.text("label").unwrap_or_default(),
        note: params.text("note").unwrap_or_default(),
        made: clock::seconds(),
    };
    store.put(TABLE, &id.to_string(), &share);
    Ok(describe(store, request, &share))
}

fn update(store: &mut Store, request: &Request, mut share: Share, params: &Params) -> Outcome {
    let is_folder = dav::path_of(store, &share.owner, share.file_id)
        .is_some_and(|path| dav::is_folder(store, &share.owner, &path));
    if let Some(permissions) = permissions(params, is_folder)? {
        share.permissions = permissions;
    }
    if params.text("password").is_some() {
        let password = password(store, share.kind, params)?;
        share.password_digest = password.map(|password| digest::of(&password));
    }
    if let Some(day) = day(params)? {
        share.expires = day;
    }
    if let Some(label) = params.text("label") {
        share.label = label;
    }
    if let Some(note) = params.text("note") {
        share.note = note;
    }
    store.put(TABLE, &share.id.to_string(), &share);
    Ok(describe(store, request, &share))
}

fn number(params: &Params, name: &str) -> Option<i64> {
    params.text(name)?.trim().parse().ok()
}

fn recipient(
    store: &Store,
    caller: &Account,
    kind: i64,
    params: &Params,
) -> Result<Option<String>, Failure> {
    let with = params.text("shareWith").unwrap_or_default();
    match kind {
        USER => {
            let account = accounts::load(store, &with)
                .ok_or_else(|| Failure::new(404, "Please specify a valid account to share with"))?;
            if account.id == caller.id {
                return Err(Failure::new(403, "You cannot share with yourself"));
            }
            Ok(Some(account.id))
        }
        GROUP if groups::exists(store, &with) => Ok(Some(with)),
        GROUP => Err(Failure::new(404, "Please specify a valid group")),
        LINK => Ok(None),
        MAIL if with.contains('@') => Ok(Some(with)),
        MAIL => Err(Failure::new(404, "Please specify a valid email address")),
        _ => Err(Failure::new(400, "Unknown share type")),
    }
}

fn permissions(params: &Params, is_folder: bool) -> Result<Option<i64>, Failure> {
    let Some(permissions) = number(params, "permissions") else {
        return Ok(None);
    };
    let is_known = (0..=ALL).contains(&permissions);
    let is_readable = permissions & READ != 0 || (is_folder && permissions & CREATE != 0);
    if !is_known || !is_readable {
        return Err(Failure::new(404, "Invalid permissions"));
    }
    Ok(Some(permissions))
}

fn password(store: &Store, kind: i64, params: &Params) -> Result<Option<String>, Failure> {
    let given = params.text("password").filter(|text| !text.is_empty());
    let is_public = matches!(kind, LINK | MAIL);
    match given {
        None if is_public && options::load(store).enforce_link_password => Err(Failure::new(
            403,
            "Passwords are enforced for link and mail shares",
        )),
        Some(password) if is_public && password.chars().count() < 10 => {
            let message = "Password needs to be at least 10 characters long.";
            Err(Failure::new(403, message))
        }
        given => Ok(given),
    }
}

/// `Some(None)` takes the day away.
fn day(params: &Params) -> Result<Option<Option<NaiveDate>>, Failure> {
    let Some(text) = params.text("expireDate") else {
        return Ok(None);
    };
    if text.is_empty() {
        return Ok(Some(None));
    }
    let day: NaiveDate = text
        .parse()
        .map_err(|_wrong| Failure::new(404, "Invalid date. Format must be YYYY-MM-DD"))?;
    if day <= clock::now().date_naive() {
        return Err(Failure::new(404, "Expiration date is in the past"));
    }
    Ok(Some(Some(day)))
}

fn describe(store: &Store, request: &Request, share: &Share) -> Value {
    let path = dav::path_of(store, &share.owner, share.file_id).unwrap_or_default();
    let is_folder = dav::is_folder(store, &share.owner, &path);
    let host = request.header("host").unwrap_or("localhost");
    let url = share
        .token
        .as_ref()
        .map(|token| format!("http://{host}/s/{token}"));
    json!({
        "id": share.id.to_string(),
        "share_type": share.kind,
        "uid_owner": share.owner,
        "displayname_owner": share.owner,
        "permissions": share.permissions,
        "stime": share.made,
        "expiration": share.expires.map(|day| format!("{day} 00:00:00")),
        "token": share.token,
        "url": url,
        "uid_file_owner": share.owner,
        "note": share.note,
        "label": share.label,
        "path": format!("/{path}"),
        "item_type": if is_folder { "folder" } else { "file" },
        "file_source": share.file_id,
        "item_source": share.file_id,
        "share_with": share.with,
        "share_with_displayname": share.with,
        // Not the password, but that there is one.
        "password": share.password_digest.as_ref().map(|_| "redacted"),
    })
}

pub(super) fn state(store: &Store) -> Value {
    let all = all(store).into_iter().map(|share| {
        json!({
            "id": share.id,
            "type": share.kind,
            "owner": share.owner,
            "with": share.with,
            "permissions": share.permissions,
            "has_password": share.password_digest.is_some(),
        })
    });
    all.collect()
}
