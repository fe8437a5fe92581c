//! The work of planning, one kind of record after the other.
//!
//! Each wanted record leaves `wanted` when it is decided; each present one that is to stay or to be changed is `kept`.
//! What of the owner's is not kept in the end is removed.

use std::collections::BTreeMap;

use super::{
    Plan, Problem, Wish,
    spf::{self, Clash},
    text::is_single,
};
use crate::{
    NewRecord, Record, RecordPatch, RecordType,
    batch::{ById, ChangeById},
    record::Key,
};

pub(super) struct Wanted<'a> {
    pub(super) record: &'a NewRecord,
    pub(super) key: Key,
}

pub(super) struct Present<'a> {
    pub(super) record: &'a Record,
    pub(super) key: Key,
    pub(super) is_own: bool,
    is_kept: bool,
}

impl Present<'_> {
    /// Will it be there when the plan is done?
    fn stays(&self) -> bool {
        self.is_kept || !self.is_own
    }
}

pub(super) struct State<'a> {
    pub(super) wish: &'a Wish,
    pub(super) wanted: Vec<Wanted<'a>>,
    pub(super) present: Vec<Present<'a>>,
    pub(super) plan: Plan,
}

impl<'a> State<'a> {
    pub(super) fn new(existing: &'a [Record], wish: &'a Wish) -> Self {
        let mut wanted: Vec<Wanted<'a>> = Vec::new();
        for record in &wish.records {
            let key = record.key();
            if wanted.iter().all(|other| other.key != key) {
                wanted.push(Wanted { record, key });
            }
        }
        let present = existing.iter().map(|record| Present {
            record,
            key: record.key(),
            is_own: wish.owner.owns(record),
            is_kept: false,
        });
        Self {
            wish,
            wanted,
            present: present.collect(),
            plan: Plan::default(),
        }
    }

    /// Leaves out what is no record.
    pub(super) fn take_invalid(&mut self) {
        let problems = &mut self.plan.problems;
        self.wanted.retain(|wanted| match wanted.record.check() {
            Ok(()) => true,
            Err(reason) => {
                problems.push(Problem::Invalid {
                    name: wanted.key.name.clone(),
                    record_type: wanted.key.record_type.clone(),
                    reason,
                });
                false
            }
        });
    }

    /// Finds what is there as it is wanted. Of the owner's records the rest is corrected, too.
    pub(super) fn match_exact(&mut self) {
        let (present, plan) = (&mut self.present, &mut self.plan);
        self.wanted.retain(|wanted| {
            if is_spf(&wanted.key) {
                return true;
            }
            let mut same: Vec<&mut Present<'_>> = present
                .iter_mut()
                .filter(|present| present.key == wanted.key)
                .collect();
            same.sort_by_key(|present| !present.is_own);
            let Some(found) = same.into_iter().next() else {
                return true;
            };
            found.is_kept = true;
            let mut patch = RecordPatch::default();
            if found.is_own && found.record.ttl != ttl(wanted.record) {
                patch.ttl = Some(ttl(wanted.record));
            }
            if found.is_own && found.record.proxied != wanted.record.proxied {
                patch.proxied = Some(wanted.record.proxied);
            }
            if patch == RecordPatch::default() {
                plan.unchanged = plan.unchanged.saturating_add(1);
            } else {
                plan.batch.patches.push(change(found.record, patch));
            }
            false
        });
    }

    /// Mail exchangers of others stop all of a name's, unless they may be replaced.
    pub(super) fn mail_exchangers(&mut self) {
        let wanted_names: Vec<String> = {
            let all = self.wish.records.iter().map(NewRecord::key);
            let mut names: Vec<String> = all
                .filter(|key| key.record_type == RecordType::Mx)
                .map(|key| key.name)
                .collect();
            names.sort();
            names.dedup();
            names
        };
        for name in wanted_names {
            let foreign: Vec<&Present<'_>> = self
                .present
                .iter()
                .filter(|present| present.key.record_type == RecordType::Mx)
                .filter(|present| present.key.name == name && !present.is_own && !present.is_kept)
                .collect();
            if foreign.is_empty() {
                continue;
            }
            if self.wish.may_replace_mx {
                let ids = foreign.iter().map(|present| by_id(present.record));
                self.plan.batch.deletes.extend(ids);
                continue;
            }
            let hosts = foreign.iter().map(|present| present.key.content.clone());
            self.plan.problems.push(Problem::ForeignMx {
                name: name.clone(),
                hosts: hosts.collect(),
            });
            self.wanted.retain(|wanted| {
                wanted.key.record_type != RecordType::Mx || wanted.key.name != name
            });
        }
    }

