use bheem_http_kit::testing::captured_log;
use bheem_mail::{Credentials, SecretString};

use crate::peer::{Peer, Step, say};

#[tokio::test]
async fn no_secret_is_in_logs_errors_or_debug() {
    let refusing = vec![
        say("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=OAUTHBEARER] hi\r\n"),
        Step::Hear("AUTHENTICATE"),
        say("{tag} NO [AUTHENTICATIONFAILED] Y29ycmVjdCBob3JzZQ== correct horse\r\n"),
        Step::Hear("AUTHENTICATE"),
        say("{tag} NO no correct horse\r\n"),
        Step::Hang,
    ];
    let peer = Peer::start(vec![refusing]).await;
    let client = peer.client(false).build().unwrap();
    for credentials in [
        Credentials::password("correct horse"),
        Credentials::oauth_bearer(SecretString::from("correcthorse")),
    ] {
        let account = client.account("alice@a.test", credentials);
        let (result, log) = captured_log(account.verify()).await;
        let error = result.unwrap_err();
        let shown = format!("{error} {error:?} {account:?} {client:?} {log}");
        for secret in ["correct", "horse", "alice", "Y29y"] {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
        assert!(log.contains("verify_login"), "{log}");
    }
}
