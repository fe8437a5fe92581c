//! What every request works with.

use std::{net::IpAddr, time::Duration};

use actix_web::{HttpRequest, web};
use bheem_domain::AccountId;
use bheem_oidc_provider::Provider;
use bheem_services::{ReadAudit, Services};
use bheem_vault::Vault;

use crate::{extract::Assurance, health::Health, http::crowd::Crowd};

/// Shared by all workers; made once, in `wiring`.
#[derive(Debug, Clone)]
pub struct App {
    /// The use cases.
    pub services: Services,
    /// The OpenID Connect provider.
    pub provider: Provider,
    /// Notes of what platform administrators read.
    pub audit: ReadAudit,
    /// How the server is.
    pub health: Health,
    /// Proxies whose word about a client's address is taken.
    pub trusted_proxies: Vec<IpAddr>,
    /// How strong and recent the sign-in of an administrator must be.
    pub administration: Assurance,
    /// What is kept sealed.
    pub vault: Vault,
    /// Requests that are being answered, by account.
    pub crowd: Crowd<AccountId>,
    /// Streams of events that are open, by account.
    pub watchers: Crowd<AccountId>,
    /// Within what time a body must have come.
    pub body_patience: Duration,
    /// Whether old clients may send credentials in a query, where they do.
    pub accepts_credentials: bool,
}

impl App {
    /// The one of this server.
    ///
    /// # Panics
    /// When the server was put together without it, which every request of every test would show.
    #[expect(
        clippy::expect_used,
        reason = "a server without it answers nothing at all"
    )]
    pub(crate) fn of(request: &HttpRequest) -> &Self {
        request
            .app_data::<web::Data<Self>>()
            .expect("the server is wired with its App")
    }
}
