//! Locks (RFC 4918, sections 6, 7 and 9.10), where a server offers them: class 2. Nextcloud does not.

use std::fmt::Write as _;
use std::time::Duration;

use bheem_http_kit::{Deleted, HeaderName, Method, Request, Response, header};

use crate::client::{DEPTH, method};
use crate::xml::{Element, Name, escape, parse};
use crate::{Client, DAV, DavPath, Error};

const TIMEOUT: HeaderName = HeaderName::from_static("timeout");
const LOCK_TOKEN: HeaderName = HeaderName::from_static("lock-token");
const IF: HeaderName = HeaderName::from_static("if");

/// What a server offers, as OPTIONS tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Features {
    /// The classes in the `DAV` header, such as `1`, `2` and `access-control`.
    pub classes: Vec<String>,
    /// The methods in the `Allow` header.
    pub methods: Vec<String>,
}

impl Features {
    /// Locks can be had.
    #[must_use]
    pub fn has_locks(&self) -> bool {
        self.classes.iter().any(|class| class == "2")
    }
}

/// How many may hold a lock at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockScope {
    /// One.
    Exclusive,
    /// Several, if all of them take it so.
    Shared,
}

/// A lock to take.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct LockRequest {
    scope: LockScope,
    is_deep: bool,
    owner: Option<String>,
    timeout: Option<Duration>,
}

impl LockRequest {
    /// A lock of one resource, for as long as the server likes.
    pub const fn new(scope: LockScope) -> Self {
        Self {
            scope,
            is_deep: false,
            owner: None,
            timeout: None,
        }
    }

    /// Of a collection and all in it.
    pub fn deep(mut self) -> Self {
        self.is_deep = true;
        self
    }

    /// Who takes it, for others to read.
    pub fn owner(mut self, name: impl Into<String>) -> Self {
        self.owner = Some(name.into());
        self
    }

    /// How long it is to last. The server decides.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    fn body(&self) -> String {
        let scope = match self.scope {
            LockScope::Exclusive => "exclusive",
            LockScope::Shared => "shared",
        };
        let mut body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><d:lockinfo xmlns:d=\"DAV:\"><d:lockscope><d:{scope}/>\
             </d:lockscope><d:locktype><d:write/></d:locktype>"
        );
        if let Some(owner) = &self.owner {
            // Writing to a string cannot fail.
            let _infallible = write!(body, "<d:owner>{}</d:owner>", escape(owner));
        }
        body.push_str("</d:lockinfo>");
        body
    }
}

/// A lock that is held. Whoever knows the token may change what is locked, together with the right credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lock {
    /// What is locked.
    pub path: DavPath,
    /// Its token, an URI.
    pub token: String,
    /// How long it lasts without being refreshed; `None` if it does not end.
    pub timeout: Option<Duration>,
    /// It covers all in the collection.
    pub is_deep: bool,
}

impl Lock {
    /// A lock whose token was kept, to be refreshed or given back.
    #[must_use]
    pub fn known(path: DavPath, token: impl Into<String>) -> Self {
        Self {
            path,
            token: token.into(),
            timeout: None,
            is_deep: false,
        }
    }
}

impl Client {
    /// Asks what the server offers for a resource.
    ///
    /// # Errors
    /// If the exchange or the server fails.
    pub async fn features(&self, path: &DavPath) -> Result<Features, Error> {
        const OPERATION: &str = "options";
        let work = async {
            let request = self.request(OPERATION, Method::OPTIONS, path);
            let answer = Self::exchange(request).await?;
            let list = |name: &str| {
                let values = answer.headers().get_all(name).iter();
                let texts = values.filter_map(|value| value.to_str().ok());
                let items = texts.flat_map(|text| text.split(','));
                items
                    .map(|item| item.trim().to_owned())
                    .filter(|item| !item.is_empty())
                    .collect()
            };
            Ok(Features {
                classes: list("dav"),
                methods: list("allow"),
            })
        };
        self.http.observe(OPERATION, work).await
    }

    /// Takes a lock. On a path where nothing is, the server makes an empty file (section 7.3). Not repeated by
    /// itself: a lock whose token got lost lasts until it times out.
    ///
    /// # Errors
    /// [`Error::Locked`] if somebody else holds one; [`Error::MethodNotAllowed`] or status 501 without locks.
    pub async fn lock(&self, path: &DavPath, wanted: &LockRequest) -> Result<Lock, Error> {
        const OPERATION: &str = "lock";
        let depth = if wanted.is_deep { "infinity" } else { "0" };
        let request = self
            .request(OPERATION, method("LOCK"), path)
            .header(DEPTH, depth)
            .bytes("application/xml; charset=utf-8", wanted.body());
        let request = with_timeout(request, wanted.timeout);
        let work = async {
            let answer = Self::exchange(request).await?;
            if answer.status().as_u16() == 207 {
                return Err(Error::of_parts(&answer));
            }
            read(&answer, path, None)
        };
        self.http.observe(OPERATION, work).await
    }

