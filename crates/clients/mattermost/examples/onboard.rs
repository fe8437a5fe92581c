//! Gives somebody an account and a team:
//! `MATTERMOST_URL=… MATTERMOST_TOKEN=… cargo run -p bheem-mattermost --example onboard -- acme john.doe john@acme.example`

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example is a program of its own"
)]

use bheem_http_kit::throwaway_password;
use bheem_mattermost::{Client, NewTeam, NewUser, names};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let tenant = arguments.next().ok_or("which tenant?")?;
    let local = arguments.next().ok_or("who?")?;
    let email = arguments.next().ok_or("at which address?")?;
    let token = std::env::var("MATTERMOST_TOKEN")?.into();
    let mattermost = Client::builder(std::env::var("MATTERMOST_URL")?, token).build()?;

    let team = NewTeam::new(names::team_name(&tenant), &tenant);
    let team = mattermost.teams().ensure(&team).await?;
    let username = names::username(&tenant, &local, &names::USERNAME_LENGTH);
    let user = NewUser::with_password(email, username, throwaway_password());
    let user = mattermost.users().ensure(&user).await?;
    mattermost.members(&team.id).add(&user.id).await?;
    println!("{} is in {}", user.username, team.name);
    Ok(())
}
