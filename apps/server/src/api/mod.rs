//! The API, by area. A handler takes its arguments apart, calls one use case and puts the answer
//! together.

pub mod accounts;
pub mod admin_tenants;
pub mod auth;
pub mod docs;
pub mod domains;
pub mod health;
pub mod members;
pub mod oidc_clients;
pub mod operations;
mod paged;
pub mod sso;
pub mod tenants;
pub mod workspace;
