//! The records of a zone. Every change is made on all of them in memory first and written when nothing is refused, so
//! that a batch is one change.

use serde_json::{Value, json};

use super::{
    answer::{self, Refusal},
    batch, check, content,
    list::{self, Sizes},
    zones,
};
use crate::{
    clock,
    http::{Answer, Request},
    store::Store,
};

const TABLE: &str = "record";

pub(super) struct Records {
    zone_id: String,
    zone_name: String,
    /// In order of their making.
    all: Vec<Value>,
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

impl Records {
    pub(super) fn load(store: &Store, zone: &Value) -> Self {
        let zone_id = text(zone, "id").to_owned();
        let records = store.list_below(TABLE, &format!("{zone_id}/"));
        Self {
            all: records.into_iter().map(|(_, record)| record).collect(),
            zone_name: text(zone, "name").to_owned(),
            zone_id,
        }
    }

    pub(super) fn all(&self) -> &[Value] {
        &self.all
    }

    pub(super) fn save(self, store: &mut Store) {
        let key = |record: &Value| format!("{}/{}", self.zone_id, text(record, "id"));
        for (there, _) in store.list_below::<Value>(TABLE, &format!("{}/", self.zone_id)) {
            if !self.all.iter().any(|record| key(record) == there) {
                store.remove(TABLE, &there);
            }
        }
        for record in &self.all {
            if store.get::<Value>(TABLE, &key(record)).as_ref() != Some(record) {
                store.put(TABLE, &key(record), record);
            }
        }
    }

    fn position(&self, id: &str) -> Result<usize, Refusal> {
        let found = self.all.iter().position(|record| text(record, "id") == id);
        found.ok_or_else(Refusal::no_record)
    }

    fn get(&self, id: &str) -> Result<Value, Refusal> {
        let at = self.position(id)?;
        self.all.get(at).cloned().ok_or_else(Refusal::no_record)
    }

    /// Checks a record and gives it its id and times.
    fn checked(&self, body: &Value, id: &str, created_on: &Value) -> Result<Value, Refusal> {
        let mut record = check::record(body, &self.zone_name)?;
        let others: Vec<&Value> = self
            .all
            .iter()
            .filter(|other| text(other, "id") != id)
            .collect();
        check::room(&record, &others, &self.zone_name)?;
        if let Some(fields) = record.as_object_mut() {
            fields.insert("id".to_owned(), json!(id));
            fields.insert("created_on".to_owned(), created_on.clone());
            fields.insert("modified_on".to_owned(), json!(clock::now().to_rfc3339()));
        }
        Ok(record)
    }

    pub(super) fn create(&mut self, body: &Value, id: &str) -> Result<Value, Refusal> {
        let record = self.checked(body, id, &json!(clock::now().to_rfc3339()))?;
        self.all.push(record.clone());
        Ok(record)
    }

    pub(super) fn replace(&mut self, id: &str, body: &Value) -> Result<Value, Refusal> {
        let at = self.position(id)?;
        let before = self.get(id)?;
        let record = self.checked(body, id, before.get("created_on").unwrap_or(&Value::Null))?;
        if let Some(place) = self.all.get_mut(at) {
            *place = record.clone();
        }
        Ok(record)
    }

    /// What is not named stays.
    pub(super) fn patch(&mut self, id: &str, body: &Value) -> Result<Value, Refusal> {
        let mut merged = self.get(id)?;
        if let (Some(fields), Some(changes)) = (merged.as_object_mut(), body.as_object()) {
            let changes = changes.iter().filter(|(name, _)| *name != "id");
            fields.extend(changes.map(|(name, value)| (name.clone(), value.clone())));
        }
        self.replace(id, &merged)
    }

    pub(super) fn delete(&mut self, id: &str) -> Result<Value, Refusal> {
        let at = self.position(id)?;
        Ok(self.all.remove(at))
    }
}

pub(super) fn dispatch(
    request: &Request,
    store: &mut Store,
    zone: &Value,
    path: &[&str],
) -> Result<Answer, Refusal> {
    let mut records = Records::load(store, zone);
    let body = || request.json().ok_or_else(Refusal::not_json);
    let done = match (request.method.as_str(), path) {
        ("GET", []) => return list(request, &records),
        ("GET", [id]) => return Ok(answer::result(&records.get(id)?)),
        ("POST", []) => records.create(&body()?, &zones::new_id(store))?,
        ("POST", ["batch"]) => batch::run(&mut records, &body()?, || zones::new_id(store))?,
        ("PUT", [id]) => records.replace(id, &body()?)?,
        ("PATCH", [id]) => records.patch(id, &body()?)?,
        ("DELETE", [id]) => {
            records.delete(id)?;
            json!({"id": id})
        }
        _ => return Err(Refusal::no_route(&request.path)),
    };
    records.save(store);
    Ok(answer::result(&done))
}

/// Filters of one field with one value; `name` and `content` are the older spellings.
const FILTERS: [(&str, &str); 6] = [
    ("type", "type"),
    ("name", "name"),
    ("name.exact", "name"),
    ("content", "content"),
    ("content.exact", "content"),
    ("comment.exact", "comment"),
];

fn list(request: &Request, records: &Records) -> Result<Answer, Refusal> {
    let mut found = records.all.clone();
    for (parameter, field) in FILTERS {
        let Some(wanted) = request.parameter(parameter) else {
            continue;
        };
        let wanted = if field == "name" {
            content::name(wanted)
        } else {
            wanted.to_owned()
        };
        found.retain(|record| text(record, field) == wanted);
    }
    let sizes = Sizes {
        usual: 100,
        least: 1,
        most: 5000,
    };
    list::page(request, &found, &sizes)
}
