//! People of other systems.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use bheem_identity::{
    Error, Identity, IdentitySource, Ownership, Registered, Registration, Verdict, Verified,
};
use bheem_persistence::repo::{NewAccount, Origin};
use futures::future::join_all;
use secrecy::{ExposeSecret, SecretString};

use crate::support::{Bed, HashCount, email, from};

/// A source that knows one person, by the password "open".
struct Source {
    name: &'static str,
    person: Mutex<Option<Verified>>,
    is_away: Mutex<bool>,
    /// Whether it tells without a password which names are its people's.
    tells: Mutex<bool>,
    asked: AtomicUsize,
}

impl Source {
    fn new(name: &'static str, subject: &str, username: &str) -> Arc<Self> {
        let person = Verified {
            subject: subject.to_owned(),
            username: username.to_owned(),
            email: Some("ada@erp.example".to_owned()),
            is_email_proven: true,
            company_code: Some("BH".to_owned()),
            company_id: Some(uuid::Uuid::from_u128(5)),
            ..Verified::default()
        };
        Arc::new(Self {
            name,
            person: Mutex::new(Some(person)),
            is_away: Mutex::new(false),
            tells: Mutex::new(false),
            asked: AtomicUsize::new(0),
        })
    }
}

#[async_trait]
impl IdentitySource for Source {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn owns(&self, name: &str) -> Ownership {
        if !*self.tells.lock().unwrap() {
            return Ownership::Unclaimed;
        }
        if *self.is_away.lock().unwrap() {
            return Ownership::Unavailable;
        }
        let person = self.person.lock().unwrap().clone();
        match person {
            Some(person) if name == person.username || Some(name) == person.email.as_deref() => {
                Ownership::Owned
            }
            _ => Ownership::Unclaimed,
        }
    }

    async fn verify(&self, name: &str, password: &SecretString) -> Verdict {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if *self.is_away.lock().unwrap() {
            return Verdict::Unavailable;
        }
        let person = self.person.lock().unwrap().clone();
        match person {
            Some(person)
                if password.expose_secret() == "open"
                    && (name == person.username || Some(name) == person.email.as_deref()) =>
            {
                Verdict::Verified(Box::new(person))
            }
            _ => Verdict::Refused,
        }
    }
}

fn with(bed: &Bed, sources: &[&Arc<Source>]) -> Identity {
    let sources = sources.iter().map(|source| {
        let source: Arc<dyn IdentitySource> = Arc::<Source>::clone(source);
        source
    });
    bed.identity.clone().with_sources(sources.collect())
}

#[tokio::test]
async fn somebody_whom_a_source_knows_gets_an_account_that_mirrors_theirs() {
    let bed = Bed::new().await;
    let (first, second) = (
        Source::new("passport", "1", "eve"),
        Source::new("erp_database", "7", "ada"),
    );
    let (identity, here) = (with(&bed, &[&first, &second]), from("192.0.2.1"));
    let signed_in = identity.sign_in("ada", "open".into(), &here).await.unwrap();
    let account = &signed_in.account;
    assert_eq!(
        (account.username.as_str(), account.origin),
        ("ada", Origin::ErpDatabase)
    );
    assert_eq!(account.email, Some(email("ada@erp.example")));
    assert!(account.email_verified_at.is_some() && account.hashed_password.is_none());
    assert_eq!(account.company_id, Some(uuid::Uuid::from_u128(5)));
    let again = identity.sign_in("ada", "open".into(), &here).await.unwrap();
    assert_eq!(again.account.id, account.id);
    // The password is looked at there alone, and by that source alone.
    assert_eq!(first.asked.load(Ordering::Relaxed), 1);
    *second.person.lock().unwrap() = None;
    let refused = identity.sign_in("ada", "open".into(), &here).await;
    assert!(matches!(refused, Err(Error::BadCredentials)));
    let link = bed.link(account.id, "ada@erp.example").await;
    let refused = identity
        .set_password_by_link(&link, "a new pass phrase".into(), false)
        .await;
    assert!(matches!(refused, Err(Error::BadLink)));
}

