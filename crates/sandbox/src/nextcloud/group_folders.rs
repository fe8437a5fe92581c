//! The app `groupfolders` (`lib/Controller/FolderController.php` of the app). Its folders do not appear in file trees.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    envelope::{Failure, Outcome},
    groups,
    params::Params,
};
use crate::{http::Request, store::Store};

pub(super) const PATHS: [&str; 3] = [
    "/index.php/apps/groupfolders/",
    "/apps/groupfolders/",
    "/ocs/v2.php/apps/groupfolders/",
];
const TABLE: &str = "group_folder";
const UNLIMITED: i64 = -3;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Folder {
    id: u64,
    mount_point: String,
    groups: BTreeMap<String, i64>,
    quota: i64,
}

impl Folder {
    fn describe(&self) -> Value {
        // An empty map is an empty list in PHP.
        let groups = if self.groups.is_empty() {
            json!([])
        } else {
            json!(self.groups)
        };
        json!({
            "id": self.id,
            "mount_point": self.mount_point,
            "groups": groups,
            "quota": self.quota,
            "size": 0,
            "acl": false,
            "manage": [],
        })
    }
}

fn done() -> Value {
    json!({"success": true})
}

pub(super) fn answer(
    store: &mut Store,
    request: &Request,
    path: &[&str],
    params: &Params,
) -> Outcome {
    let text = |name| params.text(name).unwrap_or_default();
    match (request.method.as_str(), path) {
        ("GET", ["folders"]) => Ok(list(store)),
        ("POST", ["folders"]) => {
            let mount_point = text("mountpoint").trim().to_owned();
            if mount_point.is_empty() {
                return Err(Failure::new(400, "Mount point must not be empty"));
            }
            let folder = Folder {
                id: store.next_id(TABLE),
                mount_point,
                groups: BTreeMap::new(),
                quota: UNLIMITED,
            };
            save(store, &folder);
            Ok(folder.describe())
        }
        (method, ["folders", id, rest @ ..]) => {
            let folder = store.get::<Folder>(TABLE, &key(id));
            let mut folder = folder.ok_or_else(|| Failure::new(404, ""))?;
            match (method, rest) {
                ("GET", []) => return Ok(folder.describe()),
                ("DELETE", []) => {
                    store.remove(TABLE, &key(id));
                    return Ok(done());
                }
                ("POST", ["mountpoint"]) => folder.mount_point = text("mountpoint"),
                ("POST", ["quota"]) => {
                    let wrong = |_| Failure::new(400, "Invalid quota");
                    folder.quota = text("quota").parse().map_err(wrong)?;
                }
                ("POST", ["groups"]) => {
                    let group = text("group");
                    if !groups::exists(store, &group) {
                        return Err(Failure::new(404, "Group does not exist"));
                    }
                    folder.groups.entry(group).or_insert(31);
                }
                ("POST", ["groups", group]) => {
                    let wrong = |_| Failure::new(400, "Invalid permissions");
                    let permissions = text("permissions").parse().map_err(wrong)?;
                    let known = folder.groups.get_mut(*group);
                    *known.ok_or_else(|| Failure::new(404, ""))? = permissions;
                }
                ("DELETE", ["groups", group]) => {
                    let removed = folder.groups.remove(*group);
                    removed.ok_or_else(|| Failure::new(404, ""))?;
                }
                _ => return Err(Failure::not_found("")),
            }
            save(store, &folder);
            Ok(done())
        }
        _ => Err(Failure::not_found("")),
    }
}

/// Sorted as numbers.
fn key(id: &str) -> String {
    format!("{id:0>10}")
}

fn save(store: &mut Store, folder: &Folder) {
    store.put(TABLE, &key(&folder.id.to_string()), folder);
}

/// By id, as the app answers; `[]` for none.
fn list(store: &Store) -> Value {
    let all = store.list::<Folder>(TABLE).into_iter();
    let folders: serde_json::Map<String, Value> = all
        .map(|(_, folder)| (folder.id.to_string(), folder.describe()))
        .collect();
    if folders.is_empty() {
        return json!([]);
    }
    Value::Object(folders)
}

pub(super) fn state(store: &Store) -> Value {
    let all = store.list::<Folder>(TABLE).into_iter();
    all.map(|(_, folder)| folder.describe()).collect()
}
