//! Groups and membership (`GroupsController.php`, and `UsersController.php` for membership).

use serde_json::{Value, json};

use super::{
    accounts::{self, Account},
    envelope::{Failure, Outcome, nothing},
    params::Params,
};
use crate::store::Store;

/// The group whose members administer the server.
pub(super) const ADMIN: &str = "admin";
const TABLE: &str = "group";

pub(super) fn exists(store: &Store, id: &str) -> bool {
    store.contains(TABLE, id)
}

pub(super) fn create(store: &mut Store, id: &str, display_name: &str) {
    store.put(TABLE, id, &display_name);
}

fn members_of(store: &Store, id: &str) -> Vec<String> {
    let all = accounts::all(store).into_iter();
    all.filter(|account| account.groups.iter().any(|group| group == id))
        .map(|account| account.id)
        .collect()
}

pub(super) fn add(store: &mut Store, params: &Params) -> Outcome {
    let id = params.text("groupid").unwrap_or_default();
    if id.is_empty() {
        return Err(Failure::new(101, "Invalid group name"));
    }
    if exists(store, &id) {
        return Err(Failure::new(102, "group exists"));
    }
    let name = params.text("displayname").filter(|name| !name.is_empty());
    create(store, &id, &name.unwrap_or_else(|| id.clone()));
    Ok(nothing())
}

pub(super) fn edit(store: &mut Store, id: &str, params: &Params) -> Outcome {
    if params.text("key").as_deref() != Some("displayname") {
        return Err(Failure::new(101, ""));
    }
    if !exists(store, id) {
        return Err(Failure::not_found(""));
    }
    create(store, id, &params.text("value").unwrap_or_default());
    Ok(nothing())
}

pub(super) fn delete(store: &mut Store, id: &str) -> Outcome {
    if !exists(store, id) {
        return Err(Failure::new(101, ""));
    }
    if id == ADMIN {
        return Err(Failure::new(102, ""));
    }
    for member in members_of(store, id) {
        change(store, &member, |account| {
            account.groups.retain(|group| group != id);
        });
    }
    store.remove(TABLE, id);
    Ok(nothing())
}

fn change(store: &mut Store, id: &str, change: impl FnOnce(&mut Account)) {
    if let Some(mut account) = accounts::load(store, id) {
        change(&mut account);
        accounts::save(store, &account);
    }
}

fn all(store: &Store, params: &Params) -> Vec<(String, String)> {
    params.page(store.list::<String>(TABLE), |(id, name)| {
        format!("{id}\n{name}")
    })
}

pub(super) fn list(store: &Store, params: &Params) -> Value {
    let ids = all(store, params).into_iter().map(|(id, _)| id);
    json!({"groups": ids.collect::<Vec<_>>()})
}

pub(super) fn details(store: &Store, params: &Params) -> Value {
    let groups = all(store, params).into_iter().map(|(id, name)| {
        json!({
            "id": id,
            "displayname": name,
            "usercount": members_of(store, &id).len(),
            "disabled": 0,
            "canAdd": true,
            "canRemove": id != ADMIN,
        })
    });
    json!({"groups": groups.collect::<Vec<_>>()})
}

pub(super) fn members(store: &Store, id: &str) -> Outcome {
    if !exists(store, id) {
        return Err(Failure::new(404, "The requested group could not be found"));
    }
    Ok(json!({"users": members_of(store, id)}))
}

pub(super) fn of_user(store: &Store, id: &str) -> Outcome {
    let account = accounts::load(store, id).ok_or_else(|| Failure::new(404, ""))?;
    Ok(json!({"groups": account.groups}))
}

/// Which user and group a membership call is about.
fn both(store: &Store, user: &str, params: &Params) -> Result<(Account, String), Failure> {
    let group = params.text("groupid").unwrap_or_default();
    if group.is_empty() {
        return Err(Failure::new(101, ""));
    }
    if !exists(store, &group) {
        return Err(Failure::new(102, ""));
    }
    let account = accounts::load(store, user).ok_or_else(|| Failure::new(103, ""))?;
    Ok((account, group))
}

/// Joining twice is no failure.
pub(super) fn join(store: &mut Store, user: &str, params: &Params) -> Outcome {
    let (mut account, group) = both(store, user, params)?;
    if !account.groups.contains(&group) {
        account.groups.push(group);
        account.groups.sort();
        accounts::save(store, &account);
    }
    Ok(nothing())
}

pub(super) fn leave(store: &mut Store, user: &str, params: &Params) -> Outcome {
    let (mut account, group) = both(store, user, params)?;
    account.groups.retain(|one| *one != group);
    accounts::save(store, &account);
    Ok(nothing())
}

pub(super) fn administered_by(store: &Store, user: &str) -> Outcome {
    let account = accounts::load(store, user);
    let account = account.ok_or_else(|| Failure::new(404, "User does not exist"))?;
    Ok(json!(account.subadmin))
}

pub(super) fn administrators(store: &Store, group: &str) -> Outcome {
    if !exists(store, group) {
        return Err(Failure::new(101, "Group does not exist"));
    }
    let all = accounts::all(store).into_iter();
    let found = all.filter(|account| account.subadmin.iter().any(|one| one == group));
    Ok(found.map(|account| Value::from(account.id)).collect())
}

pub(super) fn promote(store: &mut Store, user: &str, params: &Params) -> Outcome {
    let group = params.text("groupid").unwrap_or_default();
    let mut account =
        accounts::load(store, user).ok_or_else(|| Failure::new(101, "User does not exist"))?;
    if !exists(store, &group) {
        return Err(Failure::new(102, "Group does not exist"));
    }
    if group == ADMIN {
        return Err(Failure::new(
            103,
            "Cannot create sub-admins for admin group",
        ));
    }
    if !account.subadmin.contains(&group) {
        account.subadmin.push(group);
        account.subadmin.sort();
        accounts::save(store, &account);
    }
    Ok(nothing())
}

pub(super) fn demote(store: &mut Store, user: &str, params: &Params) -> Outcome {
    let group = params.text("groupid").unwrap_or_default();
    let mut account =
        accounts::load(store, user).ok_or_else(|| Failure::new(101, "User does not exist"))?;
    if !exists(store, &group) {
        return Err(Failure::new(101, "Group does not exist"));
    }
    let before = account.subadmin.len();
    account.subadmin.retain(|one| *one != group);
    if account.subadmin.len() == before {
        return Err(Failure::new(102, "User is not a sub-admin of this group"));
    }
    accounts::save(store, &account);
    Ok(nothing())
}

pub(super) fn state(store: &Store) -> Value {
    let groups = store.list::<String>(TABLE).into_iter().map(|(id, name)| {
        let members = members_of(store, &id);
        json!({"id": id, "displayname": name, "members": members})
    });
    groups.collect()
}
