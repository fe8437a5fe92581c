//! Whose an address is: a stranger has registered it and attached all there is to attach; then its
//! holder proves it.

use bheem_domain::{AccountId, LinkTokenId};
use bheem_identity::{Error, Identity, Registered, Registration, SecondFactor, SignedIn};
use bheem_persistence::{
    SystemScope,
    repo::{LinkPurpose, NewAccount, NewGrant, NewLinkToken, Origin},
};
use bheem_vault::token;
use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::{
    soft_authenticator::Authenticator,
    support::{Bed, email, from},
    totp::{fresh, shown, sign_in_with},
};

const ADDRESS: &str = "victim@corp.example";

/// What a stranger has by registering somebody's address.
struct Stranger {
    account: AccountId,
    signed_in: SignedIn,
    device: Authenticator,
    codes: Vec<SecretString>,
    old_link: SecretString,
    grant: Uuid,
}

async fn link(bed: &Bed, account: AccountId, purpose: LinkPurpose) -> SecretString {
    let link = token::generate().unwrap();
    let new = NewLinkToken {
        id: LinkTokenId::generate(&bed.clock),
        account_id: account,
        purpose,
        token_hash: &token::hash(link.expose_secret().as_bytes()),
        delivered_to: ADDRESS,
        invited_to: None,
        created_at: bed.now(),
        expires_at: bed.now() + TimeDelta::hours(24),
    };
    bed.read().await.link_tokens().upsert(&new).await.unwrap();
    link
}

/// Registers the address as `username`, and attaches whatever can be.
async fn stranger(bed: &Bed, username: &str) -> Stranger {
    let new = Registration {
        username: username.to_owned(),
        password: bed.password().await,
        email: Some(ADDRESS.to_owned()),
        full_name: None,
        phone: None,
        company_code: None,
    };
    let Registered::Account(made) = bed.identity.register(new).await.unwrap() else {
        panic!("the address is free")
    };
    let first = bed.sign_in(username).await;
    let proof = fresh(bed, &first).await;
    let setup = bed.identity.begin_totp(&proof).await.unwrap();
    let code = shown(bed, &setup);
    let confirmed = bed.identity.confirm_totp(&proof, &code);
    let codes = confirmed.await.unwrap();
    let proof = fresh(bed, &first).await;
    let mut device = Authenticator::new();
    let ceremony = bed.identity.begin_passkey(&proof).await.unwrap();
    let answer = device.create(&ceremony.options);
    let added = bed
        .identity
        .finish_passkey(&proof, ceremony.id, answer, "Key");
    added.await.unwrap();
    let second = SecondFactor::RecoveryCode(codes[0].clone());
    let signed_in = sign_in_with(bed, username, Some(second), &from("192.0.2.1"))
        .await
        .unwrap();
    bed.sql(
        "INSERT INTO auth.clients (client_id, name, created_at, updated_at) VALUES ('app', 'App', now(), now()); \
         INSERT INTO auth.consents (account_id, client_id, scopes, created_at, updated_at) \
         SELECT id, 'app', '{openid}', now(), now() FROM auth.users",
    );
    let grant = bed.clock_uuid();
    let new = NewGrant {
        id: grant,
        client_id: "app".to_owned(),
        account_id: made.id,
        session_id: None,
        is_offline: true,
        scopes: vec!["openid".to_owned()],
        resources: Vec::new(),
        claims: None,
        nonce: None,
        dpop_jkt: None,
        authenticated_at: bed.now(),
        amr: vec!["pwd".to_owned()],
        created_at: bed.now(),
        expires_at: bed.now() + TimeDelta::days(30),
    };
    bed.read().await.grants().insert(&new).await.unwrap();
    Stranger {
        account: made.id,
        signed_in,
        device,
        codes,
        old_link: link(bed, made.id, LinkPurpose::ResetPassword).await,
        grant,
    }
}

