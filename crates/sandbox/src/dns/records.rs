//! The published records.

use hickory_proto::rr::{
    Name, RData, Record,
    rdata::{A, AAAA, CNAME, MX, NS, SRV, TXT},
};
use serde::{Deserialize, Serialize};

use crate::store::Store;

const TABLE: &str = "records";

/// A record as a domain's owner writes it into a zone editor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedRecord {
    /// The full name, with or without the dot at the end.
    pub name: String,
    /// `TXT`, `MX`, `A`, `AAAA`, `CNAME`, `NS` or `SRV`, whose value is `priority weight port target`.
    #[serde(rename = "type")]
    pub record_type: String,
    /// The text, host or address.
    pub value: String,
    /// The preference of an MX record; 10 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<u16>,
}

impl PublishedRecord {
    /// A record without a priority.
    #[must_use]
    pub fn new(name: &str, record_type: &str, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            record_type: record_type.to_owned(),
            value: value.to_owned(),
            priority: None,
        }
    }

    /// An MX record.
    #[must_use]
    pub fn mx(name: &str, priority: u16, host: &str) -> Self {
        Self {
            priority: Some(priority),
            ..Self::new(name, "MX", host)
        }
    }

    /// Its form on the wire; `None` if it is not well-formed. Time to live is zero, so that a
    /// change is seen at once.
    fn to_wire(&self) -> Option<Record> {
        let name = parse_name(&self.name)?;
        let host = || parse_name(&self.value);
        let data = match self.record_type.to_ascii_uppercase().as_str() {
            "TXT" => RData::TXT(TXT::new(chunks(&self.value))),
            "MX" => RData::MX(MX::new(self.priority.unwrap_or(10), host()?)),
            "CNAME" => RData::CNAME(CNAME(host()?)),
            "NS" => RData::NS(NS(host()?)),
            "SRV" => RData::SRV(self.service()?),
            "A" => RData::A(A(self.value.parse().ok()?)),
            "AAAA" => RData::AAAA(AAAA(self.value.parse().ok()?)),
            _ => return None,
        };
        Some(Record::from_rdata(name, 0, data))
    }
}

impl PublishedRecord {
    fn service(&self) -> Option<SRV> {
        let mut words = self.value.split_ascii_whitespace();
        let mut number = || words.next()?.parse().ok();
        let (priority, weight, port) = (number()?, number()?, number()?);
        Some(SRV::new(priority, weight, port, parse_name(words.next()?)?))
    }
}

/// A fully qualified name; international labels become their ASCII form.
fn parse_name(text: &str) -> Option<Name> {
    let mut name = Name::from_utf8(text.trim_end_matches('.')).ok()?;
    name.set_fqdn(true);
    Some(name)
}

/// A TXT record holds strings of at most 255 bytes (RFC 1035, section 3.3.14).
fn chunks(text: &str) -> Vec<String> {
    let mut chunks = vec![String::new()];
    for character in text.chars() {
        match chunks.last_mut() {
            Some(chunk) if chunk.len() + character.len_utf8() <= 255 => chunk.push(character),
            _ => chunks.push(character.to_string()),
        }
    }
    chunks
}

/// What is wrong with a record.
pub(crate) fn problem(record: &PublishedRecord) -> Option<String> {
    let PublishedRecord {
        name,
        record_type,
        value,
        ..
    } = record;
    record
        .to_wire()
        .is_none()
        .then(|| format!("not a record: {name} {record_type} {value}"))
}

/// Replaces the records of the names and types that occur; ill-formed ones are left out.
pub(crate) fn publish(store: &mut Store, records: &[PublishedRecord]) {
    let mut sets: std::collections::BTreeMap<String, Vec<&PublishedRecord>> =
        std::collections::BTreeMap::new();
    for record in records.iter().filter(|record| problem(record).is_none()) {
        let key = format!(
            "{} {}",
            canonical(&record.name),
            record.record_type.to_ascii_uppercase()
        );
        sets.entry(key).or_default().push(record);
    }
    for (key, set) in sets {
        store.put(TABLE, &key, &set);
    }
}

/// Removes the records of a name (all names when empty), of one type or of all.
pub(crate) fn unpublish(store: &mut Store, name: &str, record_type: Option<&str>) -> usize {
    let wanted = canonical(name);
    let mut removed = 0;
    for (key, set) in store.list::<Vec<PublishedRecord>>(TABLE) {
        let (owner, kind) = key.split_once(' ').unwrap_or_default();
        let hits = (name.is_empty() || owner == wanted)
            && record_type.is_none_or(|record_type| record_type.eq_ignore_ascii_case(kind));
        if hits {
            removed += set.len();
            store.remove(TABLE, &key);
        }
    }
    removed
}

pub(crate) fn list(store: &Store) -> Vec<PublishedRecord> {
    let sets = store.list::<Vec<PublishedRecord>>(TABLE);
    sets.into_iter().flat_map(|(_, set)| set).collect()
}

/// All records of a name, in wire form, and whether the name exists: a name exists, too, when only
/// names below it have records (RFC 8020).
pub(crate) fn at(records: &[PublishedRecord], name: &str) -> (Vec<Record>, bool) {
    let owner = canonical(name);
    let mut exists = false;
    let mut found = Vec::new();
    for record in records {
        let holder = canonical(&record.name);
        if holder == owner {
            found.extend(record.to_wire());
        }
        let is_below = holder
            .strip_suffix(&owner)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        exists |= is_below;
    }
    (found, exists)
}

/// Lower case, ASCII, no dot at the end.
fn canonical(name: &str) -> String {
    parse_name(name).map_or_else(
        || name.trim_end_matches('.').to_lowercase(),
        |name| {
            name.to_lowercase()
                .to_ascii()
                .trim_end_matches('.')
                .to_owned()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn publishing_replaces_records_of_the_same_name_and_type_only() {
        let mut store = Store::default();
        publish(
            &mut store,
            &[
                PublishedRecord::new("a.test", "TXT", "one"),
                PublishedRecord::new("A.test.", "txt", "two"),
                PublishedRecord::mx("a.test", 10, "mail.a.test"),
            ],
        );
        assert_eq!(list(&store).len(), 3);
        publish(
            &mut store,
            &[PublishedRecord::new("a.test", "TXT", "three")],
        );
        let texts: Vec<_> = list(&store)
            .into_iter()
            .map(|record| record.value)
            .collect();
        assert_eq!(texts, ["mail.a.test", "three"]);
        assert_eq!(unpublish(&mut store, "a.test", Some("mx")), 1);
        assert_eq!(unpublish(&mut store, "", None), 1);
    }

    #[test]
    fn a_name_above_a_record_exists_without_having_any() {
        let records = [PublishedRecord::new("x.sub.a.test", "A", "127.0.0.1")];
        assert!(matches!(at(&records, "sub.a.test"), (found, true) if found.is_empty()));
        assert!(matches!(at(&records, "ub.a.test"), (_, false)));
        assert!(matches!(at(&records, "other.test"), (_, false)));
    }

    #[test]
    fn a_long_text_is_cut_into_strings_of_255_bytes() {
        let text = "ü".repeat(200);
        let parts = chunks(&text);
        assert!(parts.iter().all(|part| part.len() <= 255));
        assert_eq!(parts.concat(), text);
    }
}
