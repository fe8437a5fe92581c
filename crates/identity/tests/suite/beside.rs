//! Registering and signing in tell nothing, together, of whose an address is.

use bheem_identity::{Error, Registered, Registration};
use bheem_persistence::repo::NewAccount;
use chrono::TimeDelta;
use secrecy::SecretString;

use crate::support::{Bed, HashCount, email, from};

const ADDRESS: &str = "ada@corp.example";
const FIRST: &str = "the first password of a stranger";
const SECOND: &str = "the second password of a stranger";

/// Whose the address is that a stranger registers.
#[derive(Debug, Clone, Copy)]
enum Whose {
    Nobodys,
    APersons,
    AnOrganisations,
}

async fn bed(whose: Whose) -> Bed {
    let bed = Bed::new().await;
    match whose {
        Whose::Nobodys => {}
        Whose::APersons => {
            let holder = NewAccount {
                email: Some(email(ADDRESS)),
                email_verified_at: Some(bed.now()),
                ..bed.new_account(ADDRESS).await
            };
            bed.add(&holder).await;
        }
        Whose::AnOrganisations => {
            bed.sql(
                "WITH t AS (INSERT INTO workspace.tenants (id, name, slug, owner_email) \
                 VALUES (gen_random_uuid(), 'T', 't', 't@t.example') RETURNING id) \
                 INSERT INTO workspace.domains \
                   (tenant_id, id, domain, verification_token, claim_expires_at, ownership_verified) \
                 SELECT id, gen_random_uuid(), 'corp.example', 'x', now() + interval '1 day', true FROM t",
            );
        }
    }
    bed
}

fn registration(username: &str, email: Option<&str>, password: &str) -> Registration {
    Registration {
        username: username.to_owned(),
        password: password.into(),
        email: email.map(str::to_owned),
        full_name: None,
        phone: None,
        company_code: None,
    }
}

/// What a stranger sees of an address: each answer, and how many hashes it took.
struct Stranger {
    bed: Bed,
    count: HashCount,
    seen: Vec<String>,
}

impl Stranger {
    fn sees(&mut self, what: &str, answer: &str) {
        let hashes = self.count.get();
        self.seen.push(format!("{what}: {answer}, {hashes} hashes"));
    }

    async fn registers(&mut self, password: &str) {
        let new = registration(ADDRESS, None, password);
        let answer = match self.bed.identity.register(new).await.unwrap() {
            Registered::Account(account) => account.username,
            Registered::AddressTaken { username, .. } => username,
        };
        self.sees("registers", &answer);
    }

    async fn signs_in(&mut self, password: &str) {
        self.bed.clock.advance(TimeDelta::seconds(1));
        let client = from("192.0.2.1");
        let password = SecretString::from(password);
        let answer = self.bed.identity.sign_in(ADDRESS, password, &client).await;
        let answer = match answer {
            Ok(signed_in) => {
                let account = signed_in.account;
                let events = self.bed.identity.login_events(account.id).await.unwrap();
                let (good, bad): (Vec<_>, Vec<_>) = events.iter().partition(|one| one.is_success);
                format!(
                    "{} {:?} {:?} {:?} {} {}",
                    account.username,
                    account.email,
                    account.email_verified_at,
                    account.former_username,
                    good.len(),
                    bad.len(),
                )
            }
            Err(error) => format!("{error:?}"),
        };
        self.sees("signs in", &answer);
    }

    async fn asks_for_a_link(&mut self) {
        let client = from("192.0.2.9");
        let signed_in = self.bed.identity.sign_in(ADDRESS, FIRST.into(), &client);
        let account = signed_in.await.unwrap().account;
        let asked = self
            .bed
            .identity
            .request_email_verification(account.id, &client);
        let answer = format!("{:?}", asked.await);
        self.sees("asks for a link", &answer);
    }
}

async fn seen(whose: Whose) -> Vec<String> {
    let mut stranger = Stranger {
        bed: bed(whose).await,
        count: HashCount::default(),
        seen: Vec::new(),
    };
    let count = stranger.count.clone();
    let _counting = metrics::set_default_local_recorder(&count);
    stranger.registers(FIRST).await;
    for password in [FIRST, "a guess", FIRST] {
        stranger.signs_in(password).await;
    }
    stranger.asks_for_a_link().await;
    stranger.registers(SECOND).await;
    for password in [SECOND, FIRST, "a guess", FIRST] {
        stranger.signs_in(password).await;
    }
    for password in ["the third one", "the fourth one"] {
        stranger.registers(password).await;
        stranger.signs_in(password).await;
    }
    // Until it is too much, whether or not one comes in between.
    for password in ["a guess", FIRST, "a guess", SECOND, "a guess"] {
        stranger.signs_in(password).await;
    }
    stranger.seen
}

