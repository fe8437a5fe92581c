use bheem_mail::{
    Account, Deleted, ErrorKind, SubmitPolicy,
    message::OutgoingMessage,
    sieve::{Action, Condition, Field, Match, Rule, Script, Vacation},
};

use super::{Subject, fresh, person, submission::arrival};

pub(super) async fn live_and_die(account: &Account) {
    let scripts = account.scripts();
    let offered = scripts.capabilities().await.unwrap();
    assert!(
        offered.extensions.iter().any(|one| one == "vacation"),
        "{offered:?}"
    );
    let (name, other) = (format!("{} \"ü\"", fresh("script")), fresh("script"));
    let script = Script::new()
        .rule(Rule::new("a").then(Action::MarkSeen))
        .to_sieve()
        .unwrap();
    scripts.check(&script).await.unwrap();
    let wrong = scripts.check("if {").await.unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::Invalid, "{wrong:?}");
    assert_eq!(scripts.find(&name).await.unwrap(), None);
    scripts.put(&name, &script).await.unwrap();
    assert_eq!(
        scripts.find(&name).await.unwrap().as_deref(),
        Some(script.as_str())
    );
    scripts.activate(&name).await.unwrap();
    let list = scripts.list().await.unwrap();
    assert!(
        list.iter().any(|one| one.name == name && one.is_active),
        "{list:?}"
    );
    assert!(scripts.delete(&name).await.is_err());
    scripts.deactivate().await.unwrap();
    scripts.rename(&name, &other).await.unwrap();
    let missing = scripts.activate(&name).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound, "{missing:?}");
    assert_eq!(scripts.delete(&other).await.unwrap(), Deleted::Removed);
    assert_eq!(scripts.delete(&other).await.unwrap(), Deleted::Absent);
}

/// A filter files what arrives, and an answer is sent to it.
pub(super) async fn file_what_arrives(subject: &Subject) {
    let account = &subject.account;
    let (name, folder) = (fresh("script"), fresh("filed"));
    account.folders().create(&folder).await.unwrap();
    let script = Script::new()
        .vacation(Vacation::new("I am \"away\".").subject("Away"))
        .rule(
            Rule::new("filed")
                .when(Condition::Field(
                    Field::Subject,
                    Match::Contains,
                    "file \"me\"".into(),
                ))
                .then(Action::MarkSeen)
                .then(Action::FileInto(folder.clone())),
        )
        .to_sieve()
        .unwrap();
    account.scripts().put(&name, &script).await.unwrap();
    account.scripts().activate(&name).await.unwrap();
    let built = OutgoingMessage::new(person(&subject.address))
        .to(person(&subject.address))
        .subject("please file \"me\"")
        .text("x")
        .build()
        .unwrap();
    account
        .submit(&built, SubmitPolicy::AllOrNobody)
        .await
        .unwrap();
    let uid = arrival(account, &folder, built.message_id()).await;
    let [filed] = account
        .messages(&folder)
        .get_all(&[uid])
        .await
        .unwrap()
        .items
        .try_into()
        .unwrap();
    assert!(filed.is_seen());
    account.scripts().deactivate().await.unwrap();
    account.scripts().delete(&name).await.unwrap();
    account.folders().delete(&folder).await.unwrap();
}
