//! What the client and a Mailcow agree on, whether it is a stand-in or real.

use bheem_http_kit::throwaway_password;
use bheem_mailcow::{
    Client, CreateAppPassword, CreateDomain, CreateMailbox, Deleted, ErrorKind, Frame,
    MailboxState, NewAlias, RateLimit, UpdateDomain, UpdateMailbox,
};

/// A domain that nobody has, from its beginning to its end.
pub(crate) async fn domains(mailcow: &Client, domain: &str) {
    assert!(!mailcow.version().await.unwrap().version.is_empty());
    assert!(
        mailcow
            .containers()
            .await
            .unwrap()
            .iter()
            .any(|one| one.is_running)
    );
    let domains = mailcow.domains();
    assert!(domains.find(domain).await.unwrap().is_none());
    assert_eq!(domains.delete(domain).await.unwrap(), Deleted::Absent);
    let new = CreateDomain::new(domain)
        .max_mailboxes(1)
        .max_aliases(1)
        .tag("bheem-live-test");
    domains.create(&new).await.unwrap();
    assert_eq!(
        domains.create(&new).await.unwrap_err().kind(),
        ErrorKind::Conflict
    );
    domains
        .update(domain, &UpdateDomain::new().description("changed"))
        .await
        .unwrap();
    let absent = domains
        .update("absent.invalid", &UpdateDomain::new().description("x"))
        .await;
    assert_eq!(absent.unwrap_err().kind(), ErrorKind::NotFound);
    assert!(domains.find(domain).await.unwrap().is_some());
    assert!(
        domains
            .list()
            .await
            .unwrap()
            .iter()
            .any(|found| found.name == domain)
    );

    // Tags of a change are added to those that are there.
    let tagged = UpdateDomain::new().tag("second");
    domains.update(domain, &tagged).await.unwrap();
    domains.remove_tag(domain, "bheem-live-test").await.unwrap();
    domains.remove_tag(domain, "never there").await.unwrap();
    let tags = domains.find(domain).await.unwrap().unwrap().tags;
    assert_eq!(tags, ["second"]);
    let absent = domains.remove_tag("absent.invalid", "x").await;
    assert_eq!(absent.unwrap_err().kind(), ErrorKind::NotFound);

    // Whether there is a key is up to the template of the installation, and to whether it had the domain before.
    if mailcow.find_dkim(domain).await.unwrap().is_none() {
        mailcow.create_dkim(domain, "dkim", 2048).await.unwrap();
    }
    let again = mailcow.create_dkim(domain, "dkim", 2048).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);
    assert_eq!(mailcow.delete_dkim(domain).await.unwrap(), Deleted::Removed);
    assert_eq!(mailcow.delete_dkim(domain).await.unwrap(), Deleted::Absent);
    mailcow.create_dkim(domain, "second", 2048).await.unwrap();
    let second = mailcow.find_dkim(domain).await.unwrap().unwrap();
    assert_eq!(
        (second.selector.as_str(), second.key_bits),
        ("second", Some(2048))
    );
    let nowhere = mailcow.create_dkim("absent.invalid", "dkim", 2048).await;
    assert_eq!(nowhere.unwrap_err().kind(), ErrorKind::NotFound);

    let limit = RateLimit {
        messages: 100,
        frame: Frame::Hour,
    };
    mailcow.limit_domain(domain, Some(limit)).await.unwrap();
    mailcow.limit_domain(domain, None).await.unwrap();
    let absent = mailcow
        .limit_domain("absent.invalid", Some(limit))
        .await
        .unwrap_err();
    assert_eq!(absent.kind(), ErrorKind::NotFound);
}

