//! Prints a token to join a room with: `LIVEKIT_API_KEY=… LIVEKIT_API_SECRET=… cargo run -p bheem-livekit --example join_token -- ROOM IDENTITY`

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example is a program of its own"
)]

use bheem_livekit::{AccessToken, Credentials, ExposeSecret as _, VideoGrant};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let room = arguments.next().ok_or("which room?")?;
    let identity = arguments.next().ok_or("who?")?;
    let credentials = Credentials::new(
        std::env::var("LIVEKIT_API_KEY")?,
        std::env::var("LIVEKIT_API_SECRET")?.into(),
    )?;
    let token = AccessToken::new(identity, VideoGrant::join(room))
        .sign(&credentials, std::time::SystemTime::now())?;
    println!("{}", token.expose_secret());
    Ok(())
}
