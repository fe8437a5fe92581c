use bheem_mail::{Effect, ErrorKind};

use crate::peer::{Peer, Step, say};

/// Capabilities and a login, and then the script.
fn sieve(script: Vec<Step>) -> Vec<Step> {
    let mut all = vec![
        say(
            "\"IMPLEMENTATION\" \"x\"\r\n\"SASL\" \"PLAIN\"\r\n\"SIEVE\" \"fileinto vacation\"\r\nOK \"hi\"\r\n",
        ),
        Step::Hear("AUTHENTICATE \"PLAIN\" {"),
        Step::Hear(""),
        say("OK\r\n"),
    ];
    all.extend(script);
    all
}

#[tokio::test]
async fn a_broken_server_is_understood() {
    use Effect::{Rejected, Unknown};
    use ErrorKind::{Invalid, Protocol, Timeout, Unauthorized, Unavailable};
    for (name, answer, kind, effect) in [
        ("hangs", vec![Step::Hang], Timeout, Unknown),
        ("goes", vec![], Unavailable, Unknown),
        (
            "says good-bye",
            vec![say("BYE \"gone\"\r\n")],
            Unavailable,
            Unknown,
        ),
        (
            "talks nonsense",
            vec![say("x \"open\r\n"), Step::Hang],
            Protocol,
            Unknown,
        ),
        (
            "announces a giant",
            vec![say("{4000000000}\r\n"), Step::Hang],
            Protocol,
            Unknown,
        ),
        ("floods", vec![Step::Flood("\"x\"\r\n")], Protocol, Unknown),
        (
            "is away",
            vec![say("NO (TRYLATER) \"later\"\r\n")],
            Unavailable,
            Rejected,
        ),
        (
            "has no room",
            vec![say("NO (QUOTA/MAXSCRIPTS) \"full\"\r\n")],
            Invalid,
            Rejected,
        ),
        ("refuses", vec![say("NO {2}\r\nno\r\n")], Invalid, Rejected),
        (
            "wants encryption",
            vec![say("NO (ENCRYPT-NEEDED)\r\n")],
            Unauthorized,
            Rejected,
        ),
    ] {
        let mut script = vec![Step::Hear("LISTSCRIPTS")];
        script.extend(answer);
        let peer = Peer::start(vec![sieve(script)]).await;
        let error = peer
            .account(name == "hangs")
            .scripts()
            .list()
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.effect()),
            (kind, effect),
            "{name}: {error:?}"
        );
        assert_eq!(error.is_over_quota(), name == "has no room");
    }
}

#[tokio::test]
async fn a_refused_login_is_understood() {
    let mut script = sieve(vec![]);
    script[3] = say("NO \"Authentication failed.\"\r\n");
    let peer = Peer::start(vec![script]).await;
    let error = peer.account(false).scripts().list().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.effect()),
        (ErrorKind::Unauthorized, Effect::Rejected),
        "{error:?}"
    );
}

#[tokio::test]
async fn names_and_texts_are_read_in_both_forms() {
    let list = "\"a \\\"b\\\"\"\r\n{3}\r\nx y ACTIVE\r\nOK\r\n";
    let peer = Peer::start(vec![sieve(vec![
        Step::Hear("LISTSCRIPTS"),
        say(list),
        Step::Hear("LOGOUT"),
    ])])
    .await;
    let scripts = peer.account(false).scripts().list().await.unwrap();
    let found: Vec<_> = scripts
        .iter()
        .map(|one| (one.name.as_str(), one.is_active))
        .collect();
    assert_eq!(found, [("a \"b\"", false), ("x y", true)]);
}

#[tokio::test]
async fn a_name_that_cannot_be_read_hides_no_others() {
    // A string without an end, and one whose first byte is half a letter.
    let list = "\"one\"\r\n\"open\r\n{1}\r\né\r\nWHAT\r\n\"two\" ACTIVE\r\nOK\r\n";
    let peer = Peer::start(vec![sieve(vec![
        Step::Hear("LISTSCRIPTS"),
        say(list),
        Step::Hear("LOGOUT"),
    ])])
    .await;
    let scripts = peer.account(false).scripts().list().await.unwrap();
    let names: Vec<&str> = scripts.iter().map(|one| one.name.as_str()).collect();
    assert_eq!((names, scripts.left_out), (vec!["one", "two"], 3));
}
