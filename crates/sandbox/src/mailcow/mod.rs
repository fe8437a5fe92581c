//! Mailcow's API as its `json_api.php` behaves (read in mailcow-dockerized, August 2026): most
//! failures are HTTP 200 with a verdict in the body, an empty list is `{}`, and reading a missing
//! object is no error.

mod accounts;
mod aliases;
mod app_passwords;
mod dkim;
mod domains;
mod mailboxes;
mod options;
mod passwords;
mod pasted;
mod quotas;
mod reply;
mod status;

use serde_json::{Value, json};

pub use accounts::{MailAccount, MailAlias};
pub(crate) use accounts::{accounts, forwards};

use crate::{
    credentials::Credentials,
    digest,
    http::{Answer, Request},
    peer::Service,
    store::Store,
};
use reply::{Verdict, early, found};

/// See the module.
pub(crate) struct Mailcow {
    api_key: String,
    read_only_api_key: String,
}

impl Mailcow {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        Self {
            api_key: credentials.mailcow_api_key.clone(),
            read_only_api_key: credentials.mailcow_read_only_api_key.clone(),
        }
    }

    /// Whether the key may write; `None` for a key that is not known.
    fn access(&self, request: &Request) -> Option<bool> {
        let sent = request.header("x-api-key")?;
        // Mailcow strips what cannot be part of a key before it compares.
        let key: String = sent
            .chars()
            .filter(|one| one.is_ascii_alphanumeric() || *one == '-')
            .collect();
        if digest::equal(&key, &self.api_key) {
            Some(true)
        } else if digest::equal(&key, &self.read_only_api_key) {
            Some(false)
        } else {
            None
        }
    }
}

impl Service for Mailcow {
    fn seed(&self, store: &mut Store) {
        passwords::seed(store);
    }

    fn answer(&self, request: &Request, store: &mut Store) -> Answer {
        let Some(pasted) = pasted::read(request) else {
            return early(404, "route not found");
        };
        // Without a key PHP goes on to what is for signed-in people, and says nothing.
        if request.header("x-api-key").is_none_or(str::is_empty) {
            return Answer::empty(200);
        }
        if request.header("sec-fetch-dest") == Some("document") {
            return Answer::empty(403);
        }
        if options::load(store).refuses_address {
            return early(401, "api access denied for ip 127.0.0.1");
        }
        let Some(may_write) = self.access(request) else {
            return early(401, "authentication failed");
        };
        let parts: Vec<&str> = pasted.segments.iter().map(String::as_str).collect();
        let (Some(action), Some(object)) = (parts.first(), parts.get(1)) else {
            return early(404, "route not found");
        };
        if *action != "get" && !may_write {
            return early(403, "API read/write access denied");
        }
        let rest = parts.get(2..).unwrap_or_default();
        match *action {
            "get" if request.method == "GET" => get(&pasted, store, object, rest),
            "get" => early(405, "only GET method is allowed"),
            "add" | "edit" | "delete" if request.method == "GET" => {
                early(200, "only POST method is allowed")
            }
            "add" | "edit" | "delete" if request.method != "POST" => {
                early(405, "only POST method is allowed")
            }
            "delete" if *object == "domain" && rest.first() == Some(&"tag") => {
                remove_tags(request, store, rest.get(1).copied().unwrap_or_default())
            }
            "add" | "edit" | "delete" => write(request, store, action, object),
            _ => early(404, "route not found"),
        }
    }

    fn failure(&self, status: u16) -> Answer {
        match status {
            502..=504 => Answer::text(
                status,
                "text/html",
                format!(
                    "<html>\r\n<head><title>{status}</title></head>\r\n<body>nginx</body></html>\r\n"
                ),
            ),
            _ => early(status, "internal error"),
        }
    }

    fn state(&self, store: &Store) -> Value {
        json!({
            "domains": domains::state(store),
            "mailboxes": mailboxes::state(store),
            "aliases": store.values(aliases::TABLE),
            "app_passwords": store.values(app_passwords::TABLE),
            "dkim": store.list::<Value>(dkim::TABLE).into_iter().map(|(domain, key)| json!({
                "domain": domain, "dkim_selector": key.get("dkim_selector"),
            })).collect::<Vec<_>>(),
        })
    }

    fn control(&self, path: &str, request: &Request, store: &mut Store) -> Option<Answer> {
        (path == "options").then(|| options::control(request, store))
    }

