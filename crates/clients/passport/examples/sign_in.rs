//! Signs in with a name and a password from standard input and prints who that is.

use std::io::{BufRead, Write};

use bheem_passport::{Client, SignIn};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut lines = std::io::stdin().lock().lines();
    let mut next = || lines.next().transpose().map(Option::unwrap_or_default);
    let (url, company, name, password) = (next()?, next()?, next()?, next()?);
    let passport = Client::builder(url).build()?;
    let mut out = std::io::stdout();
    match passport.sign_in(&name, password.into(), &company).await? {
        SignIn::Tokens(tokens) => {
            let user = passport.current_user(&tokens.access_token).await?;
            writeln!(out, "{} ({})", user.username, user.id)?;
        }
        SignIn::Refused => writeln!(out, "wrong name or password")?,
    }
    Ok(())
}
