use std::process::Command;

use bheem_local_servers::{
    Error,
    mail::{Alias, MailOptions, MailServers, MailUser, OAuth, is_installed},
};
use tokio::net::TcpStream;

use crate::talk::{Talk, login, servers};

const ALICE: &str = "alice@a.test";

fn alice(passwords: &[&str]) -> MailUser {
    passwords
        .iter()
        .fold(MailUser::new(ALICE), |user, password| {
            user.with_password((*password).into())
        })
}

#[tokio::test]
async fn users_come_and_go_while_it_runs() {
    let Some(servers) = servers(MailOptions::new()).await else {
        return;
    };
    let (_, refused) = login(servers.imap(), ALICE, "one").await;
    assert!(refused.contains("AUTHENTICATIONFAILED"), "{refused}");
    servers.set_users(&[alice(&["one", "two"])]).await.unwrap();
    for password in ["one", "two"] {
        let (_, answer) = login(servers.imap(), ALICE, password).await;
        assert!(answer.starts_with("a OK"), "{password}: {answer}");
    }
    // Of the same length, and within the same second.
    servers.set_users(&[alice(&["six", "two"])]).await.unwrap();
    let (_, refused) = login(servers.imap(), ALICE, "one").await;
    assert!(refused.contains("AUTHENTICATIONFAILED"), "{refused}");
    let (mut open, answer) = login(servers.imap(), ALICE, "six").await;
    assert!(answer.starts_with("a OK"), "{answer}");
    servers.set_users(&[]).await.unwrap();
    let bye = open.hear_until("* BYE").await;
    assert!(!bye.is_empty());
    let (_, refused) = login(servers.imap(), ALICE, "six").await;
    assert!(refused.contains("AUTHENTICATIONFAILED"), "{refused}");
}

#[tokio::test]
async fn a_password_can_be_given_by_its_hash() {
    let Some(servers) = servers(MailOptions::new()).await else {
        return;
    };
    let user = MailUser::new(ALICE).with_password_hash("{PLAIN}one");
    servers.set_users(&[user]).await.unwrap();
    let (_, answer) = login(servers.imap(), ALICE, "one").await;
    assert!(answer.starts_with("a OK"), "{answer}");
}

async fn recipient(servers: &MailServers, address: &str) -> String {
    let (mut talk, greeting) = Talk::with(servers.smtp().unwrap()).await;
    assert!(greeting.starts_with("220"), "{greeting}");
    for line in ["HELO test", "MAIL FROM:<x@elsewhere.test>"] {
        talk.say(line).await;
        talk.hear_until("250").await;
    }
    talk.say(&format!("RCPT TO:<{address}>")).await;
    talk.hear().await
}

#[tokio::test]
async fn postfix_knows_at_once_who_gets_mail_and_lets_nothing_out() {
    let Some(servers) = servers(MailOptions::new()).await else {
        return;
    };
    if servers.smtp().is_none() {
        return;
    }
    assert!(recipient(&servers, ALICE).await.starts_with("550"));
    servers.set_users(&[alice(&["one"])]).await.unwrap();
    servers
        .set_aliases(&[Alias::new("sales@a.test", [ALICE])])
        .await
        .unwrap();
    assert!(recipient(&servers, ALICE).await.starts_with("250"));
    assert!(recipient(&servers, "sales@a.test").await.starts_with("250"));
    let elsewhere = recipient(&servers, "someone@elsewhere.test").await;
    assert!(elsewhere.starts_with("550"), "{elsewhere}");
    servers.set_users(&[]).await.unwrap();
    assert!(recipient(&servers, ALICE).await.starts_with("550"));
}

