//! Messages. Mailgun does not know what it has sent before: the same one twice is two.

use serde_json::{Value, json};

use super::{
    answer::{Reply, refuse, text},
    domains, events,
    form::Form,
    options::{self, Outcome},
    suppressions,
};
use crate::{
    clock,
    http::{Answer, Request},
    random,
    store::Store,
};

const LARGEST: usize = 25 * 1024 * 1024;
const MOST_RECIPIENTS: usize = 1000;

/// The bare addresses of a field, which may name several at once.
fn addresses(values: &[String]) -> Vec<String> {
    let each = values.iter().flat_map(|value| value.split(','));
    let bare = each.map(|one| match one.rsplit_once('<') {
        Some((_, rest)) => rest.trim().trim_end_matches('>').to_lowercase(),
        None => one.trim().to_lowercase(),
    });
    bare.filter(|one| !one.is_empty()).collect()
}

fn is_address(address: &str) -> bool {
    address.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !domain.contains('@')
            && !address.contains(char::is_whitespace)
    })
}

fn check(form: &Form, to: &[String]) -> Result<(), Answer> {
    let from = addresses(&form.all("from"));
    if from.is_empty() {
        return Err(refuse(400, "from parameter is missing"));
    }
    if to.is_empty() {
        return Err(refuse(400, "to parameter is missing"));
    }
    if !from.iter().all(|one| is_address(one)) {
        return Err(refuse(
            400,
            "from parameter is not a valid address. please check documentation",
        ));
    }
    if to.len() > MOST_RECIPIENTS || !to.iter().all(|one| is_address(one)) {
        return Err(refuse(
            400,
            "to parameter is not a valid address. please check documentation",
        ));
    }
    let has_body = ["text", "html", "amp-html", "template"]
        .iter()
        .any(|name| form.get(name).is_some_and(|text| !text.is_empty()));
    if !has_body {
        return Err(refuse(
            400,
            "Need at least one of 'text', 'html', 'amp-html' or 'template' parameters specified",
        ));
    }
    Ok(())
}

/// Counts a message of a domain whose records were not found.
fn count(store: &mut Store, domain: &Value) -> Result<(), Answer> {
    if domains::is_active(domain) {
        return Ok(());
    }
    let name = text(domain, "name");
    let key = format!("{name}/{}", clock::now().format("%Y-%m-%d"));
    let sent = store.get::<usize>("sent", &key).unwrap_or_default() + 1;
    if sent > options::read(store).unverified_daily_limit {
        let message = format!(
            "Domain {name} is not allowed to send: the sending limit of unverified domains is reached."
        );
        return Err(refuse(403, &message));
    }
    store.put("sent", &key, &sent);
    Ok(())
}

pub(super) fn send(request: &Request, store: &mut Store, domain: &str, signing_key: &str) -> Reply {
    let found = domains::get(store, domain)?;
    if request.body.len() > LARGEST {
        return Err(refuse(413, "Payload Too Large"));
    }
    let form = Form::read(request);
    let to = addresses(&form.all("to"));
    check(&form, &to)?;
    count(store, &found)?;
    let name = text(&found, "name").to_owned();
    let headers = form.below("h:");
    let own_id = headers.as_object().and_then(|headers| {
        let named = headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("message-id"));
        named.and_then(|(_, value)| value.as_str())
    });
    let id = own_id.map_or_else(
        || {
            format!(
                "<{}.{}@{name}>",
                clock::now().format("%Y%m%d%H%M%S"),
                random::hex::<8>()
            )
        },
        |id| format!("<{}>", id.trim_matches(['<', '>'])),
    );
    let is_test = form.flag("o:testmode") == Some(true);
    let message = json!({
        "id": id, "domain": name, "from": form.get("from"), "to": to, "cc": form.all("cc"), "bcc": form.all("bcc"),
        "subject": form.get("subject"), "text": form.get("text"), "html": form.get("html"),
        "template": form.get("template"), "template_variables": form.get("t:variables"), "headers": headers,
        "variables": form.below("v:"), "tags": form.all("o:tag"), "is_test": is_test, "files": form.files,
        "accepted_at": clock::now().to_rfc3339(),
    });
    let number = store.next_id("message");
    store.put("message", &format!("{number:09}"), &message);
    for recipient in &to {
        events::happen(store, &message, recipient, "accepted", signing_key);
        become_of(store, &message, recipient, signing_key);
    }
    Ok(Answer::json(
        200,
        &json!({"id": id, "message": "Queued. Thank you."}),
    ))
}

fn become_of(store: &mut Store, message: &Value, recipient: &str, signing_key: &str) {
    let domain = text(message, "domain");
    if suppressions::holds(store, domain, recipient) {
        events::happen(store, message, recipient, "suppressed", signing_key);
        return;
    }
    let outcomes = options::read(store).outcomes;
    let event = match outcomes.get(recipient).unwrap_or(&Outcome::Delivered) {
        Outcome::Delivered => "delivered",
        Outcome::Bounced => "bounced",
        Outcome::Delayed => "delayed",
        Outcome::Lost => return,
    };
    events::happen(store, message, recipient, event, signing_key);
}
