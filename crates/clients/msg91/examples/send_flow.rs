//! Sends a message from a template with one variable:
//! `MSG91_AUTH_KEY=… cargo run -p bheem-msg91 --example send_flow -- TEMPLATE +919876543210 NAME VALUE`

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example is a program of its own"
)]

use bheem_msg91::{Client, Flow, Mobile, Recipient};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what: &'static str| arguments.next().ok_or(what);
    let (template, mobile) = (next("which template?")?, next("to whom?")?);
    let (name, value) = (next("which variable?")?, next("with what?")?);
    let msg91 = Client::builder(
        "https://control.msg91.com",
        std::env::var("MSG91_AUTH_KEY")?.into(),
    )
    .build()?;
    let recipient = Recipient::new(Mobile::parse(&mobile)?).variable(name, value);
    let sent = msg91.send_flow(&Flow::new(template).to(recipient)).await?;
    println!("{:?}", sent.request_id);
    Ok(())
}