#[tokio::test]
async fn dropping_ends_it_and_a_directory_keeps_the_mail() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("m");
    let mut permissions = std::fs::metadata(parent.path()).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o711);
    std::fs::set_permissions(parent.path(), permissions).unwrap();
    let options = MailOptions::new().directory(&directory);
    let Some(first) = servers(options.clone()).await else {
        return;
    };
    let trust = first.certificate_pem().to_owned();
    first.set_users(&[alice(&["one"])]).await.unwrap();
    let (mut talk, _) = login(first.imap(), ALICE, "one").await;
    talk.say("b CREATE kept").await;
    talk.hear_until("b OK").await;
    let ports = [first.imap(), first.imaps(), first.sieve(), first.lmtp()];
    let ports: Vec<_> = ports.into_iter().chain(first.submission()).collect();
    drop(first);
    for port in ports {
        assert!(TcpStream::connect(port).await.is_err(), "{port}");
    }
    let second = MailServers::start(options).await.unwrap();
    assert_eq!(second.certificate_pem(), trust);
    second.set_users(&[alice(&["one"])]).await.unwrap();
    let (mut talk, _) = login(second.imap(), ALICE, "one").await;
    talk.say("b SELECT kept").await;
    talk.hear_until("b OK").await;
}

#[tokio::test]
async fn what_would_break_out_of_a_configuration_is_refused() {
    let Some(servers) = servers(MailOptions::new()).await else {
        return;
    };
    for address in [
        "a b@c.test",
        "a@c.test\nx:y@d.test",
        "../../x@d.test",
        "a@../..",
        "a:b@d.test",
        "a",
    ] {
        let refused = servers.set_users(&[MailUser::new(address)]).await;
        assert!(
            matches!(refused, Err(Error::Unusable { .. })),
            "{address}: {refused:?}"
        );
    }
    let newline = alice(&["one\ntwo"]);
    assert!(servers.set_users(&[newline]).await.is_err());
    let hash = MailUser::new(ALICE).with_password_hash("{PLAIN}x:y\nz");
    assert!(servers.set_users(&[hash]).await.is_err());
    let many = alice(&["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    assert!(servers.set_users(&[many]).await.is_err());
    for url in [
        "127.0.0.1/introspect",
        "http://a@b/c",
        "http://a b/",
        "file:///etc/passwd",
    ] {
        let oauth = OAuth::new(url, "dovecot", "secret".into());
        let refused = MailServers::start(MailOptions::new().oauth(oauth)).await;
        assert!(
            matches!(refused, Err(Error::Unusable { .. })),
            "{url}: {refused:?}"
        );
    }
}

/// Run by the test below as another account.
#[tokio::test]
#[ignore = "meant for an account that is not root"]
async fn without_root_there_is_everything_but_postfix() {
    assert!(!nix::unistd::geteuid().is_root());
    is_installed().unwrap();
    let servers = MailServers::start(MailOptions::new()).await.unwrap();
    assert_eq!(servers.submission(), None);
    servers.set_users(&[alice(&["one"])]).await.unwrap();
    let (mut talk, _) = Talk::with(servers.lmtp()).await;
    talk.say("LHLO test").await;
    talk.hear_until("250 ").await;
    for line in ["MAIL FROM:<x@y.test>", "RCPT TO:<alice@a.test>"] {
        talk.say(line).await;
        talk.hear_until("250 ").await;
    }
    talk.say("DATA").await;
    talk.hear_until("354").await;
    talk.say("Subject: hello\r\n\r\nhello\r\n.").await;
    talk.hear_until("250 ").await;
    let (mut talk, answer) = login(servers.imap(), ALICE, "one").await;
    assert!(answer.starts_with("a OK"), "{answer}");
    talk.say("b SELECT INBOX").await;
    talk.hear_until("* 1 EXISTS").await;
}

#[tokio::test]
async fn it_works_for_accounts_other_than_root() {
    if bheem_local_servers::tools("mail").await.unwrap().is_none() {
        return;
    }
    let test = "lifecycle::without_root_there_is_everything_but_postfix";
    let here = std::env::current_exe().unwrap();
    let mut command = if nix::unistd::geteuid().is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]);
        command.arg(here);
        command
    } else {
        Command::new(here)
    };
    let output = command
        .args(["--exact", "--ignored", test])
        .current_dir("/")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}
