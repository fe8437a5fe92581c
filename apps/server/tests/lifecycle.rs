//! Accounts, memberships and domains that change hands, over HTTP: nobody gets at what the rules do not give them.
#![cfg(test)]

mod support;

#[path = "lifecycle/accounts.rs"]
mod accounts;
#[path = "lifecycle/consent.rs"]
mod consent;
#[path = "lifecycle/domains.rs"]
mod domains;
#[path = "lifecycle/histories.rs"]
mod histories;
#[path = "lifecycle/owners.rs"]
mod owners;
