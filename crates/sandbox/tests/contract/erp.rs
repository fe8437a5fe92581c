//! The ERP: what its client is promised.

#[path = "../../../clients/erp/tests/contract/mod.rs"]
mod suite;

use bheem_erp::{Auth, Client, Limit};
use bheem_sandbox::Sandbox;

#[tokio::test]
async fn the_contract_holds() {
    let sandbox = Sandbox::in_memory().await.unwrap();
    let peer = &sandbox.erp;
    let token = Auth::bearer(peer.credential("token").to_owned().into());
    let erp = Client::builder(&peer.base_url, token).build().unwrap();
    suite::subscriptions(&erp, "user-1").await;
    suite::contacts(&erp, "john@acme.test").await;
    let largest = erp
        .find_plan_by_sku("WORKSPACE-ENTERPRISE")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(largest.max_users(), Some(Limit::Unlimited));
    assert_eq!(largest.base_price.minor_units(), 999_900);
}
