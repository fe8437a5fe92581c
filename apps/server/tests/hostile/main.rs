//! What attackers send to the provider, and what must come of it: tables of single requests, each with its exact answer,
//! and attacks that take several.
#![cfg(test)]

mod bed;
mod flows;
mod jose;
mod material;
mod people;
mod row;
mod rows;
#[path = "../support/mod.rs"]
mod support;
mod wire;

use bed::Bed;
use row::run;
use rows::{authorize, clients, devices, grants, pages, proofs, registration, tokens};

#[test]
fn there_are_many_rows_and_no_two_are_the_same() {
    let rows: Vec<String> = rows::all()
        .into_iter()
        .flatten()
        .map(|row| format!("{row:?}"))
        .collect();
    println!("{} hostile requests", rows.len());
    assert!(rows.len() >= 120, "{}", rows.len());
    let unique: std::collections::BTreeSet<_> = rows.iter().collect();
    assert_eq!(unique.len(), rows.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_address_that_is_not_registered_is_ever_visited() {
    run(&Bed::start().await, authorize::addresses()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_weaken_a_flow_are_refused() {
    let bed = Bed::start().await;
    run(&bed, authorize::requests()).await;
    run(&bed, authorize::pushed()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_do_not_prove_who_they_are_get_nothing() {
    let bed = Bed::start().await;
    run(&bed, clients::authentication()).await;
    run(&bed, clients::assertions()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_give_nothing_to_whom_they_were_not_given() {
    let bed = Bed::start().await;
    run(&bed, grants::codes()).await;
    run(&bed, grants::refresh()).await;
    run(&bed, grants::exchange()).await;
    run(&bed, grants::forms()).await;
    run(&bed, devices::rows()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proofs_of_possession_are_good_once_for_one_thing() {
    run(&Bed::start().await, proofs::at_the_token_endpoint()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_tokens_open_nothing() {
    let bed = Bed::start().await;
    run(&bed, tokens::at_userinfo()).await;
    run(&bed, tokens::at_introspection()).await;
    run(&bed, tokens::at_the_api()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_registers_more_than_was_allowed() {
    run(&Bed::start().await, registration::rows()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_take_no_foreign_form_and_lead_nowhere_else() {
    let bed = Bed::start().await;
    run(&bed, pages::forms()).await;
    run(&bed, pages::logout()).await;
    run(&bed, pages::scripts()).await;
}
