//! Shows what would be changed so that a name's mail goes to a host; changes nothing:
//! `CLOUDFLARE_API_TOKEN=… cargo run -p bheem-cloudflare --example plan -- example.co.uk mx.mail.example`

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example is a program of its own"
)]

use bheem_cloudflare::{Client, Marker, NewRecord, RecordFilter, Wish, plan_records};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().ok_or("which name?")?;
    let host = arguments.next().ok_or("which mail host?")?;
    let token = std::env::var("CLOUDFLARE_API_TOKEN")?;
    let cloudflare = Client::builder("https://api.cloudflare.com", token.into()).build()?;
    let found = cloudflare.zones().find_zone_for(&name).await?;
    let zone = found.controlled().ok_or("no active zone")?;
    let wish = Wish::new(&zone.name, Marker::new("example")?)
        .record(NewRecord::mx(&name, 10, host))
        .record(NewRecord::txt(&name, "v=spf1 mx ~all"));
    let records = cloudflare.records(&zone.id);
    let plan = plan_records(&records.all(RecordFilter::default()).await?, &wish);
    println!("{:#?}", plan.batch);
    for problem in &plan.problems {
        println!("{problem}");
    }
    Ok(())
}
