//! Lists the plans: `ERP_URL=… ERP_TOKEN=… cargo run -p bheem-erp --example plans`

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example is a program of its own"
)]

use bheem_erp::{Auth, Client};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let token = Auth::bearer(std::env::var("ERP_TOKEN")?.into());
    let erp = Client::builder(std::env::var("ERP_URL")?, token).build()?;
    for plan in erp.plans().await? {
        println!("{} {} {}", plan.sku, plan.name, plan.base_price);
    }
    Ok(())
}
