//! Messages.

use serde_json::{Map, Value, json};

use super::{
    answer::{Reply, bad_body, body, new_id, no_permission, now, number, text},
    channels,
    entry::Caller,
    rules,
};
use crate::{
    http::{Answer, Request},
    store::Store,
};

const LONGEST_MESSAGE: usize = 16_383;
/// For so long a message with the same pending id is the same message.
const REMEMBERED_MILLISECONDS: i64 = 30_000;

fn must_be_in(caller: &Caller, store: &Store, channel: &str) -> Result<(), Answer> {
    (caller.is_admin() || channels::is_in(store, channel, &caller.user.id))
        .then_some(())
        .ok_or_else(no_permission)
}

pub(super) fn create(caller: &Caller, request: &Request, store: &mut Store) -> Reply {
    let body = body(request)?;
    let channel = rules::id_in(&body, "channel_id")?;
    // A channel that is not there is one where nobody may speak.
    channels::get(store, channel).map_err(|_missing| no_permission())?;
    must_be_in(caller, store, channel)?;
    let message = text(&body, "message");
    if message.chars().count() > LONGEST_MESSAGE {
        return Err(super::answer::refuse(
            400,
            "model.post.is_valid.msg.app_error",
            "Post Message property is longer than the maximum permitted length.",
        ));
    }
    let props = body.get("props").filter(|props| props.is_object());
    if message.is_empty() && props.is_none() {
        return Err(bad_body("message"));
    }
    let pending = text(&body, "pending_post_id");
    let pending_key = format!("{}/{pending}", caller.user.id);
    if !pending.is_empty()
        && let Some(key) = store.get::<String>("pending", &pending_key)
        && let Some(post) = store.get::<Value>("post", &key)
        && number(&post, "create_at") + REMEMBERED_MILLISECONDS > now()
    {
        return Ok(Answer::json(201, &post));
    }
    let id = new_id();
    let post = json!({
        "id": id, "create_at": now(), "update_at": now(), "edit_at": 0, "delete_at": 0,
        "user_id": caller.user.id, "channel_id": channel, "root_id": text(&body, "root_id"),
        "message": message, "type": "", "props": props.unwrap_or(&json!({})), "hashtags": "",
        "pending_post_id": pending, "metadata": {},
    });
    let number = store.next_id("post");
    let key = format!("{channel}/{number:012}");
    store.put("post", &key, &post);
    if !pending.is_empty() {
        store.put("pending", &pending_key, &key);
    }
    Ok(Answer::json(201, &post))
}

/// Newest first: a page, or what changed since a time.
pub(super) fn list(caller: &Caller, request: &Request, store: &Store, channel: &str) -> Reply {
    channels::get(store, channel)?;
    must_be_in(caller, store, channel)?;
    let number_of = |name: &str| request.parameter(name)?.parse::<i64>().ok();
    let found = store.list_below::<Value>("post", &format!("{channel}/"));
    let mut posts: Vec<Value> = found.into_iter().map(|(_, post)| post).collect();
    posts.reverse();
    if let Some(since) = number_of("since") {
        posts.retain(|post| number(post, "update_at") > since);
        posts.truncate(1000);
    } else {
        let size = usize::try_from(number_of("per_page").unwrap_or(60)).unwrap_or(60);
        let page = usize::try_from(number_of("page").unwrap_or(0)).unwrap_or(0);
        let size = size.clamp(1, 200);
        posts = posts
            .into_iter()
            .skip(page.saturating_mul(size))
            .take(size)
            .collect();
    }
    let order: Vec<String> = posts
        .iter()
        .map(|post| text(post, "id").to_owned())
        .collect();
    let posts: Map<String, Value> = order.iter().cloned().zip(posts).collect();
    Ok(Answer::json(
        200,
        &json!({"order": order, "posts": posts, "next_post_id": "", "prev_post_id": ""}),
    ))
}
