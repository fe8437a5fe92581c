//! Nextcloud: OCS for users and groups, `WebDAV` for files, `CalDAV` for calendars, on one socket as
//! the real one (behaviour of Nextcloud 32, and of its source where noted).

mod accounts;
mod app_passwords;
mod brute_force;
mod dav;
mod envelope;
mod group_folders;
mod groups;
mod login_flow;
mod ocs;
mod oidc;
mod options;
mod params;
mod quota;
mod shares;
mod users;

use serde_json::{Value, json};

use crate::{
    busy::{Busy, Turn},
    credentials::Credentials,
    http::{Answer, Request},
    peer::Service,
    store::Store,
};
use accounts::Account;

/// See the module.
pub(crate) struct Nextcloud {
    admin: (String, String),
    sample: (String, String),
    uploads: Busy,
}

impl Nextcloud {
    pub(crate) fn new(credentials: &Credentials) -> Self {
        Self {
            admin: (
                credentials.nextcloud_admin_user.clone(),
                credentials.nextcloud_admin_password.clone(),
            ),
            sample: (
                credentials.nextcloud_sample_user.clone(),
                credentials.nextcloud_sample_password.clone(),
            ),
            uploads: Busy::default(),
        }
    }
}

impl Service for Nextcloud {
    fn seed(&self, store: &mut Store) {
        groups::create(store, groups::ADMIN, groups::ADMIN);
        let mut admin = Account::new(&self.admin.0, &self.admin.1);
        admin.groups.push(groups::ADMIN.to_owned());
        accounts::save(store, &admin);
        let mut sample = Account::new(&self.sample.0, &self.sample.1);
        "Sample User".clone_into(&mut sample.display_name);
        accounts::save(store, &sample);
    }

    /// While a file is being written, a second writer is told that it is locked (Nextcloud's
    /// transactional file locking).
    fn begin(&self, request: &Request) -> Result<Option<Turn>, Answer> {
        let is_upload = request.method == "PUT" && dav::is_file(&request.path);
        if !is_upload {
            return Ok(None);
        }
        match self.uploads.take(&request.path) {
            Some(turn) => Ok(Some(turn)),
            None => Err(dav::failure(423)),
        }
    }

    fn wants(&self, request: &Request, store: &Store) -> Option<String> {
        oidc::wanted(store, request)
    }

    fn learn(&self, found: Value, store: &mut Store) {
        match serde_json::from_value::<oidc::Keys>(found) {
            Ok(keys) => keys.learn(store),
            Err(error) => tracing::warn!(%error, "the provider publishes something else than keys"),
        }
    }

    fn answer(&self, request: &Request, store: &mut Store) -> Answer {
        if let Some(refusal) = brute_force::refusal(request, store) {
            return refusal;
        }
        for prefix in group_folders::PATHS {
            if let Some(segments) = request.segments_after(prefix) {
                return ocs::group_folders(&segments, request, store);
            }
        }
        if let Some(segments) = request.segments_after("/ocs/v1.php/") {
            return ocs::answer(envelope::Version::V1, &segments, request, store);
        }
        if let Some(segments) = request.segments_after("/ocs/v2.php/") {
            return ocs::answer(envelope::Version::V2, &segments, request, store);
        }
        if let Some(answer) = login_flow::answer(request, store) {
            return answer;
        }
        if let Some(answer) = app_passwords::settings(request, store) {
            return answer;
        }
        if let Some(answer) = dav::public::answer(request, store) {
            return answer;
        }
        if let Some(identifier) = request.path.strip_prefix(oidc::LOGOUT_PATH)
            && request.method == "POST"
        {
            return oidc::logout(identifier, request, store);
        }
        match request.path.as_str() {
            "/status.php" => Answer::json(200, &status()),
            "/.well-known/caldav" | "/.well-known/carddav" => {
                let host = request.header("host").unwrap_or("localhost");
                Answer::empty(301).with("Location", format!("http://{host}/remote.php/dav/"))
            }
            _ => dav::answer(request, store),
        }
    }

    fn die(&self, request: &Request, store: &mut Store) {
        let is_creation = request.method == "POST" && request.path.ends_with("/cloud/users");
        if let accounts::Caller::Known(caller, _) = accounts::caller(store, request)
            && is_creation
            && caller.is_admin()
        {
            users::half_create(store, &params::Params::of(request));
        }
    }

    fn failure(&self, status: u16) -> Answer {
        dav::failure(status)
    }

    fn state(&self, store: &Store) -> Value {
        json!({
            "users": accounts::state(store),
            "groups": groups::state(store),
            "calendars": dav::calendar_state(store),
            "files": dav::file_state(store),
            "shares": shares::state(store),
            "group_folders": group_folders::state(store),
            "oidc_logouts": oidc::state(store),
            "options": options::load(store),
        })
    }

    fn control(&self, path: &str, request: &Request, store: &mut Store) -> Option<Answer> {
        match (request.method.as_str(), path) {
            (_, "options") => Some(options::control(request, store)),
            ("POST", "forget-sync-tokens") => {
                dav::forget_sync_tokens(store);
                Some(Answer::empty(204))
            }
            _ => None,
        }
    }
}

fn status() -> Value {
    json!({
        "installed": true,
        "maintenance": false,
        "needsDbUpgrade": false,
        "version": "32.0.2.2",
        "versionstring": "32.0.2",
        "edition": "",
        "productname": "Nextcloud",
        "extendedSupport": false,
    })
}
