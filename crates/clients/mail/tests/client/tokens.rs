//! Logins with tokens (RFC 7628): told in the right form, explained refusals acknowledged, renewed at most once.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bheem_http_kit::{SecretString, SourceError};
use bheem_mail::{Credentials, Effect, Error, ErrorKind, TokenSource};
use futures::future::BoxFuture;

use crate::peer::{Peer, Step, say};

const USER: &str = "a,=b@a.test";
/// `{"status":"invalid_token"}`, encoded (RFC 7628, section 3.2.2).
const WHY: &str = "eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=";

#[derive(Clone, Copy, Debug, PartialEq)]
enum Protocol {
    Imap,
    Submission,
    Sieve,
}
use Protocol::{Imap, Sieve, Submission};

/// What the server does with the next token.
#[derive(Clone, Copy, Debug)]
enum Verdict {
    Accepted,
    Refused,
    /// A challenge says why, and once it is acknowledged the token is refused.
    Explained,
}

impl Protocol {
    fn script(self, mechanism: &str, verdicts: &[Verdict]) -> Vec<Step> {
        let mut script = match self {
            Imap => vec![say(format!(
                "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH={mechanism}] hi\r\n"
            ))],
            Submission => vec![
                say("220 hi\r\n"),
                Step::Hear("EHLO"),
                say(format!("250-hi\r\n250 AUTH {mechanism}\r\n")),
            ],
            Sieve => vec![say(format!("\"SASL\" \"{mechanism}\"\r\nOK\r\n"))],
        };
        for (tag, verdict) in (1..).zip(verdicts) {
            script.push(Step::Hear("AUTH"));
            if self == Sieve {
                script.push(Step::Hear(""));
            }
            if matches!(verdict, Verdict::Explained) {
                script.push(match self {
                    Imap => say(format!("+ {WHY}\r\n")),
                    Submission => say(format!("334 {WHY}\r\n")),
                    Sieve => say(format!("\"{WHY}\"\r\n")),
                });
                script.push(Step::Hear(""));
            }
            let is_in = matches!(verdict, Verdict::Accepted);
            script.push(match (self, is_in) {
                (Imap, true) => say(format!("a{tag} OK [CAPABILITY IMAP4rev1] in\r\n")),
                (Imap, false) => say(format!("a{tag} NO no\r\n")),
                (Submission, true) => say("235 in\r\n"),
                (Submission, false) => say("535 no\r\n"),
                (Sieve, true) => say("OK\r\n"),
                (Sieve, false) => say("NO \"no\"\r\n"),
            });
        }
        if self == Sieve {
            script.extend([Step::Hear("LISTSCRIPTS"), say("OK\r\n")]);
        }
        script
    }

    async fn log_in(self, peer: &Peer, credentials: Credentials) -> Result<(), Error> {
        let client = peer.client(false).build().unwrap();
        let account = client.account(USER, credentials);
        match self {
            Imap => account.verify().await,
            Submission => account.verify_submission().await,
            Sieve => account.scripts().list().await.map(drop),
        }
    }

    /// The tokens that were told, and what followed them.
    fn told(self, peer: &Peer) -> Vec<(String, String)> {
        let heard = peer.heard();
        let mut lines = heard.iter().map(|line| line.trim_end_matches("\r\n"));
        let mut told = Vec::new();
        while let Some(line) = lines.next() {
            if !line.contains("AUTH") {
                continue;
            }
            let token = match self {
                Imap | Submission => line.rsplit(' ').next().unwrap(),
                Sieve => lines.next().unwrap(),
            };
            let token = STANDARD.decode(token).unwrap();
            let next = lines.clone().next().unwrap_or_default();
            told.push((String::from_utf8(token).unwrap(), next.to_owned()));
        }
        told
    }
}

/// Gives the same token whenever it is asked, or first an old one and then new ones.
#[derive(Clone)]
struct Source {
    is_renewing: bool,
    asked: Arc<AtomicUsize>,
}

impl TokenSource for Source {
    fn token<'a>(
        &'a self,
        user: &'a str,
        is_refused: bool,
    ) -> BoxFuture<'a, Result<SecretString, SourceError>> {
        assert_eq!(user, USER);
        self.asked.fetch_add(1, Ordering::SeqCst);
        let token = if is_refused && self.is_renewing {
            "new"
        } else {
            "old"
        };
        Box::pin(std::future::ready(Ok(token.into())))
    }
}