#[tokio::test]
async fn neither_a_name_nor_an_address_makes_two_people_one() {
    let bed = Bed::new().await;
    let owner = NewAccount {
        email: Some(email("ada@erp.example")),
        email_verified_at: Some(bed.now()),
        ..bed.new_account("somebody").await
    };
    let owner = bed.add(&owner).await;
    let local = bed.account("ada").await;
    let source = Source::new("passport", "7", "ada");
    let (identity, here) = (with(&bed, &[&source]), from("192.0.2.1"));
    // An address that somebody has proven here is theirs.
    let refused = identity
        .sign_in("ada@erp.example", "open".into(), &here)
        .await;
    assert!(matches!(refused, Err(Error::BadCredentials)));
    assert_eq!(source.asked.load(Ordering::Relaxed), 0);
    source.person.lock().unwrap().as_mut().unwrap().email = Some("other@erp.example".to_owned());
    let signed_in = identity
        .sign_in("other@erp.example", "open".into(), &here)
        .await
        .unwrap();
    let account = signed_in.account;
    assert!(account.id != local.id && account.id != owner.id);
    assert!(account.username.starts_with("user-"));
    // The same person under another address stays the same; another person under this one does not.
    source.person.lock().unwrap().as_mut().unwrap().email = Some("new@erp.example".to_owned());
    let renamed = identity
        .sign_in("new@erp.example", "open".into(), &here)
        .await
        .unwrap();
    assert_eq!(renamed.account.id, account.id);
    source.person.lock().unwrap().as_mut().unwrap().subject = "8".to_owned();
    let other = identity
        .sign_in("new@erp.example", "open".into(), &here)
        .await
        .unwrap();
    assert_ne!(other.account.id, account.id);
    // Nor does the source get to answer for another of its people.
    let refused = identity
        .sign_in(&account.username, "open".into(), &here)
        .await;
    assert!(matches!(refused, Err(Error::BadCredentials)));
}

#[tokio::test]
async fn an_address_that_somebody_has_proven_stays_unproven() {
    let bed = Bed::new().await;
    let owner = NewAccount {
        email: Some(email("ada@erp.example")),
        email_verified_at: Some(bed.now()),
        ..bed.new_account("somebody").await
    };
    bed.add(&owner).await;
    let source = Source::new("passport", "7", "lovelace");
    let (identity, here) = (with(&bed, &[&source]), from("192.0.2.1"));
    let signed_in = identity
        .sign_in("lovelace", "open".into(), &here)
        .await
        .unwrap();
    assert!(signed_in.account.email_verified_at.is_none());
}

#[tokio::test]
async fn a_source_that_is_away_is_not_a_wrong_password() {
    let bed = Bed::new().await;
    bed.account("eve").await;
    let source = Source::new("passport", "7", "ada");
    let (identity, here) = (with(&bed, &[&source]), from("192.0.2.1"));
    identity.sign_in("ada", "open".into(), &here).await.unwrap();
    *source.is_away.lock().unwrap() = true;
    for name in ["ada", "nobody"] {
        let away = identity.sign_in(name, "open".into(), &here).await;
        assert!(matches!(away, Err(Error::Unavailable)), "{name}");
    }
    // Our own people come in.
    let password = bed.password().await;
    assert!(identity.sign_in("eve", password, &here).await.is_ok());
}