    fn die(&self, request: &Request, store: &mut Store) {
        if request.path == "/api/v1/add/mailbox"
            && let Some(attributes) = request.json()
        {
            mailboxes::half_make(store, &attributes);
        }
    }
}

fn get(pasted: &pasted::Pasted, store: &Store, object: &str, rest: &[&str]) -> Answer {
    let first = rest.first().copied().unwrap_or_default();
    match object {
        "domain" => found(domains::get(store, first)),
        "mailbox" => found(mailboxes::get(store, rest, pasted.tags.as_deref())),
        "alias" => found(aliases::get(store, first)),
        "dkim" => found(dkim::get(store, first)),
        "app-passwd" => found(app_passwords::get(store, rest)),
        "passwordpolicy" => found(Some(passwords::policy(store))),
        "status" => status::get(first),
        _ => early(404, "route not found"),
    }
}

/// The body is only looked at when its type is JSON's.
fn write(request: &Request, store: &mut Store, action: &str, object: &str) -> Answer {
    let media_type = request.header("content-type").unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let body = if media_type == "application/json" {
        match request.json() {
            Some(body) if !body.is_null() => body,
            _ => return early(400, "Request body doesn't contain valid json!"),
        }
    } else {
        Value::Null
    };
    match action {
        "add" => add(store, object, &body),
        "edit" => edit(store, object, &body),
        _ => delete(store, object, &body),
    }
}

fn add(store: &mut Store, object: &str, attributes: &Value) -> Answer {
    if attributes.is_null() {
        return early(200, "Cannot find attributes in post data");
    }
    let mut verdict = Verdict::new("add", object, attributes);
    match object {
        "domain" => domains::add(store, attributes, &mut verdict),
        "mailbox" => mailboxes::add(store, attributes, &mut verdict),
        "alias" => aliases::add(store, attributes, &mut verdict),
        "dkim" => dkim::add(store, attributes, &mut verdict),
        "app-passwd" => app_passwords::add(store, attributes, &mut verdict),
        _ => return early(404, "route not found"),
    }
    verdict.into_answer()
}

fn edit(store: &mut Store, object: &str, body: &Value) -> Answer {
    let (Some(items), Some(attributes)) = (body.get("items"), body.get("attr")) else {
        return early(200, "Cannot find items in post data");
    };
    let mut verdict = Verdict::new("edit", object, attributes);
    if object == "passwordpolicy" {
        passwords::edit(store, attributes, &mut verdict);
        return verdict.into_answer();
    }
    for item in names(items) {
        match object {
            "domain" => domains::edit(store, &item, attributes, &mut verdict),
            "mailbox" => mailboxes::edit(store, &item, attributes, &mut verdict),
            "alias" => aliases::edit(store, &item, attributes, &mut verdict),
            "rl-domain" => domains::set_rate_limit(store, &item, attributes, &mut verdict),
            "rename-mbox" => mailboxes::rename(store, attributes, &mut verdict),
            "rl-mbox" => mailboxes::rate_limit(store, &item, attributes, &mut verdict),
            "app-passwd" => {
                if !app_passwords::edit(store, &item, attributes, &mut verdict) {
                    return Answer::empty(200);
                }
            }
            _ => return early(404, "route not found"),
        }
    }
    verdict.into_answer()
}

fn delete(store: &mut Store, object: &str, items: &Value) -> Answer {
    let mut verdict = Verdict::new("delete", object, items);
    if items.is_null() {
        return early(200, "Cannot find items in post data");
    }
    for item in names(items) {
        match object {
            "domain" => domains::delete(store, &item, &mut verdict),
            "mailbox" => mailboxes::delete(store, &item, &mut verdict),
            "alias" => aliases::delete(store, &item, &mut verdict),
            "dkim" => dkim::delete(store, &item, &mut verdict),
            "app-passwd" => app_passwords::delete(store, &item, &mut verdict),
            _ => return early(404, "route not found"),
        }
    }
    verdict.into_answer()
}

/// `delete/domain/tag/<domain>` with a list of tags.
fn remove_tags(request: &Request, store: &mut Store, domain: &str) -> Answer {
    let items = request.json().unwrap_or_default();
    let mut verdict = Verdict::new("delete", "tags_domain", &items);
    domains::remove_tags(store, domain, &names(&items), &mut verdict);
    verdict.into_answer()
}

/// One name or a list of them; numbers count as names.
fn names(items: &Value) -> Vec<String> {
    match items {
        Value::Array(items) => items.iter().filter_map(crate::text::string).collect(),
        other => crate::text::string(other).into_iter().collect(),
    }
}
