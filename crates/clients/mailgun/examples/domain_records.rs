//! Adds a domain and shows which records it needs:
//! `MAILGUN_API_KEY=… cargo run -p bheem-mailgun --example domain_records -- eu acme.example`

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example is a program of its own"
)]

use bheem_mailgun::{Client, NewDomain, Region};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let region = match arguments.next().as_deref() {
        Some("us") => Region::Us,
        Some("eu") => Region::Eu,
        _ => return Err("us or eu?".into()),
    };
    let name = arguments.next().ok_or("which domain?")?;
    let key = std::env::var("MAILGUN_API_KEY")?.into();
    let mailgun = Client::of_region(region, key).build()?;
    let domain = mailgun.domains().ensure(&NewDomain::new(&name)).await?;
    for record in domain.sending.iter().chain(&domain.receiving) {
        let at = record.name.as_deref().unwrap_or(&name);
        println!(
            "{at} {} {} ({})",
            record.record_type, record.value, record.valid
        );
    }
    Ok(())
}
