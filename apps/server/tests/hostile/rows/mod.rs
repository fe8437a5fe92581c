//! The tables. Each function answers its rows without a server, so that they can be counted.

pub(crate) mod authorize;
pub(crate) mod clients;
pub(crate) mod devices;
pub(crate) mod grants;
pub(crate) mod pages;
pub(crate) mod proofs;
pub(crate) mod registration;
pub(crate) mod tokens;

use crate::row::Row;

/// Every table.
pub(crate) fn all() -> Vec<Vec<Row>> {
    vec![
        authorize::addresses(),
        authorize::requests(),
        authorize::pushed(),
        clients::authentication(),
        clients::assertions(),
        devices::rows(),
        grants::codes(),
        grants::refresh(),
        grants::exchange(),
        grants::forms(),
        pages::forms(),
        pages::logout(),
        pages::scripts(),
        proofs::at_the_token_endpoint(),
        registration::rows(),
        tokens::at_userinfo(),
        tokens::at_introspection(),
        tokens::at_the_api(),
    ]
}
