//! Argon2id, off the async threads and a few at a time. Hashes of bcrypt, which come from other
//! systems, are checked and then replaced.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version,
    password_hash::SaltString,
};
use bheem_vault::token;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    Error, Result,
    lane::{Lane, Place},
};

/// Hashes and checks passwords; cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    /// Passwords that are looked at; fair by network.
    checks: Lane,
    /// New passwords. Whoever registers does not keep anybody from signing in.
    news: Lane,
    /// What is checked when there is no such account, so that it takes as long as when there is.
    decoy: Arc<str>,
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passwords").finish_non_exhaustive()
    }
}

impl Passwords {
    /// At most `threads` at work on passwords that are looked at and `max_waiting` behind them; and one at
    /// work on new passwords, with a quarter of the queue.
    ///
    /// # Errors
    /// [`Error::Crypto`] when there are no random bytes.
    pub fn new(threads: usize, max_waiting: usize) -> Result<Self> {
        let decoy = hash(&token::generate()?)?;
        Ok(Self {
            checks: Lane::new(threads, max_waiting),
            news: Lane::new(1, max_waiting.div_ceil(4)),
            decoy: decoy.into(),
        })
    }

    /// The hash to keep, in PHC string format, with a new salt.
    ///
    /// # Errors
    /// [`Error::TooMany`] when too many wait already.
    pub async fn hash(&self, password: SecretString) -> Result<String> {
        let turn = self.of(self.news.enter("").await?);
        turn.run(move || hash(&password)).await?
    }

    /// Whether the password fits the hash; no hash fits none, after the same time.
    ///
    /// # Errors
    /// [`Error::TooMany`].
    pub async fn verify(&self, password: SecretString, hash: Option<String>) -> Result<bool> {
        self.turn("").await?.is_correct(password, hash).await
    }

    /// Waits for a turn. Whoever has it may look something up before and write something down after
    /// the hashing, and knows that nobody did so in between.
    ///
    /// # Errors
    /// [`Error::TooMany`] when too many wait already.
    pub(crate) async fn turn(&self, network: &str) -> Result<Turn> {
        Ok(self.of(self.checks.enter(network).await?))
    }

    fn of(&self, place: Place) -> Turn {
        Turn {
            place: Arc::new(place),
            decoy: Arc::clone(&self.decoy),
        }
    }
}

/// The right to hash, until it is dropped.
pub(crate) struct Turn {
    place: Arc<Place>,
    decoy: Arc<str>,
}

impl Turn {
    /// Whether the password is the one behind the hash. Without a hash the answer is no, after the
    /// same work.
    pub(crate) async fn is_correct(
        &self,
        password: SecretString,
        hash: Option<String>,
    ) -> Result<bool> {
        let known = hash.is_some();
        let hash = hash.map_or_else(|| Arc::clone(&self.decoy), Arc::from);
        let matches = self.run(move || verify(&password, &hash)).await?;
        Ok(matches && known)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        metrics::counter!("password_hashes_total").increment(1);
        let place = Arc::clone(&self.place);
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the bounded pool: the place goes along and ends with the work, even if the caller does not wait for it"
        )]
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(place);
            result
        });
        done.await
            .map_err(|_error| Error::Crypto("a hashing thread ended"))
    }
}

/// OWASP Password Storage Cheat Sheet (2025): 19 MiB, two passes, one lane.
fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(19 * 1024, 2, 1, None)
        .map_err(|_error| Error::Crypto("the hash's parameters"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &SecretString) -> Result<String> {
    let salt = SaltString::encode_b64(&*token::random_bytes::<16>()?)
        .map_err(|_error| Error::Crypto("the salt"))?;
    Ok(argon2()?
        .hash_password(password.expose_secret().as_bytes(), &salt)
        .map_err(|_error| Error::Crypto("the hash"))?
        .to_string())
}

/// Whether the hash is bcrypt's.
pub(crate) fn is_bcrypt(hash: &str) -> bool {
    ["$2a$", "$2b$", "$2y$"]
        .iter()
        .any(|prefix| hash.starts_with(prefix))
}

/// A hash that does not parse fits no password.
fn verify(password: &SecretString, hash: &str) -> bool {
    if is_bcrypt(hash) {
        return bcrypt::verify(password.expose_secret(), hash).unwrap_or(false);
    }
    let (Ok(argon2), Ok(hash)) = (argon2(), PasswordHash::new(hash)) else {
        return false;
    };
    argon2
        .verify_password(password.expose_secret().as_bytes(), &hash)
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Passwords {
        async fn is_correct(&self, password: SecretString, hash: Option<String>) -> Result<bool> {
            self.turn("").await?.is_correct(password, hash).await
        }
    }

    #[tokio::test]
    async fn a_hash_fits_its_password_alone() {
        let passwords = Passwords::new(1, 8).unwrap();
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(
            passwords
                .is_correct("correct horse".into(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .is_correct("wrong horse".into(), Some(hash))
                .await
                .unwrap()
        );
        assert!(!passwords.is_correct("any".into(), None).await.unwrap());
        assert!(
            !passwords
                .is_correct("any".into(), Some("no hash".into()))
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn a_hash_of_bcrypt_fits_its_password_in_every_spelling() {
        let passwords = Passwords::new(1, 8).unwrap();
        let hash = bcrypt::hash_with_result("correct horse", 4).unwrap();
        for version in [
            bcrypt::Version::TwoA,
            bcrypt::Version::TwoB,
            bcrypt::Version::TwoY,
        ] {
            let hash = hash.format_for_version(version);
            assert!(is_bcrypt(&hash));
            let right = passwords.is_correct("correct horse".into(), Some(hash.clone()));
            assert!(right.await.unwrap());
            let wrong = passwords.is_correct("wrong horse".into(), Some(hash));
            assert!(!wrong.await.unwrap());
        }
        let broken = passwords.is_correct("any".into(), Some("$2b$04$x".to_owned()));
        assert!(!broken.await.unwrap());
    }

    #[tokio::test]
    async fn the_queue_is_bounded_and_empties() {
        let passwords = Passwords::new(1, 2).unwrap();
        let tries = (0..6).map(|_| passwords.is_correct("any".into(), None));
        let results = futures_join(tries).await;
        assert!(
            results
                .iter()
                .any(|result| matches!(result, Err(Error::TooMany { .. })))
        );
        assert!(results.iter().any(Result::is_ok));
        assert_eq!(passwords.checks.waiting(), 0);
    }

    #[tokio::test]
    async fn new_passwords_do_not_keep_anybody_from_signing_in() {
        let passwords = Passwords::new(1, 4).unwrap();
        let _at_work = passwords.news.enter("").await.unwrap();
        let mut waiting = Box::pin(passwords.hash("correct horse".into()));
        assert!(futures::poll!(waiting.as_mut()).is_pending());
        let refused = passwords.hash("correct horse".into()).await;
        assert!(matches!(refused, Err(Error::TooMany { .. })));
        assert!(!passwords.is_correct("any".into(), None).await.unwrap());
    }

    async fn futures_join<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
        let mut futures: Vec<_> = futures.map(Box::pin).collect();
        let mut results = Vec::new();
        std::future::poll_fn(|cx| {
            futures.retain_mut(|future| match future.as_mut().poll(cx) {
                std::task::Poll::Ready(result) => {
                    results.push(result);
                    false
                }
                std::task::Poll::Pending => true,
            });
            if futures.is_empty() {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
        results
    }
}
