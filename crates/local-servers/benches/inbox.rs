//! An inbox of 100,000 messages: how long the newest page takes after connecting, and whether pages cost the same
//! everywhere. Prints figures.
//!
//! The messages are written straight into the Maildir, with names that carry their sizes, as Dovecot's own would; one listing
//! makes Dovecot take them in before anything is measured, as it would have while they arrived.

use std::{
    error::Error,
    fs,
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use bheem_local_servers::mail::{MailOptions, MailServers, MailUser, is_installed};
use bheem_mail::{
    Account, Client, Endpoint, Timeouts,
    imap::{Cursor, ListQuery},
};

const MESSAGES: u32 = 100_000;
const USER: &str = "alice@bench.test";

fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().any(|argument| argument == "--test") {
        return Ok(());
    }
    let mut out = std::io::stdout();
    if let Err(missing) = is_installed() {
        writeln!(out, "left out: {missing}")?;
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run(&mut out))
}

async fn run(out: &mut impl std::io::Write) -> Result<(), Box<dyn Error>> {
    let servers = MailServers::start(MailOptions::new()).await?;
    let user = MailUser::new(USER).with_password("bench".into());
    servers.set_users(&[user]).await?;
    let began = Instant::now();
    fill(&servers)?;
    writeln!(
        out,
        "{MESSAGES} messages written in {:.1?}",
        began.elapsed()
    )?;
    let client = Client::builder("localhost")
        .imap(Endpoint::implicit(servers.imaps().port()))
        .root_certificate_pem(servers.certificate_pem())
        .timeouts(Timeouts {
            command: Duration::from_mins(10),
            ..Timeouts::default()
        })
        .build()?;
    let account = client.account_with_password(USER, "bench");
    let began = Instant::now();
    walk(&account, |_, _| ()).await?;
    writeln!(out, "taken in by the server in {:.1?}", began.elapsed())?;

    // Each without anything that another client has kept. The first one finds a server that has just written its index.
    let mut logins = Vec::new();
    let mut newest = Vec::new();
    for _ in 0..11 {
        let account = fresh(&servers)?;
        let began = Instant::now();
        account.capabilities().await?;
        logins.push(began.elapsed());
        let began = Instant::now();
        let page = account
            .messages("INBOX")
            .list(&ListQuery::new(), None)
            .await?;
        newest.push((began.elapsed(), page.items.len()));
    }
    logins.sort_unstable();
    let login = logins.get(5).copied().unwrap_or_default();
    writeln!(out, "connect and log in: {login:.1?} (median of 11)")?;
    if let Some((time, count)) = newest.first() {
        writeln!(
            out,
            "newest {count} after that, right after the server took all in: {time:.1?}"
        )?;
    }
    newest.remove(0);
    newest.sort_unstable();
    let (median, slowest) = (newest.get(5), newest.last());
    for (name, found) in [("median", median), ("slowest", slowest)] {
        let time = found.map_or(Duration::ZERO, |(time, _)| *time);
        writeln!(
            out,
            "newest 50 after that, the {name} of 10 other connections: {time:.1?} (wanted: below 150 ms)"
        )?;
    }
    let account = fresh(&servers)?;

    let mut times = Vec::new();
    let count = walk(&account, |_, time| times.push(time)).await?;
    let middle = times.len() / 2;
    for (name, range) in [
        ("first", 1..21),
        ("middle", middle..middle + 20),
        (
            "last",
            times.len().saturating_sub(21)..times.len().saturating_sub(1),
        ),
    ] {
        let mut some = times.get(range).unwrap_or_default().to_vec();
        some.sort_unstable();
        let median = some.get(some.len() / 2).copied().unwrap_or_default();
        writeln!(
            out,
            "a page among the {name} ones: {median:.1?} (median of {})",
            some.len()
        )?;
    }
    writeln!(out, "{count} messages in {} pages", times.len())?;
    Ok(())
}

/// An account whose client has no connection yet.
fn fresh(servers: &MailServers) -> Result<Account, Box<dyn Error>> {
    let client = Client::builder("localhost")
        .imap(Endpoint::implicit(servers.imaps().port()))
        .root_certificate_pem(servers.certificate_pem())
        .build()?;
    Ok(client.account_with_password(USER, "bench"))
}

/// All pages from the newest to the oldest.
async fn walk(
    account: &Account,
    mut seen: impl FnMut(usize, Duration),
) -> Result<usize, Box<dyn Error>> {
    let inbox = account.messages("INBOX");
    let query = ListQuery::new().limit(50);
    let mut after: Option<Cursor> = None;
    let mut count = 0;
    loop {
        let began = Instant::now();
        let page = inbox.list(&query, after).await?;
        count += page.items.len();
        seen(page.items.len(), began.elapsed());
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(count),
        }
    }
}

fn fill(servers: &MailServers) -> Result<(), Box<dyn Error>> {
    let maildir = servers.maildir(USER)?;
    let current = maildir.join("cur");
    for part in ["cur", "new", "tmp"] {
        fs::create_dir_all(maildir.join(part))?;
    }
    for number in 1..=MESSAGES {
        let text = format!(
            "From: Writer {writer} <writer-{writer}@elsewhere.test>\r\nTo: {USER}\r\nSubject: Message {number}\r\n\
             Date: Tue, 1 Jul 2025 10:52:37 +0200\r\nMessage-ID: <{number}@elsewhere.test>\r\n\r\nHello\r\n",
            writer = number % 100,
        );
        let size = text.len();
        // In the order of their numbers.
        let name = format!(
            "{}.M{number}P1.bench,S={size},W={size}:2,",
            1_700_000_000 + number
        );
        fs::write(current.join(name), text)?;
    }
    let (user, group) = servers.owner();
    give(&maildir, user, group)?;
    if let Some(home) = maildir.parent() {
        std::os::unix::fs::chown(home, Some(user), Some(group))?;
        if let Some(domain) = home.parent() {
            std::os::unix::fs::chown(domain, Some(user), Some(group))?;
        }
    }
    Ok(())
}

fn give(directory: &Path, user: u32, group: u32) -> Result<(), Box<dyn Error>> {
    std::os::unix::fs::chown(directory, Some(user), Some(group))?;
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            give(&path, user, group)?;
        } else {
            std::os::unix::fs::chown(&path, Some(user), Some(group))?;
        }
    }
    Ok(())
}
