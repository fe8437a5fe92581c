//! The Bheem Workspace server: routes, extractors and wiring around the library crates.

mod acting;
pub mod api;
pub mod app;
pub mod cli;
pub mod extract;
pub mod health;
pub mod http;
pub mod logging;
pub mod openapi;
pub mod pages;
pub mod problem;
pub mod routes;
pub mod sandbox;
pub mod server;
pub mod settings;
pub mod tidy;
pub mod wiring;