    /// One SPF record for each name, merged into the one that is there.
    pub(super) fn sender_policies(&mut self) {
        let all = std::mem::take(&mut self.wanted);
        let (policies, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|wanted| is_spf(&wanted.key));
        self.wanted = others;
        let mut names: BTreeMap<String, Vec<Wanted<'a>>> = BTreeMap::new();
        for wanted in policies {
            names
                .entry(wanted.key.name.clone())
                .or_default()
                .push(wanted);
        }
        for (name, policies) in names {
            if let Err(problem) = self.sender_policy(&name, &policies) {
                self.plan.problems.push(problem);
            }
        }
    }

    fn sender_policy(&mut self, name: &str, wanted: &[Wanted<'a>]) -> Result<(), Problem> {
        let mut found: Vec<&mut Present<'a>> = self
            .present
            .iter_mut()
            .filter(|present| present.key.name == name && is_spf(&present.key))
            .collect();
        for present in &mut found {
            present.is_kept = true;
        }
        let clash = |clash| match clash {
            Clash::Limit { lookups, length } => Problem::SpfLimit {
                name: name.to_owned(),
                lookups,
                length,
            },
            Clash::Contradiction(term) => Problem::SpfContradiction {
                name: name.to_owned(),
                term,
            },
        };
        let merged = |first: &str| {
            let texts = wanted.iter().map(|wanted| wanted.key.content.as_str());
            let mut texts = texts;
            texts
                .try_fold(first.to_owned(), |text, next| spf::merge(&text, next))
                .map_err(clash)
        };
        match (found.as_mut_slice(), wanted) {
            ([], [first, ..]) => {
                let text = spf::within_limits(merged(&first.key.content)?).map_err(clash)?;
                self.room_for(&first.key)?;
                let record = NewRecord {
                    content: crate::txt::quote(&text),
                    ..first.record.clone()
                };
                self.post(&record);
            }
            ([present], _) => {
                let text = merged(&present.key.content)?;
                if text == present.key.content {
                    self.plan.unchanged = self.plan.unchanged.saturating_add(1);
                } else {
                    let patch = change(present.record, RecordPatch::text(&text));
                    self.plan.batch.patches.push(patch);
                    present.key.content = text;
                }
            }
            _ => {
                return Err(Problem::SeveralSpf {
                    name: name.to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Everything else: what is the owner's at this name becomes what is wanted, or a record is made.
    pub(super) fn others(&mut self) {
        for wanted in std::mem::take(&mut self.wanted) {
            match self.room_for(&wanted.key) {
                Err(problem) => self.plan.problems.push(problem),
                Ok(()) => self.place(&wanted),
            }
        }
    }

    fn place(&mut self, wanted: &Wanted<'a>) {
        let is_plain = wanted.record.data.is_none();
        let spare = self.present.iter_mut().find(|present| {
            present.is_own
                && !present.is_kept
                && is_plain
                && !is_spf(&present.key)
                && (&present.key.name, &present.key.record_type)
                    == (&wanted.key.name, &wanted.key.record_type)
        });
        let Some(present) = spare else {
            return self.post(wanted.record);
        };
        present.is_kept = true;
        // What comes after looks at the name as it will be.
        present.key = wanted.key.clone();
        let mut patch = RecordPatch::content(&wanted.record.content);
        patch.priority = wanted.record.priority;
        patch.ttl = Some(ttl(wanted.record));
        let may_be_proxied = wanted.record.record_type.is_proxiable();
        patch.proxied = may_be_proxied.then_some(wanted.record.proxied);
        self.plan.batch.patches.push(change(present.record, patch));
    }

    /// Is anything in the way of a record with this key?
    fn room_for(&self, wanted: &Key) -> Result<(), Problem> {
        let planned = self.plan.batch.posts.iter().map(NewRecord::key);
        let planned: Vec<Key> = planned.collect();
        let gone = |id: &str| self.plan.batch.deletes.iter().any(|delete| delete.id == id);
        let staying = self.present.iter();
        let staying = staying.filter(|present| present.stays() && !gone(&present.record.id));
        for present in staying.clone() {
            self.excludes(&present.key, wanted)?;
        }
        planned
            .iter()
            .try_for_each(|key| self.excludes(key, wanted))?;

        let is_text = wanted.record_type == RecordType::Txt;
        let is_host = wanted.record_type.is_proxiable();
        if !(is_host || is_text && is_single(&wanted.name)) {
            return Ok(());
        }
        let is_alone = is_text || wanted.record_type == RecordType::Cname;
        let same = |key: &Key| key.name == wanted.name && key.record_type == wanted.record_type;
        let mut found: Vec<String> = staying
            .filter(|present| same(&present.key) && (is_alone || !present.is_own))
            .map(|present| present.key.content.clone())
            .collect();
        if is_alone {
            let more = planned.iter().filter(|key| same(key));
            found.extend(more.map(|key| key.content.clone()));
        }
        if found.is_empty() {
            return Ok(());
        }
        Err(Problem::Occupied {
            name: wanted.name.clone(),
            record_type: wanted.record_type.clone(),
            found,
        })
    }

    /// At the top of a zone Cloudflare flattens aliases, so that there only addresses and aliases exclude each other.
    fn excludes(&self, present: &Key, wanted: &Key) -> Result<(), Problem> {
        let is_top = wanted.name == self.wish.zone;
        let is_alias = |key: &Key| key.record_type == RecordType::Cname;
        let is_same_name = present.name == wanted.name;
        let clashes = is_same_name
            && is_alias(present) != is_alias(wanted)
            && (!is_top
                || [present, wanted]
                    .iter()
                    .all(|key| key.record_type.is_proxiable()));
        // Below a delegation nobody would ever see it, and a new one would hide what is there.
        let hides = |delegation: &Key, other: &Key| {
            delegation.record_type == RecordType::Ns
                && delegation.name != self.wish.zone
                && other.record_type != RecordType::Ns
                && (other.name == delegation.name
                    || other.name.ends_with(&format!(".{}", delegation.name)))
        };
        let is_delegated = hides(present, wanted) || hides(wanted, present);
        if clashes || is_delegated {
            return Err(Problem::Excluded {
                name: wanted.name.clone(),
                record_type: wanted.record_type.clone(),
                by: present.record_type.clone(),
            });
        }
        Ok(())
    }

    fn post(&mut self, record: &NewRecord) {
        let comment = self.wish.owner.comment(record.comment.as_deref());
        let record = NewRecord {
            ttl: ttl(record),
            comment: Some(comment),
            ..record.clone()
        };
        self.plan.batch.posts.push(record);
    }

    pub(super) fn finish(mut self) -> Plan {
        let stale = self
            .present
            .iter()
            .filter(|present| present.is_own && !present.is_kept)
            .map(|present| by_id(present.record));
        self.plan.batch.deletes.extend(stale);
        self.plan
    }
}

/// Behind a proxy the time to live is Cloudflare's own.
fn ttl(record: &NewRecord) -> u32 {
    if record.proxied { 1 } else { record.ttl }
}

pub(super) fn is_spf(key: &Key) -> bool {
    key.record_type == RecordType::Txt && spf::is_spf(&key.content)
}

pub(super) fn by_id(record: &Record) -> ById {
    ById {
        id: record.id.clone(),
    }
}

pub(super) fn change(record: &Record, change: RecordPatch) -> ChangeById<RecordPatch> {
    ChangeById {
        id: record.id.clone(),
        change,
    }
}
