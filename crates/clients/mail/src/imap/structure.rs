//! The parts of a message as a server tells them (`BODYSTRUCTURE`, RFC 3501, section 7.4.2).

use super::value::Value;
use crate::message::{
    parameters::resolve,
    parts::{Body, Described, Place, Structure},
};

impl Structure {
    /// What cannot be read is counted as left out, and the rest is kept.
    pub(super) fn read(value: &Value) -> Self {
        let mut structure = Self::default();
        structure.body = structure.walk(value, &mut Vec::new(), "");
        structure
    }

    /// The reader of values bounds the depth.
    fn walk(&mut self, value: &Value, path: &mut Vec<u16>, parent: &str) -> Body {
        let Some([first, rest @ ..]) = value.list() else {
            self.left_out = self.left_out.saturating_add(1);
            return Body::Nothing;
        };
        if !matches!(first, Value::List(_)) {
            return self.leaf(first, rest, Place { path, parent });
        }
        let fields = value.list().unwrap_or_default();
        // A part of which nothing is said has its number all the same.
        let is_child = |one: &&Value| matches!(one, Value::List(_) | Value::Nil);
        let children: Vec<&Value> = fields.iter().take_while(is_child).collect();
        let kind = fields.get(children.len()).and_then(Value::text);
        let kind = kind.unwrap_or_default().to_ascii_lowercase();
        let mut bodies = Vec::new();
        for (child, number) in children.into_iter().zip(1_u16..) {
            path.push(number);
            bodies.push(self.walk(child, path, &kind));
            path.pop();
        }
        if kind == "alternative" {
            Body::Alternatives(bodies)
        } else {
            Body::All(bodies)
        }
    }

    fn leaf(&mut self, first: &Value, rest: &[Value], place: Place<'_>) -> Body {
        let is_empty_multipart = match (first, rest.first()) {
            // `("ALTERNATIVE" ("BOUNDARY" "x") NIL NIL)`: parts of which there are none.
            (_, Some(Value::List(_))) => true,
            // `(NIL "alternative" ("boundary" "x") …)`
            (Value::Nil, Some(subtype)) => subtype.bytes().is_some(),
            _ => false,
        };
        if is_empty_multipart {
            return Body::Nothing;
        }
        self.add(describe(first, rest), place)
    }
}

fn describe(first: &Value, rest: &[Value]) -> Described {
    // Numbered as in the standard: the type is 0.
    let field = |at: usize| rest.get(at.checked_sub(1)?);
    let text = |at: usize| field(at).and_then(Value::text).unwrap_or_default();
    let kind = first.text().unwrap_or_default().to_ascii_lowercase();
    let subtype = text(1).to_ascii_lowercase();
    // Texts and messages have fields of their own before what all have at the end; of a message some servers tell none.
    let has_message = || {
        let envelope = field(7).is_some_and(|one| one.list().is_some());
        envelope || field(9).is_some_and(|one| one.number().is_some())
    };
    let extra = match (kind.as_str(), subtype.as_str()) {
        ("text", _) => 1,
        ("message", "rfc822" | "global") if has_message() => 3,
        _ => 0,
    };
    let disposition = [8 + extra, 8].into_iter().find_map(|at| {
        let list = field(at)?.list()?;
        list.first()?.bytes()?;
        Some(list)
    });
    let disposition = disposition.unwrap_or_default();
    Described {
        kind,
        subtype,
        parameters: parameters(field(2)),
        encoding: text(5),
        size: field(6).and_then(Value::number).unwrap_or(0),
        content_id: field(3).and_then(Value::text),
        disposition: disposition
            .first()
            .and_then(Value::text)
            .unwrap_or_default(),
        disposition_parameters: parameters(disposition.get(1)),
    }
}

/// `("charset" "utf-8" …)`. Long or foreign values come in pieces (`filename*0*`, RFC 2231), which servers leave as
/// they are.
fn parameters(value: Option<&Value>) -> std::collections::HashMap<String, String> {
    let pairs = value.and_then(Value::list).unwrap_or_default();
    let pairs: Vec<(String, Vec<u8>)> = pairs
        .chunks_exact(2)
        .filter_map(|pair| match pair {
            [name, value] => Some((name.text()?.to_ascii_lowercase(), value.bytes()?.to_vec())),
            _ => None,
        })
        .collect();
    resolve(&pairs)
}

#[cfg(test)]
mod tests;
