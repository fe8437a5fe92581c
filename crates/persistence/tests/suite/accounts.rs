//! Accounts: who an e-mail address means, and who a name signs in.

use bheem_domain::{AccountId, PlatformRole};
use bheem_persistence::{
    Error,
    repo::{NewAccount, Origin},
};

use crate::support::{Bed, email};

fn named(bed: &Bed, username: &str, address: &str, proven: bool) -> NewAccount {
    NewAccount {
        email: Some(email(address)),
        email_verified_at: proven.then(|| bed.now()),
        ..bed.new_account(username)
    }
}

fn invited(bed: &Bed, username: &str, address: &str, sent_to: &str) -> NewAccount {
    NewAccount {
        origin: Origin::Invited,
        invitation_email: Some(sent_to.to_owned()),
        ..named(bed, username, address, false)
    }
}

async fn signs_in(bed: &Bed, name: &str) -> Option<AccountId> {
    let mut read = bed.read().await;
    let found = read.accounts().find_for_sign_in(name).await.unwrap();
    found.map(|account| account.id)
}

async fn means(bed: &Bed, address: &str) -> Option<AccountId> {
    let mut read = bed.read().await;
    let found = read.accounts().find_by_email(&email(address)).await;
    found.unwrap().map(|account| account.id)
}

#[tokio::test]
async fn an_account_is_read_as_it_was_written() {
    let bed = Bed::new().await;
    let new = NewAccount {
        full_name: Some("Ada Lovelace".to_owned()),
        phone: Some("+44".to_owned()),
        company_code: Some("C1".to_owned()),
        role: PlatformRole::Manager,
        hashed_password: Some("$argon2id$x".to_owned()),
        ..invited(&bed, "Ada", "ada@a.example", "ada@home.example")
    };
    let made = bed.add(&new).await;
    let mut read = bed.read().await;
    let found = read.accounts().find(new.id).await.unwrap().unwrap();
    assert_eq!((made.id, found.id), (new.id, new.id));
    assert_eq!(found.username, "Ada");
    assert_eq!(found.email, new.email);
    assert_eq!(found.hashed_password, new.hashed_password);
    assert_eq!(found.full_name, new.full_name);
    assert_eq!(found.company_code, new.company_code);
    assert_eq!(found.invitation_email, new.invitation_email);
    assert_eq!(
        (found.role, found.origin, found.is_active, found.created_at),
        (PlatformRole::Manager, Origin::Invited, true, bed.now())
    );
    let nobody = AccountId::generate(&bed.clock);
    assert!(read.accounts().find(nobody).await.unwrap().is_none());
}

#[tokio::test]
async fn what_prints_an_account_does_not_print_its_hash() {
    let bed = Bed::new().await;
    let new = NewAccount {
        hashed_password: Some("$argon2id$secret".to_owned()),
        ..bed.new_account("ada")
    };
    let made = bed.add(&new).await;
    let printed = format!("{new:?} {made:?}");
    assert!(printed.contains("ada") && !printed.contains("argon2id"));
}

#[tokio::test]
async fn a_name_is_taken_in_whatever_case() {
    let bed = Bed::new().await;
    bed.account("Ada").await;
    let mut read = bed.read().await;
    assert!(read.accounts().is_username_taken("aDA").await.unwrap());
    assert!(!read.accounts().is_username_taken("a%a").await.unwrap());
    let again = bed.new_account("ADA");
    let refused = read.accounts().insert(&again).await.unwrap_err();
    assert!(refused.is_duplicate_of("users_username"), "{refused:?}");
}

#[tokio::test]
async fn an_unproven_address_may_be_named_by_many_and_a_proven_one_by_one() {
    let bed = Bed::new().await;
    bed.add(&named(&bed, "one", "x@a.example", false)).await;
    bed.add(&named(&bed, "two", "x@a.example", false)).await;
    bed.add(&named(&bed, "three", "x@a.example", true)).await;
    let fourth = named(&bed, "four", "X@a.example", true);
    let refused = bed.read().await.accounts().insert(&fourth).await;
    assert!(refused.unwrap_err().is_duplicate_of("users_verified_email"));
}