#[tokio::test]
async fn a_name_that_nobody_has_costs_a_hash_and_is_limited() {
    let bed = Bed::new().await;
    let source = Source::new("passport", "7", "ada");
    let (identity, here) = (with(&bed, &[&source]), from("192.0.2.1"));
    let count = HashCount::default();
    let _counting = metrics::set_default_local_recorder(&count);
    let guesses = join_all((0..9).map(|_| identity.sign_in("ada", "wrong".into(), &here))).await;
    let tried = guesses
        .iter()
        .filter(|guess| matches!(guess, Err(Error::BadCredentials)))
        .count();
    assert_eq!((tried, source.asked.load(Ordering::Relaxed)), (3, 3));
    assert_eq!(count.get(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_first_sign_ins_at_once_make_one_account() {
    let bed = Bed::new().await;
    let source = Source::new("passport", "7", "ada");
    let identity = with(&bed, &[&source]);
    let tries = (0..6).map(|n| {
        let (identity, client) = (identity.clone(), from(&format!("192.0.2.{n}")));
        async move { identity.sign_in("ada", "open".into(), &client).await }
    });
    let done = join_all(tries).await;
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    assert_eq!(bed.number("SELECT count(*) FROM auth.users"), 1);
}

fn registration(username: &str, email: Option<&str>) -> Registration {
    Registration {
        username: username.to_owned(),
        password: "a password of one's own".into(),
        email: email.map(str::to_owned),
        full_name: None,
        phone: None,
        company_code: None,
    }
}

#[tokio::test]
async fn a_registration_of_the_same_name_shuts_nobody_out() {
    let bed = Bed::new().await;
    let local = bed.account("ada").await;
    // As Passport, which cannot tell whose a name is without a password.
    let source = Source::new("passport", "7", "ada");
    let (identity, here) = (with(&bed, &[&source]), from("192.0.2.1"));
    let own = bed.password().await;
    let squatter = identity.sign_in("ada", own.clone(), &here).await.unwrap();
    assert_eq!(squatter.account.id, local.id);
    assert_eq!(source.asked.load(Ordering::Relaxed), 0);
    let person = identity.sign_in("ada", "open".into(), &here).await.unwrap();
    assert_ne!(person.account.id, local.id);
    assert_eq!(person.account.origin, Origin::Passport);
    assert_ne!(person.account.username, "ada");
    let again = identity.sign_in("ada", "open".into(), &here).await.unwrap();
    assert_eq!(again.account.id, person.account.id);
    let wrong = identity.sign_in("ada", "neither".into(), &here).await;
    assert!(matches!(wrong, Err(Error::BadCredentials)));
    // The operator is told, once.
    let scope = bheem_persistence::SystemScope::server("test");
    let page = bheem_persistence::PageRequest::parse(10, 0, None).unwrap();
    let told = identity.name_collisions(&scope, &page).await.unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].account_id, told[0].name.as_str()),
        (local.id, "ada")
    );
    assert_eq!(told[0].mirrored_id, person.account.id);
    let noted = "SELECT count(*) FROM workspace.activity_log WHERE action = 'auth.name_collision'";
    assert_eq!(bed.number(noted), 1);
}

#[tokio::test]
async fn a_name_that_a_source_owns_is_asked_for_there_first() {
    let bed = Bed::new().await;
    let local = bed.account("ada").await;
    let source = Source::new("erp_database", "7", "ada");
    *source.tells.lock().unwrap() = true;
    let (identity, here) = (with(&bed, &[&source]), from("192.0.2.1"));
    let person = identity.sign_in("ada", "open".into(), &here).await.unwrap();
    assert_ne!(person.account.id, local.id);
    // Whoever registered the name keeps their own account.
    let own = bed.password().await;
    let squatter = identity.sign_in("ada", own.clone(), &here).await.unwrap();
    assert_eq!(squatter.account.id, local.id);
    assert_eq!(source.asked.load(Ordering::Relaxed), 2);
    // While the source is away, too.
    *source.is_away.lock().unwrap() = true;
    assert!(identity.sign_in("ada", own, &here).await.is_ok());
}

#[tokio::test]
async fn what_a_source_owns_is_registered_by_nobody() {
    let bed = Bed::new().await;
    let source = Source::new("erp_database", "7", "ada");
    *source.tells.lock().unwrap() = true;
    let identity = with(&bed, &[&source]);
    let name = identity.register(registration("ada", None)).await;
    assert!(matches!(name, Err(Error::UsernameTaken)));
    for (username, email) in [("ada@erp.example", None), ("eve", Some("ada@erp.example"))] {
        let address = identity.register(registration(username, email)).await;
        let Ok(Registered::AddressTaken { named_by, .. }) = address else {
            panic!("{username}: {address:?}")
        };
        assert_eq!(named_by, None);
    }
    assert!(matches!(
        identity.register(registration("mallory", None)).await,
        Ok(Registered::Account(_))
    ));
    // One that is away keeps nobody else out.
    *source.is_away.lock().unwrap() = true;
    let meanwhile = identity.register(registration("bob", None)).await;
    assert!(matches!(meanwhile, Ok(Registered::Account(_))));
    let named =
        "SELECT count(*) FROM auth.users WHERE username = 'ada@erp.example' AND NOT shares_name";
    assert_eq!(bed.number(named), 0);
}
