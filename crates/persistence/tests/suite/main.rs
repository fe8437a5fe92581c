//! The database as the server uses it: one program, so that it is linked once.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod activity;
#[cfg(test)]
mod catalog;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod domains;
#[cfg(test)]
mod erp;
#[cfg(test)]
mod growth;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod indexes;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod isolation_raw;
#[cfg(test)]
mod links;
#[cfg(test)]
mod listener;
#[cfg(test)]
mod members;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod seats;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod signing_keys;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tenants;
#[cfg(test)]
mod throttle;
#[cfg(test)]
mod transactions;