    /// Makes a lock last longer.
    ///
    /// # Errors
    /// [`Error::Precondition`] if it is gone.
    pub async fn refresh_lock(
        &self,
        lock: &Lock,
        timeout: Option<Duration>,
    ) -> Result<Lock, Error> {
        const OPERATION: &str = "refresh_lock";
        let request = self
            .request(OPERATION, method("LOCK"), &lock.path)
            .header(IF, &format!("(<{}>)", lock.token));
        let request = with_timeout(request, timeout);
        let work = async {
            let answer = Self::exchange(request).await?;
            read(&answer, &lock.path, Some(&lock.token))
        };
        self.http.observe(OPERATION, work).await
    }

    /// Gives a lock back. One that is gone is a success, too.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if it is somebody else's.
    pub async fn unlock(&self, lock: &Lock) -> Result<Deleted, Error> {
        const OPERATION: &str = "unlock";
        let request = self
            .request(OPERATION, method("UNLOCK"), &lock.path)
            .header(LOCK_TOKEN, &format!("<{}>", lock.token))
            .repeatable();
        let work = async {
            match Self::exchange(request).await {
                Ok(_) => Ok(Deleted::Removed),
                // 409 is the answer of section 9.11.1 for a token that names no lock here; others say 412 or 400.
                Err(
                    Error::NotFound { .. }
                    | Error::Conflict { .. }
                    | Error::Precondition { .. }
                    | Error::Invalid { .. },
                ) => Ok(Deleted::Absent),
                Err(error) => Err(error),
            }
        };
        self.http.observe(OPERATION, work).await
    }
}

fn with_timeout(request: Request, timeout: Option<Duration>) -> Request {
    match timeout {
        Some(timeout) => request.header(TIMEOUT, &format!("Second-{}", timeout.as_secs())),
        None => request,
    }
    .header(header::ACCEPT, "application/xml, text/xml")
}

/// The lock that an answer tells of: the token is in a header when it is new, and in the body.
fn read(answer: &Response, path: &DavPath, known: Option<&str>) -> Result<Lock, Error> {
    let operation = answer.operation();
    let root = parse(answer.body()).map_err(|error| Error::Protocol {
        operation,
        source: Some(error.into()),
    })?;
    let active: Vec<&Element> = root
        .child(Name::new(DAV, "lockdiscovery"))
        .into_iter()
        .flat_map(|found| found.children_named(Name::new(DAV, "activelock")))
        .collect();
    let token_of = |lock: &Element| {
        let href = lock
            .child(Name::new(DAV, "locktoken"))?
            .child(Name::new(DAV, "href"))?;
        href.trimmed_text().map(str::to_owned)
    };
    let named = answer
        .header(LOCK_TOKEN.as_str())
        .map(|text| text.trim().trim_matches(['<', '>']).to_owned())
        .or_else(|| known.map(str::to_owned));
    let ours = match &named {
        Some(token) => active
            .iter()
            .find(|lock| token_of(lock).as_ref() == Some(token)),
        None => active.first(),
    };
    let nothing = Error::Protocol {
        operation,
        source: None,
    };
    let Some(ours) = ours else {
        return Err(nothing);
    };
    let token = named
        .or_else(|| token_of(ours))
        .filter(|token| is_sound(token));
    let text = |name| {
        ours.child(Name::new(DAV, name))
            .and_then(Element::trimmed_text)
    };
    Ok(Lock {
        path: path.clone(),
        token: token.ok_or(nothing)?,
        timeout: text("timeout").and_then(seconds),
        is_deep: text("depth").is_some_and(|depth| depth.eq_ignore_ascii_case("infinity")),
    })
}

/// It goes back in a header, between angle brackets.
fn is_sound(token: &str) -> bool {
    token
        .chars()
        .all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>'))
}

/// `Second-3600`, or `Infinite`.
fn seconds(text: &str) -> Option<Duration> {
    let (unit, number) = text.split_at_checked("Second-".len())?;
    if !unit.eq_ignore_ascii_case("second-") {
        return None;
    }
    number.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_read() {
        assert_eq!(seconds("Second-3600"), Some(Duration::from_hours(1)));
        assert_eq!(seconds("Infinite"), None);
        assert_eq!(seconds("Second-é"), None);
        assert_eq!(seconds("é"), None);
    }

    #[test]
    fn an_owner_stays_text() {
        let body = LockRequest::new(LockScope::Shared)
            .owner("</d:owner>&")
            .body();
        let root = parse(body.as_bytes()).unwrap();
        let owner = root.child(Name::new(DAV, "owner")).unwrap();
        assert_eq!(owner.text, "</d:owner>&");
    }
}
