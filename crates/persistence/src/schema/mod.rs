//! The tables as diesel sees them; kept in step with `migrations/` by a test that reads the catalog.

mod auth;
mod workspace;

pub(crate) use auth::*;
pub(crate) use workspace::*;

diesel::allow_tables_to_appear_in_same_query!(
    tenants,
    tenant_users,
    users,
    account_credentials,
    sessions,
    external_identities,
    login_events,
    clients,
    client_secrets,
    tenant_clients,
    grants,
    session_clients,
    consents,
    domains
);