#[tokio::test]
async fn sign_in_prefers_the_proven_address_to_a_name_that_looks_like_it() {
    let bed = Bed::new().await;
    let squatter = named(&bed, "owner@a.example", "owner@a.example", false);
    let squatter = bed.add(&squatter).await.id;
    assert_eq!(signs_in(&bed, "Owner@A.example").await, Some(squatter));
    let owner = bed
        .add(&named(&bed, "owner", "owner@a.example", true))
        .await;
    assert_eq!(signs_in(&bed, "Owner@A.example").await, Some(owner.id));
    assert_eq!(signs_in(&bed, "OWNER").await, Some(owner.id));
    // An address that nobody has proven signs nobody in.
    bed.add(&named(&bed, "eve", "eve@a.example", false)).await;
    assert_eq!(signs_in(&bed, "eve@a.example").await, None);
    assert_eq!(signs_in(&bed, "nobody").await, None);
    assert_eq!(signs_in(&bed, "%").await, None);
}

#[tokio::test]
async fn an_address_means_who_has_proven_it_or_was_invited_at_it_and_never_came() {
    let bed = Bed::new().await;
    // Registered with an address that is not proven: nobody.
    bed.add(&named(&bed, "eve", "x@a.example", false)).await;
    assert_eq!(means(&bed, "x@a.example").await, None);
    // Invited, and the link went elsewhere: not proven by it.
    bed.add(&invited(
        &bed,
        "elsewhere",
        "x@a.example",
        "private@b.example",
    ))
    .await;
    assert_eq!(means(&bed, "x@a.example").await, None);
    // Invited at the address itself.
    let waiting = invited(&bed, "waiting", "x@a.example", "x@a.example");
    let waiting = bed.add(&waiting).await.id;
    assert_eq!(means(&bed, "x@a.example").await, Some(waiting));
    // Proven wins over invited.
    let proven = bed
        .add(&named(&bed, "proven", "x@a.example", true))
        .await
        .id;
    assert_eq!(means(&bed, "X@A.example").await, Some(proven));
}

#[tokio::test]
async fn an_invited_account_that_has_a_password_is_no_longer_found_by_its_address() {
    let bed = Bed::new().await;
    let new = NewAccount {
        hashed_password: Some("$argon2id$x".to_owned()),
        ..invited(&bed, "ada", "x@a.example", "x@a.example")
    };
    bed.add(&new).await;
    assert_eq!(means(&bed, "x@a.example").await, None);
}

#[tokio::test]
async fn an_address_is_proven_once_and_lost_by_whoever_only_named_it() {
    let bed = Bed::new().await;
    let first = bed.add(&named(&bed, "one", "x@a.example", false)).await.id;
    let second = bed
        .add(&named(&bed, "X@a.example", "x@a.example", false))
        .await
        .id;
    let address = email("x@a.example");
    let now = bed.now();
    let mut tx = bed.system().await;
    let displaced = tx.accounts().prove_address(first, &address, now).await;
    let displaced = displaced.unwrap().expect("nobody has proven it");
    assert_eq!(displaced.len(), 1);
    assert_eq!(displaced[0].account_id, second);
    let again = tx.accounts().prove_address(first, &address, now).await;
    assert_eq!(again.unwrap().map(|displaced| displaced.len()), Some(0));
    let late = tx.accounts().prove_address(second, &address, now).await;
    assert!(late.unwrap().is_none());
    tx.commit().await.unwrap();
    let mut read = bed.read().await;
    let mut accounts = read.accounts();
    let found = accounts.find(first).await.unwrap().unwrap();
    assert_eq!(found.username, "one");
    assert_eq!(found.email_verified_at, Some(now));
    let other = accounts.find(second).await.unwrap().unwrap();
    assert_eq!((other.email, other.is_active), (None, true));
    assert_eq!(other.username, displaced[0].username);
    assert_eq!(other.former_username.as_deref(), Some("X@a.example"));
    let told = accounts.find_by_former_username("x@A.example").await;
    assert_eq!(told.unwrap().unwrap().id, second);
}

#[tokio::test]
async fn passwords_and_activity_are_set_on_accounts_that_exist() {
    let bed = Bed::new().await;
    let id = bed.account("ada").await.id;
    let mut read = bed.read().await;
    let mut accounts = read.accounts();
    accounts.set_password(id, "hash", bed.now()).await.unwrap();
    accounts.set_active(id, false).await.unwrap();
    accounts.note_sign_in(id, bed.now()).await.unwrap();
    let found = accounts.find(id).await.unwrap().unwrap();
    assert_eq!(found.hashed_password.as_deref(), Some("hash"));
    assert!(!found.is_active);
    let nobody = AccountId::generate(&bed.clock);
    let missing = accounts.set_password(nobody, "hash", bed.now()).await;
    assert!(matches!(missing, Err(Error::NotFound { .. })));
    let missing = accounts.set_active(nobody, true).await;
    assert!(matches!(missing, Err(Error::NotFound { .. })));
    let stamps = "SELECT count(*) FROM auth.users WHERE last_login_at = password_changed_at";
    assert_eq!(bed.number(stamps).await, 1);
}

