//! Taking an owner's records out of a zone again.

use std::collections::BTreeSet;

use super::{
    Plan, Problem, Wish, spf,
    state::{by_id, change, is_spf},
};
use crate::{NewRecord, Record, RecordPatch};

/// Plans how everything of a wish's owner leaves a zone. Only marked records are removed. An SPF record of the owner
/// that others have added to loses the owner's terms and mark instead; terms that were merged into a record of somebody
/// else stay there and are told as [`Problem::SpfStays`], for nobody knows who else counts on them.
#[must_use]
pub fn plan_removal(existing: &[Record], wish: &Wish) -> Plan {
    let mut plan = Plan::default();
    for record in existing {
        let key = record.key();
        let terms = if is_spf(&key) {
            terms_of(wish, &key.name)
        } else {
            Vec::new()
        };
        if wish.owner.owns(record) {
            let rest = spf::without(&key.content, &terms);
            if !is_spf(&key) || spf::mechanisms(&rest).is_empty() {
                plan.batch.deletes.push(by_id(record));
            } else {
                let mut patch = RecordPatch::text(&rest);
                patch.comment = Some(String::new());
                plan.batch.patches.push(change(record, patch));
            }
            continue;
        }
        let present: BTreeSet<String> = spf::mechanisms(&key.content).into_iter().collect();
        for term in terms.into_iter().filter(|term| present.contains(term)) {
            let name = key.name.clone();
            plan.problems.push(Problem::SpfStays { name, term });
        }
    }
    plan
}

/// What the wish wanted in the SPF record of a name.
fn terms_of(wish: &Wish, name: &str) -> Vec<String> {
    let keys = wish.records.iter().map(NewRecord::key);
    keys.filter(|key| key.name == name && is_spf(key))
        .flat_map(|key| spf::mechanisms(&key.content))
        .collect()
}