/// Nothing that the stranger has leads anywhere near the address; what is left of their account is
/// theirs, under another name.
async fn has_nothing(bed: &Bed, mut stranger: Stranger, holder: AccountId) {
    let identity: &Identity = &bed.identity;
    let here = from("198.51.100.1");
    assert_ne!(stranger.account, holder);
    let used = identity
        .tokens()
        .authenticate(&stranger.signed_in.access_token);
    assert!(matches!(used.await, Err(Error::InvalidToken)));
    let refreshed = identity.refresh(&stranger.signed_in.refresh_token).await;
    assert!(matches!(refreshed, Err(Error::InvalidToken)));
    let grant = bed
        .read()
        .await
        .grants()
        .find(stranger.grant)
        .await
        .unwrap();
    assert!(grant.unwrap().revoked_at.is_some());
    let ceremony = identity.passkey_challenge().await.unwrap();
    let answer = stranger.device.get(&ceremony.options);
    let passkey = identity.passkey_sign_in(ceremony.id, answer, &here, None);
    assert!(matches!(passkey.await, Err(Error::BadSecondFactor)));
    let old = identity.set_password_by_link(&stranger.old_link, "a new pass phrase".into(), false);
    assert!(matches!(old.await, Err(Error::BadLink)));
    for (table, account) in [
        ("totp", stranger.account),
        ("recovery_codes", stranger.account),
        ("passkeys", stranger.account),
        ("known_devices", stranger.account),
        ("consents", stranger.account),
        ("totp", holder),
        ("passkeys", holder),
        ("known_devices", holder),
        ("consents", holder),
        ("grants", holder),
    ] {
        let rows = format!("SELECT count(*) FROM auth.{table} WHERE account_id = '{account}'");
        assert_eq!(bed.number(&rows), 0, "{table}");
    }
    // The codes are nothing to the holder's account either.
    let second = SecondFactor::RecoveryCode(stranger.codes[1].clone());
    let refused = sign_in_with(bed, ADDRESS, Some(second), &here).await;
    assert!(refused.is_err());
    let left = identity.account(stranger.account).await.unwrap();
    assert_eq!((left.email.clone(), left.is_active), (None, true));
    assert_ne!(left.username, ADDRESS);
    let kept = identity.account(holder).await.unwrap();
    assert_eq!(
        (kept.username.as_str(), kept.email.clone()),
        (ADDRESS, Some(email(ADDRESS)))
    );
    assert!(kept.email_verified_at.is_some());
    // Their password opens their own account, and they are told what it is called.
    if left.former_username.is_some() {
        let told = bed.try_sign_in(ADDRESS, &here).await;
        assert!(matches!(told, Err(Error::Renamed { username }) if username == left.username));
    }
    let again = bed.try_sign_in(&left.username, &here).await.unwrap();
    assert_eq!(again.account.id, stranger.account);
}

fn new_password() -> SecretString {
    "the password of the holder".into()
}

#[tokio::test]
async fn a_reset_link_is_a_first_proof() {
    let bed = Bed::new().await;
    for username in [ADDRESS, "plain-name"] {
        bed.sql(
            "DELETE FROM auth.clients; DELETE FROM auth.users; DELETE FROM auth.login_throttle",
        );
        let stranger = stranger(&bed, username).await;
        let here = from("203.0.113.1");
        let asked = bed.identity.request_reset(username, &here).await.unwrap();
        let asked = asked.expect("a mail to the address");
        assert_eq!(asked.deliver_to, ADDRESS);
        let link = link(&bed, asked.account_id, LinkPurpose::ResetPassword).await;
        let set = bed
            .identity
            .set_password_by_link(&link, new_password(), true);
        let holder = set.await.unwrap();
        has_nothing(&bed, stranger, holder.id).await;
        let signed_in = bed.identity.sign_in(ADDRESS, new_password(), &here).await;
        assert_eq!(signed_in.unwrap().account.id, holder.id);
    }
}

#[tokio::test]
async fn a_link_that_was_asked_for_in_the_account_and_opened_outside_of_it_is_a_first_proof() {
    let bed = Bed::new().await;
    let other = bed.account("other").await.id;
    let stranger = stranger(&bed, ADDRESS).await;
    let link = link(&bed, stranger.account, LinkPurpose::VerifyEmail).await;
    for signed_in in [None, Some(other)] {
        let alone = bed.identity.confirm_email(&link, signed_in, None).await;
        assert!(matches!(alone, Err(Error::LinkNeedsAccount)));
    }
    let proven = bed
        .identity
        .confirm_email(&link, None, Some(new_password()));
    let holder = proven.await.unwrap();
    has_nothing(&bed, stranger, holder).await;
}

#[tokio::test]
async fn whoever_loses_an_address_reads_so_among_their_sign_ins() {
    let bed = Bed::new().await;
    let stranger = stranger(&bed, ADDRESS).await;
    let link = link(&bed, stranger.account, LinkPurpose::ResetPassword).await;
    let set = bed
        .identity
        .set_password_by_link(&link, new_password(), false);
    set.await.unwrap();
    let events = bed.identity.login_events(stranger.account).await.unwrap();
    assert!(events.iter().any(|event| event.method == "address_lost"));
    let noted = "SELECT count(*) FROM workspace.activity_log WHERE action = 'auth.address_lost'";
    assert_eq!(bed.number(noted), 1);
}

