//! Bodies: forms, or several parts (RFC 7578). JSON is not read.

use serde_json::{Value, json};

use crate::http::Request;

/// The fields of a body; a name may come several times.
#[derive(Debug, Default)]
pub(super) struct Form {
    fields: Vec<(String, String)>,
    /// What is kept of files.
    pub(super) files: Vec<Value>,
}

impl Form {
    pub(super) fn read(request: &Request) -> Self {
        let media_type = request.header("content-type").unwrap_or_default();
        if let Some((_, boundary)) = media_type
            .strip_prefix("multipart/form-data")
            .and_then(|rest| rest.split_once("boundary="))
        {
            return Self::of_parts(&request.body, boundary.trim_matches('"'));
        }
        if !media_type.starts_with("application/x-www-form-urlencoded") {
            return Self::default();
        }
        let fields = url::form_urlencoded::parse(&request.body);
        Self {
            fields: fields.into_owned().collect(),
            files: Vec::new(),
        }
    }

    fn of_parts(body: &[u8], boundary: &str) -> Self {
        let mut form = Self::default();
        let line = format!("--{boundary}");
        // The first is what is before the first line, the last what is after the last.
        for part in split(body, line.as_bytes()).into_iter().skip(1) {
            let part = part.strip_prefix(b"\r\n").unwrap_or(part);
            let part = part.strip_suffix(b"\r\n").unwrap_or(part);
            let Some((head, content)) = cut(part, b"\r\n\r\n") else {
                continue;
            };
            let head = String::from_utf8_lossy(head);
            let Some(name) = quoted(&head, "; name=\"") else {
                continue;
            };
            match quoted(&head, "; filename=\"") {
                Some(file) => form.files.push(json!({
                    "field": name, "name": file, "bytes": content.len(),
                })),
                None => form
                    .fields
                    .push((name, String::from_utf8_lossy(content).into_owned())),
            }
        }
        form
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn all(&self, name: &str) -> Vec<String> {
        let found = self.fields.iter().filter(|(key, _)| key == name);
        found.map(|(_, value)| value.clone()).collect()
    }

    /// Those whose name starts so, without that start.
    pub(super) fn below(&self, prefix: &str) -> Value {
        let found = self.fields.iter().filter_map(|(key, value)| {
            let name = key.strip_prefix(prefix)?;
            Some((name.to_owned(), Value::String(value.clone())))
        });
        Value::Object(found.collect())
    }

    /// A field that says yes or no.
    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        let value = self.get(name)?;
        Some(matches!(value, "true" | "yes" | "True" | "1"))
    }
}

fn quoted(head: &str, begin: &str) -> Option<String> {
    let (_, rest) = head.split_once(begin)?;
    rest.split_once('"').map(|(value, _)| value.to_owned())
}

fn position(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|part| part == needle)
}

fn cut<'a>(bytes: &'a [u8], needle: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = position(bytes, needle)?;
    let (before, rest) = bytes.split_at_checked(at)?;
    Some((before, rest.strip_prefix(needle)?))
}

fn split<'a>(mut bytes: &'a [u8], needle: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    while let Some((before, rest)) = cut(bytes, needle) {
        parts.push(before);
        bytes = rest;
    }
    parts.push(bytes);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_with_whatever_is_in_them() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"to\"\r\n\r\na@b.test\r\n--x\r\nContent-Disposition: \
            form-data; name=\"attachment\"; filename=\"f\"\r\nContent-Type: a/b\r\n\r\n\x00\r\n\r\n\xff\r\n--x--\r\n";
        let form = Form::of_parts(body, "x");
        assert_eq!(form.get("to"), Some("a@b.test"));
        assert_eq!(
            form.files,
            [json!({"field": "attachment", "name": "f", "bytes": 6})]
        );
    }
}