/// The three protocols, by both mechanisms.
async fn each(
    is_renewing: bool,
    verdicts: &[Verdict],
    check: impl Fn(Result<(), Error>, &[(String, String)], &str),
) {
    for protocol in [Imap, Submission, Sieve] {
        for mechanism in ["OAUTHBEARER", "XOAUTH2"] {
            let peer = Peer::start(vec![protocol.script(mechanism, verdicts)]).await;
            let asked = Arc::new(AtomicUsize::new(0));
            let source = Source {
                is_renewing,
                asked: Arc::clone(&asked),
            };
            let is_bearer = mechanism == "OAUTHBEARER";
            let credentials = if is_bearer {
                Credentials::oauth_bearer(source)
            } else {
                Credentials::xoauth2(source)
            };
            let result = protocol.log_in(&peer, credentials).await;
            let about = format!("{protocol:?} {mechanism}: {result:?}");
            let told = protocol.told(&peer);
            for ((text, next), (token, verdict)) in
                told.iter().zip(["old", "new"].iter().zip(verdicts))
            {
                let expected = if is_bearer {
                    let port = peer.port;
                    format!(
                        "n,a=a=2C=3Db@a.test,\x01host=127.0.0.1\x01port={port}\x01auth=Bearer {token}\x01\x01"
                    )
                } else {
                    format!("user={USER}\x01auth=Bearer {token}\x01\x01")
                };
                assert_eq!(text, &expected, "{about}");
                if matches!(verdict, Verdict::Explained) {
                    // Section 3.2.3.
                    let expected = if is_bearer { "AQ==" } else { "" };
                    assert_eq!(next.trim_matches('"'), expected, "{about}");
                }
            }
            let refusals = verdicts.len() - usize::from(result.is_ok());
            let expected = if refusals == 0 { 1 } else { 2 };
            assert_eq!(asked.load(Ordering::SeqCst), expected, "{about}");
            assert_eq!(peer.connections(), 1, "{about}");
            check(result, &told, &about);
        }
    }
}

fn is_refused(result: Result<(), Error>, about: &str) {
    let error = result.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unauthorized, Effect::Rejected),
        "{about}"
    );
}

#[tokio::test]
async fn a_good_token_is_told_once() {
    each(false, &[Verdict::Accepted], |result, told, about| {
        assert!(result.is_ok(), "{about}");
        assert_eq!(told.len(), 1, "{about}");
    })
    .await;
}

#[tokio::test]
async fn a_refused_token_is_not_told_again() {
    for verdict in [Verdict::Refused, Verdict::Explained] {
        each(false, &[verdict], |result, told, about| {
            is_refused(result, about);
            assert_eq!(told.len(), 1, "{about}");
        })
        .await;
    }
}

#[tokio::test]
async fn a_new_token_is_told_on_the_same_connection() {
    for verdict in [Verdict::Refused, Verdict::Explained] {
        each(
            true,
            &[verdict, Verdict::Accepted],
            |result, told, about| {
                assert!(result.is_ok(), "{about}");
                assert_eq!(told.len(), 2, "{about}");
            },
        )
        .await;
    }
}

#[tokio::test]
async fn there_is_no_third_attempt() {
    let verdicts = [Verdict::Explained, Verdict::Explained];
    each(true, &verdicts, |result, told, about| {
        is_refused(result, about);
        assert_eq!(told.len(), 2, "{about}");
    })
    .await;
}

/// RFC 4954, section 4: a line of more than 512 bytes is one that a server need not take.
#[tokio::test]
async fn a_long_token_is_told_when_submission_asks_for_it() {
    let long = "x".repeat(3000);
    let script = vec![
        say("220 hi\r\n"),
        Step::Hear("EHLO"),
        say("250-hi\r\n250 AUTH XOAUTH2\r\n"),
        Step::Hear("AUTH XOAUTH2\r\n"),
        say("334 \r\n"),
        Step::Hear(""),
        say("235 in\r\n"),
    ];
    let peer = Peer::start(vec![script]).await;
    let token = SecretString::from(long.clone());
    let result = Submission.log_in(&peer, Credentials::xoauth2(token)).await;
    assert!(result.is_ok(), "{result:?}");
    let told = STANDARD.decode(peer.heard()[2].trim_end()).unwrap();
    let expected = format!("user={USER}\x01auth=Bearer {long}\x01\x01");
    assert_eq!(told, expected.as_bytes());
}