#[tokio::test]
async fn registering_and_signing_in_tell_nothing_of_whose_an_address_is() {
    let free = seen(Whose::Nobodys).await;
    assert!(free[1].contains(ADDRESS), "{free:#?}");
    for whose in [Whose::APersons, Whose::AnOrganisations] {
        assert_eq!(seen(whose).await, free, "{whose:?}");
    }
}

#[tokio::test]
async fn an_account_beside_the_holder_is_not_the_holders_and_takes_nothing_from_them() {
    let bed = bed(Whose::APersons).await;
    let new = registration(ADDRESS, None, FIRST);
    let Registered::AddressTaken { account_id, .. } = bed.identity.register(new).await.unwrap()
    else {
        panic!("the address is taken")
    };
    let client = from("192.0.2.1");
    let stranger = bed.identity.sign_in(ADDRESS, FIRST.into(), &client).await;
    assert_eq!(Some(stranger.unwrap().account.id), account_id);
    let holder = bed.sign_in(ADDRESS).await;
    assert_ne!(Some(holder.account.id), account_id);
    assert!(holder.account.email_verified_at.is_some());
    // The address means its holder wherever it is looked for.
    let mut read = bed.read().await;
    let found = read.accounts().find_for_sign_in(ADDRESS).await.unwrap();
    assert_eq!(found.unwrap().id, holder.account.id);
    let found = read
        .accounts()
        .find_by_email(&email(ADDRESS))
        .await
        .unwrap();
    assert_eq!(found.unwrap().id, holder.account.id);
    // Coming in by one's own password is no way to go on guessing the holder's.
    for _ in 0..3 {
        let guess = bed.fail(ADDRESS, &client).await;
        assert!(matches!(guess, Error::BadCredentials), "{guess:?}");
        if let Err(error) = bed.identity.sign_in(ADDRESS, FIRST.into(), &client).await {
            assert!(matches!(error, Error::TooMany { .. }), "{error:?}");
        }
    }
    let guess = bed.fail(ADDRESS, &client).await;
    assert!(matches!(guess, Error::TooMany { .. }), "{guess:?}");
}

#[tokio::test]
async fn whoever_registers_again_with_the_same_password_finds_their_own_account() {
    let bed = bed(Whose::APersons).await;
    let password = bed.password().await;
    let new = Registration {
        password,
        ..registration(ADDRESS, None, FIRST)
    };
    bed.identity.register(new).await.unwrap();
    let holder = bed.sign_in(ADDRESS).await;
    assert!(holder.account.email_verified_at.is_some());
}

#[tokio::test]
async fn the_holder_signs_in_as_often_as_they_like_beside_others() {
    let bed = bed(Whose::APersons).await;
    let new = registration(ADDRESS, None, FIRST);
    bed.identity.register(new).await.unwrap();
    for _ in 0..12 {
        bed.sign_in(ADDRESS).await;
    }
}

#[tokio::test]
async fn an_account_beside_another_becomes_the_holder_by_a_proof_from_within() {
    let bed = bed(Whose::Nobodys).await;
    for password in [FIRST, SECOND] {
        let new = registration(ADDRESS, None, password);
        bed.identity.register(new).await.unwrap();
    }
    let client = from("192.0.2.1");
    let second = bed.identity.sign_in(ADDRESS, SECOND.into(), &client).await;
    let second = second.unwrap().account.id;
    let now = bed.now();
    let mut read = bed.read().await;
    let displaced = read
        .accounts()
        .prove_address(second, &email(ADDRESS), now)
        .await;
    assert_eq!(displaced.unwrap().unwrap().len(), 1);
    let found = read.accounts().find_for_sign_in(ADDRESS).await.unwrap();
    assert_eq!(found.unwrap().id, second);
    bed.clock.advance(TimeDelta::seconds(1));
    let first = bed.identity.sign_in(ADDRESS, FIRST.into(), &client).await;
    assert!(matches!(first, Err(Error::Renamed { .. })), "{first:?}");
}