#[tokio::test]
async fn a_link_that_is_opened_in_the_account_leaves_it_as_it_is() {
    let bed = Bed::new().await;
    let who = stranger(&bed, ADDRESS).await;
    let link = link(&bed, who.account, LinkPurpose::VerifyEmail).await;
    let proven = bed.identity.confirm_email(&link, Some(who.account), None);
    assert_eq!(proven.await.unwrap(), who.account);
    let tokens = bed.identity.tokens();
    assert!(
        tokens
            .authenticate(&who.signed_in.access_token)
            .await
            .is_ok()
    );
    let account = bed.identity.account(who.account).await.unwrap();
    assert_eq!(account.username, ADDRESS);
    assert!(bed.identity.factors(who.account).await.unwrap().totp);
}

#[tokio::test]
async fn an_invitation_is_a_first_proof() {
    let bed = Bed::new().await;
    let stranger = stranger(&bed, ADDRESS).await;
    let new = NewAccount {
        email: Some(email(ADDRESS)),
        hashed_password: None,
        origin: Origin::Invited,
        invitation_email: Some(ADDRESS.to_owned()),
        ..bed.new_account("victim-5f3a").await
    };
    let invited = bed.add(&new).await.id;
    let link = link(&bed, invited, LinkPurpose::SetPassword).await;
    let set = bed
        .identity
        .set_password_by_link(&link, new_password(), false);
    assert_eq!(set.await.unwrap().id, invited);
    has_nothing(&bed, stranger, invited).await;
}

#[tokio::test]
async fn an_administrator_made_by_the_operator_gets_the_address() {
    let bed = Bed::new().await;
    let stranger = stranger(&bed, ADDRESS).await;
    let address = email(ADDRESS);
    let made = bed.identity.create_super_admin(&address, new_password());
    has_nothing(&bed, stranger, made.await.unwrap().id).await;
}

#[tokio::test]
async fn a_tenant_that_has_proven_the_domain_gets_a_fresh_account() {
    let bed = Bed::new().await;
    let stranger = stranger(&bed, ADDRESS).await;
    let scope = SystemScope::server("test");
    let mut tx = bed.database.system(&scope).await.unwrap();
    let now = bed.now();
    let displaced = tx
        .accounts()
        .release_address(&email(ADDRESS), None, now)
        .await
        .unwrap();
    let new = NewAccount {
        email: Some(email(ADDRESS)),
        email_verified_at: Some(now),
        hashed_password: None,
        origin: Origin::Invited,
        ..bed.new_account(ADDRESS).await
    };
    let made = tx.accounts().insert(&new).await.unwrap();
    tx.commit().await.unwrap();
    bed.identity.forget_displaced(&displaced);
    has_nothing(&bed, stranger, made.id).await;
}

#[tokio::test]
async fn of_two_proofs_at_once_one_holds() {
    let bed = Bed::new().await;
    let stranger = stranger(&bed, ADDRESS).await;
    let links = [
        link(&bed, stranger.account, LinkPurpose::ResetPassword).await,
        link(&bed, stranger.account, LinkPurpose::ResetPassword).await,
    ];
    let uses = links.iter().map(|link| {
        bed.identity
            .set_password_by_link(link, new_password(), false)
    });
    let uses = futures::future::join_all(uses).await;
    let won: Vec<_> = uses.iter().filter_map(|used| used.as_ref().ok()).collect();
    assert_eq!(won.len(), 1, "{uses:?}");
    has_nothing(&bed, stranger, won[0].id).await;
}

#[tokio::test]
async fn an_address_that_is_proven_or_on_a_proven_domain_is_registered_by_nobody() {
    let bed = Bed::new().await;
    let new = NewAccount {
        email: Some(email(ADDRESS)),
        email_verified_at: Some(bed.now()),
        ..bed.new_account("holder").await
    };
    bed.add(&new).await;
    bed.sql(
        "WITH t AS (INSERT INTO workspace.tenants (id, name, slug, owner_email) \
         VALUES (gen_random_uuid(), 'T', 't', 't@t.example') RETURNING id) \
         INSERT INTO workspace.domains (tenant_id, id, domain, verification_token, claim_expires_at, ownership_verified) \
         SELECT id, gen_random_uuid(), 'acme.example', 'x', now() + interval '1 day', true FROM t",
    );
    for (username, address) in [
        (ADDRESS, None),
        ("cfo@acme.example", None),
        ("cfo", Some("cfo@acme.example")),
    ] {
        let new = Registration {
            username: username.to_owned(),
            password: new_password(),
            email: address.map(str::to_owned),
            full_name: None,
            phone: None,
            company_code: None,
        };
        let refused = bed.identity.register(new).await.unwrap();
        let Registered::AddressTaken { named_by, .. } = refused else {
            panic!("{username}: {refused:?}")
        };
        assert_eq!(named_by, None);
    }
    let own = "SELECT count(*) FROM auth.users WHERE username LIKE '%@%' AND NOT shares_name";
    assert_eq!(bed.number(own), 0);
    let proven = "SELECT count(*) FROM auth.users WHERE email_verified_at IS NOT NULL";
    assert_eq!(bed.number(proven), 1);
}
