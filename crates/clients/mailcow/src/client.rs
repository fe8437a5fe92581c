//! The client and the two exchanges everything is made of.

use bheem_http_kit::{
    Auth, ClientBuilder, HttpClient, Listed, Method, Request, Response, SecretString,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::circuit::Circuit;
use crate::locks::DomainLocks;
use crate::{Aliases, AppPasswords, Domains, Error, Mailboxes, Verdict, names};

/// Adding and deleting run programs in Mailcow's containers: they get this many times the usual limit.
const SLOW_FACTOR: u32 = 4;

/// A client of one Mailcow. Cheap to clone; clones share connections and the queues of writers.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) http: HttpClient,
    pub(crate) locks: DomainLocks,
    circuit: Circuit,
}

impl Client {
    /// Begins a client for the Mailcow at `base_url`, whose path is usually empty.
    pub fn builder(base_url: impl Into<String>, api_key: SecretString) -> ClientBuilder<Self> {
        let auth = Auth::header("x-api-key", api_key);
        ClientBuilder::new("mailcow", base_url, auth, |http| Self {
            http,
            locks: DomainLocks::default(),
            circuit: Circuit::default(),
        })
    }

    /// The mail domains.
    #[must_use]
    pub fn domains(&self) -> Domains<'_> {
        Domains(self)
    }

    /// The mailboxes.
    #[must_use]
    pub fn mailboxes(&self) -> Mailboxes<'_> {
        Mailboxes(self)
    }

    /// The app passwords of mailboxes.
    #[must_use]
    pub fn app_passwords(&self) -> AppPasswords<'_> {
        AppPasswords(self)
    }

    /// The aliases.
    #[must_use]
    pub fn aliases(&self) -> Aliases<'_> {
        Aliases(self)
    }

    /// Sends again, although Mailcow has refused the key. Nothing is sent for five minutes after that, since each
    /// refusal brings our address nearer to being banned.
    pub fn try_again(&self) {
        self.circuit.close();
    }

    /// Reads an object that must be there.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &[&str],
    ) -> Result<T, Error> {
        decode(&self.read(operation, path).await?)
    }

    /// Reads an object; `{}` (and `[]`, which PHP also writes for it) means there is none.
    pub(crate) async fn find<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &[&str],
    ) -> Result<Option<T>, Error> {
        let answer = self.read(operation, path).await?;
        if is_empty(&json(&answer)?) {
            Ok(None)
        } else {
            decode(&answer).map(Some)
        }
    }

    /// Reads a list, member by member; `{}` is an empty one.
    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &[&str],
    ) -> Result<Listed<T>, Error> {
        let value = json(&self.read(operation, path).await?)?;
        refuse_error(operation, &value)?;
        Ok(Listed::of_value(operation, value)?)
    }

    async fn read(&self, operation: &'static str, path: &[&str]) -> Result<Response, Error> {
        let request = self.request(operation, Method::GET, &["get"], path)?;
        self.send(operation, request).await
    }

    /// A request whose path holds names; see [`names`].
    fn request(
        &self,
        operation: &'static str,
        method: Method,
        verb: &[&str],
        path: &[&str],
    ) -> Result<Request, Error> {
        let path: Option<Vec<String>> = path.iter().map(|segment| names::pasted(segment)).collect();
        let path = path.ok_or(Error::Unaddressable { operation })?;
        let segments: Vec<&str> = ["api", "v1"]
            .iter()
            .chain(verb)
            .copied()
            .chain(path.iter().map(String::as_str))
            .collect();
        Ok(self.http.request(operation, method, &segments))
    }

    /// Sends a request, unless the key was refused.
    async fn send(&self, operation: &'static str, request: Request) -> Result<Response, Error> {
        if self.circuit.is_open() {
            return Err(Error::KeyRefused { operation });
        }
        let answer = request.send().await?;
        if answer.status().as_u16() == 401 {
            self.circuit.open();
        }
        check_status(answer)
    }

    /// Sends a write and gives the verdict on its answer.
    pub(crate) async fn write<T: Serialize + ?Sized>(
        &self,
        operation: &'static str,
        path: &[&str],
        body: &T,
    ) -> Result<(), Error> {
        let timeout = self.http.timeout().saturating_mul(SLOW_FACTOR);
        let request = self
            .request(operation, Method::POST, &[], path)?
            .json(body)
            .timeout(timeout);
        let answer = self.send(operation, request).await?;
        Verdict::read(&json(&answer)?)
            .ok_or(Error::Protocol {
                operation,
                reason: "not a list of entries",
            })?
            .judge(operation)
    }
}

fn is_empty(answer: &Value) -> bool {
    match answer {
        Value::Null => true,
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// The body as JSON. An exception inside leaves none at all, and what stands before Mailcow answers with pages.
fn json(answer: &Response) -> Result<Value, Error> {
    let operation = answer.operation();
    let first = answer
        .body()
        .iter()
        .find(|byte| !byte.is_ascii_whitespace());
    match first {
        None => Err(Error::EmptyAnswer { operation }),
        Some(b'<') => Err(Error::Page {
            operation,
            status: answer.status().as_u16(),
        }),
        Some(_) => Ok(answer.json()?),
    }
}

/// A bare `{"type": "error"}` can take the place of any object.
fn refuse_error(operation: &'static str, value: &Value) -> Result<(), Error> {
    match Verdict::read(value).filter(|verdict| !verdict.entries.is_empty()) {
        Some(verdict) => verdict.judge(operation),
        None => Ok(()),
    }
}

fn decode<T: DeserializeOwned>(answer: &Response) -> Result<T, Error> {
    refuse_error(answer.operation(), &json(answer)?)?;
    Ok(answer.json()?)
}

/// Mailcow means what 401, 403 and 5xx say. A 404 speaks of the route, not of the object.
fn check_status(answer: Response) -> Result<Response, Error> {
    let operation = answer.operation();
    let status = answer.status().as_u16();
    match status {
        401 | 403 => Err(refusal(&answer)),
        404 | 405 => Err(Error::Protocol {
            operation,
            reason: "no such route: is the base URL right?",
        }),
        300..=399 => Err(Error::Page { operation, status }),
        _ => Ok(answer.checked()?),
    }
}

/// Mailcow refuses in JSON; anything else is somebody in front of it.
fn refusal(answer: &Response) -> Error {
    let operation = answer.operation();
    let status = answer.status().as_u16();
    let said = answer.json::<Value>().ok();
    let said = said.as_ref().and_then(|value| value.get("msg")?.as_str());
    match (status, said) {
        (401, said) => Error::Unauthorized {
            operation,
            said: said.unwrap_or_default().to_owned().into(),
        },
        (_, Some(said)) if said.contains("read/write access denied") => {
            Error::ReadOnlyKey { operation }
        }
        (_, Some(said)) => Error::Unauthorized {
            operation,
            said: said.to_owned().into(),
        },
        (_, None) => Error::Blocked { operation, status },
    }
}
