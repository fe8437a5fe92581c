//! Parameters of a call, which may stand in the query, in a form or in a JSON body.

use serde_json::Value;

use crate::{http::Request, text};

/// See the module.
pub(super) struct Params {
    pairs: Vec<(String, String)>,
    body: Value,
}

impl Params {
    pub(super) fn of(request: &Request) -> Self {
        let mut pairs = request.query.clone();
        let content_type = request.header("content-type").unwrap_or_default();
        let mut body = Value::Null;
        if content_type.starts_with("application/json") {
            body = request.json().unwrap_or_default();
        } else {
            pairs.extend(url::form_urlencoded::parse(&request.body).into_owned());
        }
        Self { pairs, body }
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        if let Some(value) = self.body.get(name) {
            return text::string(value);
        }
        let found = self.pairs.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.clone())
    }

    /// A list; in a form its key is `name[]` or `name[0]`.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        if let Some(Value::Array(items)) = self.body.get(name) {
            return items.iter().filter_map(text::string).collect();
        }
        let is_item = |key: &str| {
            key.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('[') && rest.ends_with(']'))
        };
        let items = self.pairs.iter().filter(|(key, _)| is_item(key));
        items.map(|(_, value)| value.clone()).collect()
    }

    /// The part of a sorted list that `search`, `limit` and `offset` ask for.
    pub(super) fn page<T>(&self, items: Vec<T>, texts: impl Fn(&T) -> String) -> Vec<T> {
        let number = |name| self.text(name).and_then(|text| text.parse::<usize>().ok());
        let search = self.text("search").unwrap_or_default().to_lowercase();
        items
            .into_iter()
            .filter(|item| texts(item).to_lowercase().contains(&search))
            .skip(number("offset").unwrap_or(0))
            .take(number("limit").unwrap_or(usize::MAX))
            .collect()
    }
}
