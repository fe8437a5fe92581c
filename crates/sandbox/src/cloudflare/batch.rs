//! Many changes at once: deletes, patches, puts, posts, in this order. The first refusal ends it, and nothing was done.

use serde_json::{Value, json};

use super::{answer::Refusal, records::Records};

/// Of a free plan.
const LIMIT: usize = 200;

pub(super) fn run(
    records: &mut Records,
    body: &Value,
    mut new_id: impl FnMut() -> String,
) -> Result<Value, Refusal> {
    let part = |name: &str| -> &[Value] {
        body.get(name)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    };
    let id = |item: &Value| {
        item.get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let (deletes, patches) = (part("deletes"), part("patches"));
    let (puts, posts) = (part("puts"), part("posts"));
    let count = [deletes, patches, puts, posts]
        .map(<[Value]>::len)
        .iter()
        .sum::<usize>();
    if count > LIMIT {
        return Err(Refusal::new(400, 81_070, "The batch has too many changes."));
    }
    let deletes: Vec<Value> = deletes
        .iter()
        .map(|item| records.delete(&id(item)))
        .collect::<Result<_, _>>()?;
    let patches: Vec<Value> = patches
        .iter()
        .map(|item| records.patch(&id(item), item))
        .collect::<Result<_, _>>()?;
    let puts: Vec<Value> = puts
        .iter()
        .map(|item| records.replace(&id(item), item))
        .collect::<Result<_, _>>()?;
    let posts: Vec<Value> = posts
        .iter()
        .map(|item| records.create(item, &new_id()))
        .collect::<Result<_, _>>()?;
    Ok(json!({"deletes": deletes, "patches": patches, "puts": puts, "posts": posts}))
}
