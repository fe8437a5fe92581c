//! No password and no token in what is logged or printed.

use std::{
    io::Write,
    sync::{Arc, Mutex, PoisonError},
};

use bheem_identity::{Registered, Registration};
use bheem_vault::token;
use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{Bed, from, password_change};

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8(bytes.clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn neither_logs_nor_debug_output_hold_a_secret() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let bed = Bed::new().await;
    let client = from("192.0.2.1");
    let (password, second, third) = (
        token::generate().unwrap(),
        token::generate().unwrap(),
        token::generate().unwrap(),
    );
    let registration = Registration {
        username: "ada".to_owned(),
        password: password.clone(),
        email: Some("ada@a.example".to_owned()),
        full_name: None,
        phone: None,
        company_code: None,
    };
    let mut printed = vec![format!("{registration:?}")];
    let made = bed.identity.register(registration).await.unwrap();
    printed.push(format!("{made:?} {:?}", bed.identity));
    let Registered::Account(made) = made else {
        panic!("{made:?}")
    };
    let wrong = token::generate().unwrap();
    let refused = bed.identity.sign_in("ada", wrong.clone(), &client).await;
    printed.push(format!("{refused:?}"));
    let identity = &bed.identity;
    let first = identity.sign_in("ada", password.clone(), &client).await;
    let first = first.unwrap();
    let refreshed = identity.refresh(&first.refresh_token).await.unwrap();
    // Used twice: a warning is logged.
    let twice = identity.refresh(&first.refresh_token).await;
    printed.push(format!("{first:?} {refreshed:?} {twice:?}"));
    let own = identity.sign_in("ada", password.clone(), &client).await;
    let own = own.unwrap();
    let changed = identity
        .change_password(
            made.id,
            own.session_id,
            password_change(password.clone(), second.clone()),
            &client,
        )
        .await;
    printed.push(format!("{own:?} {changed:?}"));
    let claims = identity.tokens().authenticate(&own.access_token).await;
    printed.push(format!("{claims:?} {:?}", identity.tokens()));
    let link = bed.link(made.id, "ada@a.example").await;
    let set = identity
        .set_password_by_link(&link, third.clone(), false)
        .await;
    printed.push(format!("{set:?} {:?}", identity.revocations()));
    let hash = bed.read().await.accounts().find(made.id).await.unwrap();
    let hash: SecretString = hash.unwrap().hashed_password.unwrap().into();

    let printed = printed.join("\n");
    let logged = log.text();
    assert!(
        logged.contains("a refresh token was used twice"),
        "{logged}"
    );
    assert!(printed.contains("ada@a.example"));
    let accesses = [&first, &refreshed, &own].map(|one| one.access_token.clone().into());
    let secrets = [password, second, third, wrong, link, hash]
        .into_iter()
        .chain([&first, &refreshed, &own].map(|one| one.refresh_token.clone()))
        .chain(accesses);
    for (number, secret) in secrets.enumerate() {
        let secret: SecretString = secret;
        assert!(!logged.contains(secret.expose_secret()), "logged: {number}");
        assert!(
            !printed.contains(secret.expose_secret()),
            "printed: {number}"
        );
    }
}
