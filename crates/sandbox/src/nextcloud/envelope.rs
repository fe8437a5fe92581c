//! The OCS envelope and its two ways to choose an HTTP status (Nextcloud server,
//! `lib/private/AppFramework/OCS/{V1Response,V2Response}.php`).

use serde_json::{Value, json};

use crate::http::{Answer, Request};

/// Which entry point was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V2,
}

/// A success with data, or a failure with code and message.
pub(super) type Outcome = Result<Value, Failure>;

/// Code and message of a failed call.
#[derive(Debug)]
pub(super) struct Failure(pub(super) u16, pub(super) String);

impl Failure {
    pub(super) fn new(code: u16, message: impl Into<String>) -> Self {
        Self(code, message.into())
    }

    pub(super) fn not_found(message: &str) -> Self {
        Self::new(998, message)
    }
}

/// "No data" is an empty list in PHP.
pub(super) fn nothing() -> Value {
    json!([])
}

impl Version {
    pub(super) fn respond(self, request: &Request, outcome: Outcome) -> Answer {
        match outcome {
            Ok(data) => {
                let code = if self == Self::V1 { 100 } else { 200 };
                let meta = self.meta("ok", code, "OK");
                render(request, 200, &meta, &data)
            }
            Err(Failure(code, message)) => {
                let meta = self.meta("failure", code, &message);
                render(request, self.http_status(code), &meta, &nothing())
            }
        }
    }

    fn meta(self, status: &str, code: u16, message: &str) -> Value {
        let mut meta = json!({"status": status, "statuscode": code, "message": message});
        if self == Self::V1
            && let Some(fields) = meta.as_object_mut()
        {
            fields.insert("totalitems".to_owned(), json!(""));
            fields.insert("itemsperpage".to_owned(), json!(""));
        }
        meta
    }

    /// The first version says 200 to everything but "who are you?".
    fn http_status(self, code: u16) -> u16 {
        match (self, code) {
            (_, 997) => 401,
            (Self::V1, _) => 200,
            (Self::V2, 998) => 404,
            (Self::V2, 996 | 999) => 500,
            (Self::V2, 200..=600) => code,
            (Self::V2, _) => 400,
        }
    }
}

/// A call without the header `OCS-APIRequest`.
pub(super) fn csrf_failure() -> Answer {
    Answer::json(412, &json!({"message": "CSRF check failed"}))
}

/// XML unless JSON is asked for by parameter or header.
fn render(request: &Request, status: u16, meta: &Value, data: &Value) -> Answer {
    let wants_json = match request.parameter("format") {
        Some(format) => format == "json",
        None => request
            .header("accept")
            .is_some_and(|accept| accept.contains("application/json")),
    };
    if wants_json {
        return Answer::json(status, &json!({"ocs": {"meta": meta, "data": data}}));
    }
    let mut xml = String::from("<?xml version=\"1.0\"?>\n<ocs>");
    element(&mut xml, "meta", meta);
    element(&mut xml, "data", data);
    xml.push_str("</ocs>\n");
    Answer::text(status, "application/xml; charset=utf-8", xml)
}

/// Members of lists are called `element`.
fn element(xml: &mut String, name: &str, value: &Value) {
    use quick_xml::escape::escape;
    xml.push('<');
    xml.push_str(name);
    xml.push('>');
    match value {
        Value::Null => {}
        Value::Bool(flag) => xml.push_str(if *flag { "1" } else { "" }),
        Value::Number(number) => xml.push_str(&number.to_string()),
        Value::String(text) => xml.push_str(&escape(text.as_str())),
        Value::Array(items) => items.iter().for_each(|item| element(xml, "element", item)),
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, value)| element(xml, name, value)),
    }
    xml.push_str("</");
    xml.push_str(name);
    xml.push('>');
}
