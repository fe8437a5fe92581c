//! Bodies: forms, with files in several parts (RFC 7578). Mailgun does not read JSON.

use aws_lc_rs::digest;
use bheem_http_kit::{Request, header};

use crate::Attachment;

/// The fields of a body; a name may come several times.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form {
    fields: Vec<(String, String)>,
}

impl Form {
    pub(crate) fn add(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.fields.push((name.into(), value.into()));
    }

    pub(crate) fn add_if(&mut self, name: &str, value: Option<impl Into<String>>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }

    pub(crate) fn add_flag(&mut self, name: &str, value: Option<bool>) {
        self.add_if(name, value.map(|flag| if flag { "true" } else { "false" }));
    }

    /// Puts the fields into a request.
    pub(crate) fn into_request(self, request: Request) -> Request {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(&self.fields);
        request.bytes("application/x-www-form-urlencoded", body.finish())
    }

    /// Puts the fields and files into a request.
    pub(crate) fn with_files(self, files: &[Attachment], request: Request) -> Request {
        if files.is_empty() {
            return self.into_request(request);
        }
        let boundary = self.boundary(files);
        let mut body = Vec::new();
        for (name, value) in &self.fields {
            part(&mut body, &boundary, &quoted(name), None, value.as_bytes());
        }
        for file in files {
            let kind = if file.is_inline {
                "inline"
            } else {
                "attachment"
            };
            let about = (quoted(&file.name), file.media_type.as_str());
            part(&mut body, &boundary, kind, Some(about), &file.content);
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        let media_type = format!("multipart/form-data; boundary={boundary}");
        request
            .bytes("multipart/form-data", body)
            .header(header::CONTENT_TYPE, &media_type)
    }

    /// A line that is in none of the parts: it is made of the hash of all of them.
    fn boundary(&self, files: &[Attachment]) -> String {
        let mut hash = digest::Context::new(&digest::SHA256);
        for (name, value) in &self.fields {
            hash.update(name.as_bytes());
            hash.update(value.as_bytes());
        }
        for file in files {
            hash.update(&file.content);
        }
        let mut boundary = "part-".to_owned();
        let digits = hash.finish();
        let digits = digits
            .as_ref()
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15]);
        boundary.extend(digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)));
        boundary
    }
}

fn part(
    body: &mut Vec<u8>,
    boundary: &str,
    name: &str,
    file: Option<(String, &str)>,
    content: &[u8],
) {
    let about = file.map(|(file_name, media_type)| {
        format!("; filename=\"{file_name}\"\r\nContent-Type: {media_type}")
    });
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"{}\r\n\r\n",
        about.unwrap_or_default()
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n");
}

/// What would end a quoted name is encoded as browsers do (RFC 7578, section 4.2).
fn quoted(name: &str) -> String {
    let mut safe = String::new();
    for letter in name.chars() {
        match letter {
            '"' => safe.push_str("%22"),
            '\r' => safe.push_str("%0D"),
            '\n' => safe.push_str("%0A"),
            other => safe.push(other),
        }
    }
    safe
}
