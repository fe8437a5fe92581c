//! The client and the two exchanges everything is made of.

use bheem_http_kit::{Auth, ClientBuilder, HttpClient, Method, Request, Response, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::circuit::Circuit;
use crate::locks::DomainLocks;
use crate::{Aliases, AppPasswords, Domains, Error, Mailboxes, Verdict};

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
        if is_empty(&answer.json()?) {
            Ok(None)
        } else {
            decode(&answer).map(Some)
        }
    }

    /// Reads a list; `{}` is an empty one.
    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &[&str],
    ) -> Result<Vec<T>, Error> {
        let answer = self.read(operation, path).await?;
        if is_empty(&answer.json()?) {
            Ok(Vec::new())
        } else {
            decode(&answer)
        }
    }

    async fn read(&self, operation: &'static str, path: &[&str]) -> Result<Response, Error> {
        let segments: Vec<&str> = ["api", "v1", "get"].iter().chain(path).copied().collect();
        let request = self.http.request(operation, Method::GET, &segments);
        self.send(operation, request).await
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
        let segments: Vec<&str> = ["api", "v1"].iter().chain(path).copied().collect();
        let timeout = self.http.timeout().saturating_mul(SLOW_FACTOR);
        let request = self
            .http
            .request(operation, Method::POST, &segments)
            .json(body)
            .timeout(timeout);
        let answer = self.send(operation, request).await?;
        Verdict::read(&answer.json::<Value>()?)
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

/// A bare `{"type": "error"}` can take the place of any object.
fn decode<T: DeserializeOwned>(answer: &Response) -> Result<T, Error> {
    if let Some(verdict) =
        Verdict::read(&answer.json()?).filter(|verdict| !verdict.entries.is_empty())
    {
        verdict.judge(answer.operation())?;
    }
    Ok(answer.json()?)
}

/// Mailcow means what 401, 403 and 5xx say. A 404 speaks of the route, not of the object.
fn check_status(answer: Response) -> Result<Response, Error> {
    let operation = answer.operation();
    match answer.status().as_u16() {
        401 | 403 => Err(Error::Unauthorized { operation }),
        404 | 405 => Err(Error::Protocol {
            operation,
            reason: "no such route: is the base URL right?",
        }),
        _ => Ok(answer.checked()?),
    }
}
