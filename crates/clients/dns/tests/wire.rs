//! The resolver against servers that fail in each way.
#![cfg(test)]

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use bheem_dns::{Answer, Cause, Effect, ErrorKind, Resolver, Verdict};
use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, Record, rdata::CNAME, rdata::NS, rdata::TXT};
use tokio::net::UdpSocket;

/// What a server does with every question.
#[derive(Clone, Copy)]
enum Manner {
    Code(ResponseCode),
    Silence,
    Garbage,
    Text(&'static str),
    /// Sends to other servers, though nobody asked for that.
    Referral,
    /// Answers about a name that nobody asked about.
    Stranger,
    /// Each name is an alias of a longer one.
    Aliases,
    /// Only `_dmarc.a.test` has a record.
    Organisation,
}

impl Manner {
    fn reply(self, question: &[u8]) -> Option<Vec<u8>> {
        let asked = Message::from_vec(question).unwrap();
        let query = asked.queries.first().unwrap().clone();
        let name = query.name().clone();
        let mut reply = Message::response(asked.metadata.id, asked.metadata.op_code);
        reply.add_query(query);
        reply.metadata.authoritative = true;
        let text = |name: Name, text: &str| {
            Record::from_rdata(name, 60, RData::TXT(TXT::new(vec![text.to_owned()])))
        };
        match self {
            Self::Silence => return None,
            Self::Garbage => {
                let mut bytes = question.iter().take(2).copied().collect::<Vec<u8>>();
                bytes.extend([0xff; 40]);
                return Some(bytes);
            }
            Self::Code(code) => reply.metadata.response_code = code,
            Self::Text(value) => {
                reply.add_answer(text(name, value));
            }
            Self::Organisation if name.to_ascii().starts_with("_dmarc.a.test") => {
                reply.add_answer(text(name, "v=DMARC1; p=none; sp=reject"));
            }
            Self::Organisation => reply.metadata.response_code = ResponseCode::NXDomain,
            Self::Stranger => {
                reply.add_answer(text(Name::from_ascii("b.test.").unwrap(), "proof"));
            }
            Self::Referral => {
                reply.metadata.authoritative = false;
                let host = Name::from_ascii("ns.elsewhere.test.").unwrap();
                reply.add_authority(Record::from_rdata(name, 60, RData::NS(NS(host))));
            }
            Self::Aliases => {
                let next = Name::from_ascii("x").unwrap().append_domain(&name).unwrap();
                reply.add_answer(Record::from_rdata(name, 60, RData::CNAME(CNAME(next))));
            }
        }
        Some(reply.to_vec().unwrap())
    }
}

#[expect(clippy::disallowed_methods, reason = "it ends with the test")]
async fn server(manner: Manner) -> SocketAddr {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            if let Some(reply) = manner.reply(&buffer[..length]) {
                socket.send_to(&reply, from).await.unwrap();
            }
        }
    });
    address
}

async fn resolver(manners: &[Manner]) -> Resolver {
    let mut servers = Vec::new();
    for manner in manners {
        servers.push(server(*manner).await);
    }
    // Who never answers is not waited for; beside one that does there is time enough for it.
    let never = |one: &Manner| matches!(one, Manner::Silence | Manner::Garbage);
    let limit = Duration::from_millis(match manners {
        [one] if never(one) => 200,
        many if many.iter().any(never) => 3_000,
        _ => 30_000,
    });
    let attempts = if manners.len() > 1 { 1 } else { 2 };
    Resolver::builder(servers)
        .timeout(limit)
        .attempts(attempts)
        .build()
        .unwrap()
}

#[tokio::test]
async fn each_failure_is_told_apart() {
    for (manner, cause, kind, effect) in [
        (
            Manner::Code(ResponseCode::ServFail),
            Cause::ServerFailure,
            ErrorKind::Unavailable,
            Effect::Rejected,
        ),
        (
            Manner::Code(ResponseCode::Refused),
            Cause::Refused,
            ErrorKind::Unauthorized,
            Effect::Rejected,
        ),
        (
            Manner::Code(ResponseCode::NotImp),
            Cause::Code(4),
            ErrorKind::Protocol,
            Effect::Rejected,
        ),
        (
            Manner::Silence,
            Cause::Timeout,
            ErrorKind::Timeout,
            Effect::Unknown,
        ),
    ] {
        let error = resolver(&[manner]).await.txt("a.test").await.unwrap_err();
        assert_eq!(
            (error.cause, error.kind(), error.effect()),
            (cause, kind, effect)
        );
    }
    let nobody = Resolver::builder([]).build().unwrap();
    let error = nobody.txt("a.test").await.unwrap_err();
    assert_eq!(
        (error.cause, error.effect()),
        (Cause::NoServers, Effect::NotSent)
    );
}