#[tokio::test]
async fn a_locked_account_waits_for_its_holder() {
    let bed = Bed::new().await;
    let id = bed.account("ada").await.id;
    let mut holder = bed.system().await;
    holder.accounts().lock(id).await.unwrap().unwrap();
    let other = async {
        let mut tx = bed.system().await;
        tx.accounts().lock(id).await.unwrap().unwrap()
    };
    let waits = "EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() \
                 AND wait_event_type = 'Lock')";
    let mut other = std::pin::pin!(other);
    tokio::select! {
        _ = &mut other => panic!("it did not wait"),
        () = bed.until(waits) => {}
    }
    holder.accounts().set_active(id, false).await.unwrap();
    holder.commit().await.unwrap();
    assert!(!other.await.is_active);
    let nobody = AccountId::generate(&bed.clock);
    let mut tx = bed.system().await;
    assert!(tx.accounts().lock(nobody).await.unwrap().is_none());
}

#[tokio::test]
async fn joining_is_noted_in_every_tenant_once() {
    let bed = Bed::new().await;
    let (a, b) = (bed.tenant("aaa").await.id, bed.tenant("bbb").await.id);
    let (ada, _) = bed.member(a, "ada").await;
    let new = bed.new_member(ada, "ada@b.example");
    let mut tx = bed.tenant_tx(b).await;
    tx.members().insert(&new).await.unwrap();
    tx.commit().await.unwrap();
    let first = bed.now();
    let mut read = bed.read().await;
    read.accounts().note_joined(ada, first).await.unwrap();
    let second = bed.later(60);
    read.accounts().note_joined(ada, second).await.unwrap();
    for tenant in [a, b] {
        let mut members = read.members_of(tenant);
        let found = members.find_by_account(ada).await.unwrap().unwrap();
        assert_eq!(found.joined_at, Some(first));
    }
}

#[tokio::test]
async fn only_an_invited_account_without_any_use_is_removed() {
    let bed = Bed::new().await;
    let tenant = bed.tenant("aaa").await.id;
    let unused = invited(&bed, "unused", "u@a.example", "u@a.example");
    let unused = bed.add(&unused).await.id;
    let registered = bed.account("registered").await.id;
    let member = invited(&bed, "member", "m@a.example", "m@a.example");
    let member = bed.add(&member).await.id;
    let new = bed.new_member(member, "m@a.example");
    let mut tx = bed.tenant_tx(tenant).await;
    tx.members().insert(&new).await.unwrap();
    tx.commit().await.unwrap();
    let seen = invited(&bed, "seen", "s@a.example", "s@a.example");
    let seen = bed.add(&seen).await.id;
    let mut read = bed.read().await;
    let mut accounts = read.accounts();
    accounts.note_sign_in(seen, bed.now()).await.unwrap();
    for kept in [registered, member, seen] {
        assert!(!accounts.remove_if_unused(kept).await.unwrap());
    }
    assert!(accounts.remove_if_unused(unused).await.unwrap());
    assert!(!accounts.remove_if_unused(unused).await.unwrap());
    assert_eq!(bed.number("SELECT count(*) FROM auth.users").await, 3);
}

#[tokio::test]
async fn a_role_is_looked_for() {
    let bed = Bed::new().await;
    bed.account("ada").await;
    let mut read = bed.read().await;
    let mut accounts = read.accounts();
    assert!(accounts.has_role(PlatformRole::Customer).await.unwrap());
    assert!(!accounts.has_role(PlatformRole::SuperAdmin).await.unwrap());
}

#[tokio::test]
async fn a_row_that_makes_no_sense_names_its_table() {
    let bed = Bed::new().await;
    let id = bed.account("ada").await.id;
    bed.sql("UPDATE auth.users SET email = 'no address'").await;
    let found = bed.read().await.accounts().find(id).await;
    assert!(matches!(
        found,
        Err(Error::Inconsistent {
            table: "auth.users",
            ..
        })
    ));
}
