//! One hostile request, and what must come of it. Whatever stands in braces is made anew for the row.

use crate::{
    bed::Bed,
    wire::{self, Reply},
};

/// What must come of a request.
#[derive(Debug, Clone)]
pub(crate) enum Expected {
    /// A status and the word of RFC 6749; nobody is sent anywhere, and nobody may keep it.
    Error(u16, &'static str),
    /// The person is told on a page; nobody is sent anywhere.
    Page(u16),
    /// The client, and no other, is told this word at the address that it registered.
    Back(&'static str),
    /// The browser is sent on within the server, to a path that begins so.
    Within(&'static str),
    /// A token is said not to be active, and nothing else.
    Inactive,
    /// A problem of the API, with this status.
    Problem(u16),
}

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) what: String,
    line: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    expected: Expected,
}

impl Row {
    pub(crate) fn new(
        what: impl Into<String>,
        line: impl Into<String>,
        expected: Expected,
    ) -> Self {
        Self {
            what: what.into(),
            line: line.into(),
            headers: Vec::new(),
            body: Vec::new(),
            expected,
        }
    }

    /// A form at an endpoint of the provider.
    pub(crate) fn form(
        what: &str,
        path: &str,
        body: impl AsRef<[u8]>,
        status: u16,
        error: &'static str,
    ) -> Self {
        let line = format!("POST /api/v1/sso/{path}");
        Self::new(what, line, Expected::Error(status, error)).body(body)
    }

    pub(crate) fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// As a client that sends its secret.
    pub(crate) fn by(self, client: &str) -> Self {
        self.header("Authorization", format!("Basic {{basic_pair:{client}}}"))
    }

    /// As somebody who is signed in.
    pub(crate) fn of_person(self, name: &str) -> Self {
        self.header("Cookie", format!("{{cookies:{name}}}"))
    }
}

/// Sends each row, and says of all that went wrong at once.
pub(crate) async fn run(bed: &Bed, rows: Vec<Row>) {
    let mut wrong = Vec::new();
    for row in rows {
        let reply = row.send(bed).await;
        if let Err(why) = row.judge(bed, &reply) {
            wrong.push(format!("{}: {why}\n  {reply:?}", row.what));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

impl Row {
    async fn send(&self, bed: &Bed) -> Reply {
        let line = filled(bed, &self.line, true).await;
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            let value = match value.strip_prefix("Basic {basic_pair:") {
                Some(client) => bed.basic(client.trim_end_matches('}')),
                None => filled(bed, value, false).await,
            };
            headers.push((*name, value));
        }
        let body = match std::str::from_utf8(&self.body) {
            Ok(text) => filled(bed, text, !text.starts_with("{\""))
                .await
                .into_bytes(),
            Err(_) => self.body.clone(),
        };
        wire::send(&bed.app.base_url, &line, &headers, &body).await
    }

    fn judge(&self, bed: &Bed, reply: &Reply) -> Result<(), String> {
        let that = |holds: bool, what: &str| {
            if holds {
                Ok(())
            } else {
                Err(format!("{what}; expected {:?}", self.expected))
            }
        };
        that(reply.status < 500, "a failure")?;
        that(
            !reply.body.contains("<script>alert"),
            "a script in the answer",
        )?;
        let location = reply.header("location");
        let kept = reply.header("cache-control").unwrap_or_default();
        match self.expected {
            Expected::Error(status, error) => {
                that(reply.status == status, "another status")?;
                that(reply.json()["error"] == error, "another error")?;
                that(location.is_none(), "it leads away")?;
                that(kept == "no-store", "it may be kept")?;
                let challenge = reply.header("www-authenticate");
                let has_sent = self
                    .headers
                    .iter()
                    .any(|(name, _)| *name == "Authorization");
                let must_challenge = status == 401 && has_sent;
                that(!must_challenge || challenge.is_some(), "no challenge")
            }
            Expected::Page(status) => {
                that(reply.status == status, "another status")?;
                that(location.is_none(), "it leads away")?;
                let kind = reply.header("content-type").unwrap_or_default();
                that(kind.starts_with("text/html"), "no page")?;
                that(kept == "no-store", "it may be kept")
            }
            Expected::Back(error) => {
                let to = location.unwrap_or_default();
                let is_registered = bed.clients.keys().any(|name| {
                    let callback = crate::bed::callback(name);
                    to.strip_prefix(&callback)
                        .is_some_and(|rest| rest.starts_with('?'))
                });
                that(is_registered, "it leads elsewhere")?;
                that(
                    reply.parameter("error").as_deref() == Some(error),
                    "another error",
                )?;
                that(reply.parameter("code").is_none(), "a code")?;
                let issuer = reply.parameter("iss");
                that(
                    issuer.as_deref() == Some(&bed.app.base_url),
                    "another issuer",
                )
            }
            Expected::Within(path) => {
                that((300..400).contains(&reply.status), "no redirect")?;
                let to = location.unwrap_or_default();
                that(
                    to.starts_with(path) && !to.starts_with("//"),
                    "it leads elsewhere",
                )
            }
            Expected::Inactive => {
                that(reply.status == 200, "another status")?;
                that(
                    reply.json() == serde_json::json!({"active": false}),
                    "it tells more",
                )
            }
            Expected::Problem(status) => {
                that(reply.status == status, "another status")?;
                that(
                    status != 401 || reply.header("www-authenticate").is_some(),
                    "no challenge",
                )
            }
        }
    }
}

/// Puts material in place of what stands in braces.
async fn filled(bed: &Bed, text: &str, is_encoded: bool) -> String {
    let mut whole = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        whole.push_str(before);
        let name: String = after
            .chars()
            .take_while(|c| c.is_ascii_lowercase() || *c == '_' || *c == ':')
            .collect();
        let closed = after
            .get(name.len()..)
            .and_then(|rest| rest.strip_prefix('}'));
        match closed {
            Some(remaining) if !name.is_empty() => {
                let material = Box::pin(bed.material(&name)).await;
                if is_encoded {
                    whole.extend(form_urlencoded::byte_serialize(material.as_bytes()));
                } else {
                    whole.push_str(&material);
                }
                rest = remaining;
            }
            _ => {
                whole.push('{');
                rest = after;
            }
        }
    }
    whole.push_str(rest);
    whole
}