/// The one mailbox and the one alias that the domain may have.
pub(crate) async fn mailboxes(mailcow: &Client, domain: &str) {
    let mailboxes = mailcow.mailboxes();
    let john = CreateMailbox::new("john", domain)
        .quota_mib(16)
        .tag("bheem-live-test");
    let address = john.address();
    assert!(mailboxes.find(&address).await.unwrap().is_none());
    assert_eq!(mailboxes.delete(&address).await.unwrap(), Deleted::Absent);
    mailboxes.create(&john).await.unwrap();
    assert_eq!(
        mailboxes.create(&john).await.unwrap_err().kind(),
        ErrorKind::Conflict
    );
    let second = CreateMailbox::new("jane", domain).quota_mib(16);
    assert_eq!(
        mailboxes.create(&second).await.unwrap_err().kind(),
        ErrorKind::Invalid
    );
    let nowhere = CreateMailbox::new("john", "absent.invalid");
    assert_eq!(
        mailboxes.create(&nowhere).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    let change = UpdateMailbox::new()
        .state(MailboxState::LoginDisallowed)
        .password(throwaway_password());
    mailboxes.update(&address, &change).await.unwrap();
    let found = mailboxes.find(&address).await.unwrap().unwrap();
    assert_eq!(
        (found.state, found.quota_bytes),
        (MailboxState::LoginDisallowed, Some(16 * 1024 * 1024))
    );
    assert_eq!(mailboxes.list(domain).await.unwrap().len(), 1);
    // Tags of a change are added, and an empty name keeps the old one.
    let change_of_name = UpdateMailbox::new().name("<John>").tag("second");
    mailboxes.update(&address, &change_of_name).await.unwrap();
    let nameless = UpdateMailbox::new().name("");
    mailboxes.update(&address, &nameless).await.unwrap();
    let found = mailboxes.find(&address).await.unwrap().unwrap();
    assert_eq!(found.name.as_deref(), Some("John"));
    assert_eq!(found.tags, ["bheem-live-test", "second"]);
    let absent = mailboxes
        .update("absent@absent.invalid", &change)
        .await
        .unwrap_err();
    assert_eq!(absent.kind(), ErrorKind::NotFound);

    let limit = RateLimit {
        messages: 10,
        frame: Frame::Day,
    };
    mailcow.limit_mailbox(&address, Some(limit)).await.unwrap();
    let absent = mailcow
        .limit_mailbox("absent@absent.invalid", None)
        .await
        .unwrap_err();
    assert_eq!(absent.kind(), ErrorKind::NotFound);

    app_passwords(mailcow, &address).await;
    hostile_names(mailcow, domain, &address).await;
    aliases(mailcow, domain, &address).await;
    assert_eq!(
        mailcow.domains().delete(domain).await.unwrap_err().kind(),
        ErrorKind::Conflict
    );
    assert_eq!(mailboxes.delete(&address).await.unwrap(), Deleted::Removed);
    assert_eq!(mailboxes.delete(&address).await.unwrap(), Deleted::Absent);
    assert_eq!(
        mailcow.domains().delete(domain).await.unwrap(),
        Deleted::Removed
    );
}

/// The web server pastes names into a query: none of them may reach another object.
async fn hostile_names(mailcow: &Client, domain: &str, present: &str) {
    let mailboxes = mailcow.mailboxes();
    let route = format!("{present}&query=get/mailbox/{present}");
    for local in [
        "x+y",
        "r&d",
        "100%",
        "a/b",
        "z&query=get/domain/all&y",
        "a%2540b",
    ] {
        let address = format!("{local}@{domain}");
        assert!(mailboxes.find(&address).await.unwrap().is_none(), "{local}");
    }
    assert!(
        mailboxes
            .find(&format!("{route}@{domain}"))
            .await
            .unwrap()
            .is_none()
    );
    assert!(mailcow.find_dkim("z&query=x&y").await.unwrap().is_none());
}

async fn app_passwords(mailcow: &Client, address: &str) {
    let passwords = mailcow.app_passwords();
    assert!(passwords.list(address).await.unwrap().is_empty());
    let new = CreateAppPassword::new(address, "workspace", throwaway_password());
    passwords.create(&new).await.unwrap();
    let found = passwords.find_by_name(address, "workspace").await.unwrap();
    assert!(found.len() == 1 && found[0].is_active);
    passwords
        .set_active(address, found[0].id, false)
        .await
        .unwrap();
    assert!(!passwords.list(address).await.unwrap()[0].is_active);
    let foreign = passwords
        .set_active(address, 1_000_000, true)
        .await
        .unwrap_err();
    assert_eq!(foreign.kind(), ErrorKind::NotFound);
    let nobody = CreateAppPassword::new("absent@absent.invalid", "workspace", throwaway_password());
    assert_eq!(
        passwords.create(&nobody).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
    // A name is found again as it was given, however often it is escaped on its way.
    let quoted = "O'Brien & <co> \"x\"";
    let new = CreateAppPassword::new(address, quoted, throwaway_password());
    passwords.create(&new).await.unwrap();
    let again = passwords.find_by_name(address, quoted).await.unwrap();
    assert_eq!(
        again
            .iter()
            .map(|one| one.name.as_str())
            .collect::<Vec<_>>(),
        [quoted]
    );
    passwords.delete(address, again[0].id).await.unwrap();
    let simple = CreateAppPassword::new(address, "simple", "1".into());
    assert_eq!(
        passwords.create(&simple).await.unwrap_err().kind(),
        ErrorKind::Invalid
    );
    assert_eq!(
        passwords.delete(address, found[0].id).await.unwrap(),
        Deleted::Removed
    );
    assert_eq!(
        passwords.delete(address, found[0].id).await.unwrap(),
        Deleted::Absent
    );
}

async fn aliases(mailcow: &Client, domain: &str, target: &str) {
    let aliases = mailcow.aliases();
    let sales = format!("sales@{domain}");
    assert!(aliases.find_by_address(&sales).await.unwrap().is_none());
    assert_eq!(aliases.delete(&sales).await.unwrap(), Deleted::Absent);
    let itself = NewAlias::new(&sales, [&sales]);
    let itself = aliases.create(&itself).await.unwrap_err();
    assert_eq!(itself.effect(), bheem_mailcow::Effect::Rejected);
    assert!(aliases.find_by_address(&sales).await.unwrap().is_none());
    let new = NewAlias::new(&sales, [target]);
    let absent = aliases.update(&new).await.unwrap_err();
    assert_eq!(absent.kind(), ErrorKind::NotFound);
    // The limit is told before what is taken, and the domain may have one alias.
    let taken = NewAlias::new(target, ["someone@elsewhere.invalid"]);
    assert_eq!(
        aliases.create(&taken).await.unwrap_err().kind(),
        ErrorKind::Conflict
    );
    aliases.create(&new).await.unwrap();
    assert_eq!(
        aliases.create(&new).await.unwrap_err().kind(),
        ErrorKind::Invalid
    );
    let more = NewAlias::new(&format!("more@{domain}"), [target]);
    assert_eq!(
        aliases.create(&more).await.unwrap_err().kind(),
        ErrorKind::Invalid
    );
    let changed = NewAlias::new(&sales, [target, "someone@elsewhere.invalid"]).active(false);
    aliases.update(&changed).await.unwrap();
    let found = aliases
        .find_by_address(&sales.to_uppercase())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.targets.len(), found.is_active), (2, false));
    assert_eq!(aliases.list(domain).await.unwrap().len(), 1);
    assert_eq!(aliases.delete(&sales).await.unwrap(), Deleted::Removed);
}

/// After one refusal of the key nothing more is sent.
pub(crate) async fn strangers(stranger: &Client) {
    let first = stranger.version().await.unwrap_err();
    assert_eq!(first.kind(), ErrorKind::Unauthorized);
    let second = stranger.version().await.unwrap_err();
    assert_eq!(second.effect(), bheem_mailcow::Effect::NotSent);
}
