//! A browser without scripts: it keeps cookies, follows redirects and fills in forms.

#![expect(
    clippy::string_slice,
    reason = "it cuts at signs that it has just found"
)]

use std::collections::BTreeMap;

use bheem_http_kit::{Auth, ClientBuilder, EncodedPath, HttpClient, Method, Url, header};

/// More redirects than any flow has.
const MOST_REDIRECTS: usize = 20;

/// Cookies by host and port, then by name. Nothing else of a cookie matters here but its end.
#[derive(Default)]
pub(crate) struct Browser {
    cookies: BTreeMap<String, BTreeMap<String, String>>,
    /// `Set-Cookie` lines as they came.
    pub(crate) set_cookies: Vec<String>,
}

/// What is shown.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) status: u16,
    pub(crate) headers: bheem_http_kit::HeaderMap,
    pub(crate) body: String,
}

/// A form of a page.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) method: String,
    /// Names and values; of buttons too.
    pub(crate) fields: Vec<(String, String)>,
}

impl Browser {
    /// Asks once, without following a redirect.
    pub(crate) async fn fetch(
        &mut self,
        method: Method,
        url: &Url,
        headers: &[(&'static str, &str)],
        form: Option<&[(String, String)]>,
    ) -> Page {
        self.try_fetch(method, url, headers, form).await.unwrap()
    }

    /// As [`Browser::fetch`]; `None` when nobody answers.
    pub(crate) async fn try_fetch(
        &mut self,
        method: Method,
        url: &Url,
        headers: &[(&'static str, &str)],
        form: Option<&[(String, String)]>,
    ) -> Option<Page> {
        let origin = url.origin().ascii_serialization();
        let http: HttpClient = ClientBuilder::new("browser", &origin, Auth::None, |http| http)
            .build()
            .unwrap();
        let segments: Vec<_> = url.path_segments().unwrap().collect();
        let decoded: Vec<String> = segments
            .iter()
            .map(|segment| bheem_http_kit::decode_segment(segment).unwrap())
            .collect();
        let parts: Vec<&str> = decoded.iter().map(String::as_str).collect();
        let path = EncodedPath::relative(&parts).unwrap();
        let mut request = http.request_path("browse", method, &path);
        for (name, value) in url.query_pairs() {
            request = request.query(&name, &value);
        }
        let jar = self.cookies.entry(origin.clone()).or_default();
        if !jar.is_empty() {
            let line: Vec<String> = jar
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header(header::COOKIE, &line.join("; "));
        }
        for (name, value) in headers {
            request = request.header(bheem_http_kit::HeaderName::from_static(name), value);
        }
        if let Some(fields) = form {
            let mut text = form_urlencoded::Serializer::new(String::new());
            text.extend_pairs(fields);
            request = request
                .header(header::ORIGIN, &origin)
                .bytes("application/x-www-form-urlencoded", text.finish());
        }
        let answer = request.send().await.ok()?;
        for line in answer.headers().get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            self.set_cookies.push(line.to_owned());
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').unwrap();
            let attributes = attributes.to_ascii_lowercase();
            let is_over =
                attributes.contains("max-age=0") || attributes.contains("expires=thu, 01 jan 1970");
            if is_over || value.is_empty() {
                jar.remove(name.trim());
            } else {
                jar.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
        Some(Page {
            url: url.clone(),
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: String::from_utf8_lossy(answer.body()).into_owned(),
        })
    }

    /// Opens a page and follows redirects until `stop` says that the next address is not to be opened.
    pub(crate) async fn open(&mut self, url: &Url, stop: impl Fn(&Url) -> bool) -> Page {
        let page = self.fetch(Method::GET, url, &[], None).await;
        self.follow(page, stop).await
    }

    /// Sends a form and follows redirects as [`Browser::open`].
    pub(crate) async fn submit(
        &mut self,
        page: &Page,
        form: &Form,
        filled: &[(&str, &str)],
        stop: impl Fn(&Url) -> bool,
    ) -> Page {
        let action = page.url.join(&form.action).unwrap();
        let mut fields = form.fields.clone();
        for (name, value) in filled {
            fields.retain(|(other, _)| other != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        assert_eq!(form.method, "post", "{form:?}");
        let answer = self.fetch(Method::POST, &action, &[], Some(&fields)).await;
        self.follow(answer, stop).await
    }

    async fn follow(&mut self, mut page: Page, stop: impl Fn(&Url) -> bool) -> Page {
        for _ in 0..MOST_REDIRECTS {
            let Some(next) = page.location() else {
                return page;
            };
            if stop(&next) {
                return page;
            }
            page = self.fetch(Method::GET, &next, &[], None).await;
        }
        panic!("redirects without end at {}", page.url);
    }

    /// The value of a cookie of this origin.
    pub(crate) fn cookie(&self, origin: &str, name: &str) -> Option<&str> {
        self.cookies.get(origin)?.get(name).map(String::as_str)
    }

    /// Puts a cookie there, as an attacker would.
    pub(crate) fn set_cookie(&mut self, origin: &str, name: &str, value: &str) {
        let jar = self.cookies.entry(origin.to_owned()).or_default();
        jar.insert(name.to_owned(), value.to_owned());
    }
}

impl Page {
    /// Where it leads, if it is a redirect.
    pub(crate) fn location(&self) -> Option<Url> {
        // A page that goes on by itself.
        if let Some(refresh) = self.headers.get(header::REFRESH) {
            let (_, url) = refresh.to_str().unwrap().split_once("url=").unwrap();
            return Some(self.url.join(url).unwrap());
        }
        if !(300..400).contains(&self.status) {
            return None;
        }
        let location = self.headers.get(header::LOCATION)?.to_str().unwrap();
        Some(self.url.join(location).unwrap())
    }

    /// All forms, in order.
    pub(crate) fn forms(&self) -> Vec<Form> {
        let mut forms: Vec<Form> = Vec::new();
        let mut rest = self.body.as_str();
        let mut is_inside = false;
        while let Some(start) = rest.find('<') {
            rest = &rest[start + 1..];
            let Some(end) = end_of_tag(rest) else { break };
            let (tag, after) = (&rest[..end], &rest[end..]);
            rest = after;
            let name: String = tag.chars().take_while(|c| !c.is_whitespace()).collect();
            match name.as_str() {
                "form" => {
                    is_inside = true;
                    forms.push(Form {
                        action: attribute(tag, "action").unwrap_or_default(),
                        method: attribute(tag, "method").unwrap_or_default().to_lowercase(),
                        fields: Vec::new(),
                    });
                }
                "/form" => is_inside = false,
                "input" if is_inside => {
                    let is_unchecked = matches!(
                        attribute(tag, "type").as_deref(),
                        Some("checkbox" | "radio")
                    ) && !tag.contains("checked");
                    if let (Some(name), false) = (attribute(tag, "name"), is_unchecked) {
                        let value = attribute(tag, "value").unwrap_or_default();
                        forms.last_mut().unwrap().fields.push((name, value));
                    }
                }
                _ => {}
            }
        }
        forms
    }

    /// The form that has a field of this name, or whose action ends so.
    pub(crate) fn form(&self, mark: &str) -> Form {
        self.forms()
            .into_iter()
            .find(|form| {
                form.action.ends_with(mark) || form.fields.iter().any(|(name, _)| name == mark)
            })
            .unwrap_or_else(|| {
                panic!(
                    "no form {mark} at {}: {} {}",
                    self.url, self.status, self.body
                )
            })
    }
}

/// Where a tag ends; `>` inside quotes does not count.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    None
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut from = 0;
    loop {
        let at = from + tag.get(from..)?.find(&format!("{name}=\""))?;
        let is_whole = tag[..at].ends_with(char::is_whitespace);
        let value = &tag[at + name.len() + 2..];
        if is_whole {
            return Some(unescape(&value[..value.find('"')?]));
        }
        from = at + 1;
    }
}

fn unescape(text: &str) -> String {
    let mut text = text.to_owned();
    for (escaped, plain) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ] {
        text = text.replace(escaped, plain);
    }
    text
}
