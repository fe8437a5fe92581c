//! Lists a folder of a bucket:
//! `S3_ENDPOINT=… S3_REGION=… S3_ACCESS_KEY=… S3_SECRET=… cargo run -p bheem-objects --example list -- BUCKET FOLDER`

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example is a program of its own"
)]

use bheem_objects::{Bucket, Key};
use futures::TryStreamExt as _;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let bucket = arguments.next().ok_or("which bucket?")?;
    let folder = arguments.next().ok_or("which folder?")?;
    let (key, secret) = (std::env::var("S3_ACCESS_KEY")?, std::env::var("S3_SECRET")?);
    let bucket = Bucket::builder(std::env::var("S3_REGION")?, bucket, key, secret.into())
        .endpoint(std::env::var("S3_ENDPOINT")?)
        .build()?;
    let folder = Key::from_segments(folder.split('/'))?;
    let mut found = bucket.stream_below(&folder);
    while let Some(meta) = found.try_next().await? {
        println!("{:>12} {}", meta.size, meta.key);
    }
    Ok(())
}
