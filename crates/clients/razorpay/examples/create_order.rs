//! Makes an order, or finds the one that was made for the same receipt:
//! `RAZORPAY_KEY_ID=… RAZORPAY_KEY_SECRET=… cargo run -p bheem-razorpay --example create_order -- invoice-17 49900`

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example is a program of its own"
)]

use bheem_razorpay::{Client, NewOrder};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let receipt = arguments.next().ok_or("which receipt?")?;
    let amount = arguments.next().ok_or("how many paise?")?.parse()?;
    let razorpay = Client::builder(
        "https://api.razorpay.com",
        std::env::var("RAZORPAY_KEY_ID")?,
        std::env::var("RAZORPAY_KEY_SECRET")?.into(),
    )
    .build()?;
    let order = razorpay
        .orders()
        .ensure(&NewOrder::new(amount, "INR", receipt))
        .await?;
    println!("{} {}", order.id, order.status);
    Ok(())
}
