//! Shows how mail of a domain is set up: `cargo run -p bheem-dns --example check -- example.co.uk`

#![expect(clippy::print_stdout, reason = "an example is a program of its own")]

use bheem_dns::Resolver;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let domain = std::env::args().nth(1).ok_or("which domain?")?;
    let world = Resolver::system()?.build()?;
    let zone = world.authoritative(&domain).await?;
    println!("{zone:?}");
    println!("{:?}", zone.mx(&domain).await?);
    println!("{:#?}", zone.inspect_spf(&domain).await?);
    println!("{:#?}", zone.check_dmarc(&domain).await);
    Ok(())
}
