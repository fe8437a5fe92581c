//! LiveKit's server API: Twirp over JSON (<https://docs.livekit.io/reference/server/server-apis/>). Nobody can see or hear
//! anything here; joining and leaving is done by control, with the token that a browser would show.

mod egress;
mod participants;
mod people;
mod rooms;
mod token;
mod twirp;
mod webhooks;

use serde_json::{Value, json};

use crate::{
    credentials::Credentials,
    http::{Answer, Request},
    peer::Service,
    store::Store,
};
use token::Keys;
use twirp::{Refusal, Reply};

/// See the module.
pub(crate) struct LiveKit {
    keys: Keys,
}

impl LiveKit {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        Self {
            keys: Keys {
                api_key: credentials.livekit_api_key.clone(),
                api_secret: credentials.livekit_api_secret.clone(),
            },
        }
    }

    fn call(&self, request: &Request, store: &mut Store) -> Reply {
        let path = request.path.strip_prefix("/twirp/").unwrap_or_default();
        let (service, method) = path
            .split_once('/')
            .ok_or_else(|| Refusal::new("bad_route", "no handler for path"))?;
        if request.method != "POST" {
            return Err(Refusal::new("bad_route", "unsupported method (only POST)"));
        }
        let grant = self.keys.grant(request)?;
        let body = request
            .json()
            .filter(Value::is_object)
            .ok_or_else(|| Refusal::new("malformed", "the json request could not be decoded"))?;
        let keys = &self.keys;
        match (service, method) {
            ("livekit.RoomService", "CreateRoom") => rooms::create(store, &grant, &body),
            ("livekit.RoomService", "ListRooms") => rooms::list(store, &grant, &body),
            ("livekit.RoomService", "DeleteRoom") => rooms::delete(store, &grant, &body, keys),
            ("livekit.RoomService", "UpdateRoomMetadata") => {
                rooms::set_metadata(store, &grant, &body)
            }
            ("livekit.RoomService", method) => {
                participants::call(store, &grant, &body, keys, method)
            }
            ("livekit.Egress", method) => egress::call(store, &grant, &body, keys, method),
            _ => Err(Refusal::new("bad_route", "no handler for path")),
        }
    }
}

impl Service for LiveKit {
    fn seed(&self, _store: &mut Store) {}

    fn answer(&self, request: &Request, store: &mut Store) -> Answer {
        match self.call(request, store) {
            Ok(body) => twirp::answer(200, &body),
            Err(refusal) => refusal.answer(),
        }
    }

    fn failure(&self, status: u16) -> Answer {
        let code = match status {
            401 => "unauthenticated",
            403 => "permission_denied",
            404 => "not_found",
            409 => "already_exists",
            429 => "resource_exhausted",
            503 => "unavailable",
            _ => "internal",
        };
        let body = json!({"code": code, "msg": "the request could not be completed"});
        twirp::answer(status, &body)
    }

    fn state(&self, store: &Store) -> Value {
        json!({
            "rooms": store.values("room"),
            "participants": store.values("participant"),
            "recordings": store.values("egress"),
            "messages": store.values("message"),
            "options": webhooks::options(store),
        })
    }

    fn control(&self, path: &str, request: &Request, store: &mut Store) -> Option<Answer> {
        match (request.method.as_str(), path) {
            ("GET" | "PUT", "options") => Some(webhooks::control(request, store)),
            ("POST", "join") => Some(people::join(request, store, &self.keys)),
            ("POST", "leave") => Some(people::leave(request, store, &self.keys)),
            ("POST", "close_empty_rooms") => Some(people::close_empty(store, &self.keys)),
            _ => None,
        }
    }
}