#[tokio::test]
async fn garbage_is_no_answer() {
    let error = resolver(&[Manner::Garbage])
        .await
        .txt("a.test")
        .await
        .unwrap_err();
    assert!(
        matches!(
            error.cause,
            Cause::Timeout | Cause::Malformed | Cause::Code(_)
        ),
        "{error}"
    );
}

#[tokio::test]
async fn absence_is_an_answer_and_is_told_in_two_ways() {
    let gone = resolver(&[Manner::Code(ResponseCode::NXDomain)]).await;
    assert_eq!(gone.txt("a.test").await.unwrap(), Answer::NoSuchName);
    let empty = resolver(&[Manner::Code(ResponseCode::NoError)]).await;
    assert_eq!(empty.txt("a.test").await.unwrap(), Answer::NoData);
}

#[tokio::test]
async fn what_one_server_does_not_know_another_is_asked() {
    for manner in [
        Manner::Code(ResponseCode::ServFail),
        Manner::Code(ResponseCode::Refused),
        Manner::Silence,
    ] {
        let resolver = resolver(&[manner, Manner::Text("there")]).await;
        assert!(resolver.has_txt("a.test", "there").await.unwrap());
    }
}

#[tokio::test]
async fn the_most_telling_failure_of_several_is_reported() {
    let resolver = resolver(&[Manner::Silence, Manner::Code(ResponseCode::Refused)]).await;
    assert_eq!(
        resolver.txt("a.test").await.unwrap_err().cause,
        Cause::Refused
    );
}

#[tokio::test]
async fn a_check_that_cannot_be_made_is_neither_for_nor_against() {
    let resolver = resolver(&[Manner::Code(ResponseCode::ServFail)]).await;
    let kind = ErrorKind::Unavailable;
    for check in [
        resolver.check_txt("a.test", "x").await,
        resolver.check_mx("a.test", &["x.test"]).await,
        resolver.check_cname("a.test", "x.test").await,
        resolver.check_spf("a.test", "x.test").await,
        resolver.check_dkim("s._domainkey.a.test", "p=").await,
        resolver.check_dmarc("a.test").await,
    ] {
        assert_eq!(check.verdict, Verdict::Unavailable { kind });
    }
}

#[tokio::test]
async fn answers_about_other_names_prove_nothing() {
    let resolver = resolver(&[Manner::Stranger]).await;
    let found = resolver.txt("a.test").await;
    assert!(found.is_err() || found.unwrap().is_void());
}

#[tokio::test]
async fn aliases_without_end_are_given_up() {
    let resolver = resolver(&[Manner::Aliases]).await;
    assert_eq!(
        resolver.txt("a.test").await.unwrap_err().cause,
        Cause::AliasLoop
    );
    assert_eq!(
        resolver.cname_chain("a.test").await.unwrap_err().cause,
        Cause::AliasLoop
    );
}

#[tokio::test]
async fn a_referral_is_no_data_of_the_world() {
    let resolver = resolver(&[Manner::Referral]).await;
    assert_eq!(resolver.txt("a.test").await.unwrap(), Answer::NoData);
    assert_eq!(
        resolver.authoritative("a.test").await.unwrap_err().cause,
        Cause::NoServers
    );
}

/// RFC 7489, section 6.6.3, step 3.
#[tokio::test]
async fn a_domain_without_a_policy_is_under_that_of_its_organisation() {
    let resolver = resolver(&[Manner::Organisation]).await;
    for (domain, name, expected) in [
        ("a.test", "_dmarc.a.test", Verdict::Valid),
        ("x.y.a.test", "_dmarc.a.test", Verdict::Valid),
        ("x.b.test", "_dmarc.x.b.test", Verdict::Missing),
    ] {
        let check = resolver.check_dmarc(domain).await;
        assert_eq!(
            (check.name.as_str(), &check.verdict),
            (name, &expected),
            "{domain}"
        );
    }
}
