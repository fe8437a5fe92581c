//! What a browser carries between the first factor and the second: who has proven a password, when,
//! and which session is to be raised by it. A message authentication code over that; ten minutes.

use bheem_domain::{AccountId, SessionId};
use bheem_vault::{Vault, token};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::Result;

const LIFE: TimeDelta = TimeDelta::minutes(10);
const BODY: usize = 40;

/// What is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The second factor that the account has.
    SecondFactor,
    /// A second factor at all.
    Enrolment,
}

impl Stage {
    const fn purpose(self) -> &'static str {
        match self {
            Self::SecondFactor => "identity.pending_second_factor",
            Self::Enrolment => "identity.pending_enrolment",
        }
    }
}

/// Somebody who has proven a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pending {
    pub(super) account: AccountId,
    /// The session to be raised; a new one begins without.
    pub(super) session: Option<SessionId>,
    pub(super) since: DateTime<Utc>,
}

pub(super) fn issue(vault: &Vault, stage: Stage, pending: &Pending) -> Result<SecretString> {
    let mut bytes = Vec::with_capacity(BODY + 32);
    bytes.extend_from_slice(pending.account.as_uuid().as_bytes());
    let session = pending.session.map_or(Uuid::nil(), SessionId::as_uuid);
    bytes.extend_from_slice(session.as_bytes());
    bytes.extend_from_slice(&pending.since.timestamp_micros().to_be_bytes());
    let tag = vault.authenticate(stage.purpose(), &bytes)?;
    bytes.extend_from_slice(&tag);
    Ok(token::encode(&bytes).into())
}

/// What we issued for this stage and has not lapsed; `None` for any other text.
pub(super) fn read(
    vault: &Vault,
    stage: Stage,
    text: &SecretString,
    now: DateTime<Utc>,
) -> Result<Option<Pending>> {
    let Some(bytes) = token::decode(text.expose_secret()) else {
        return Ok(None);
    };
    let Some((body, tag)) = bytes.split_at_checked(BODY) else {
        return Ok(None);
    };
    if !vault.is_authentic(stage.purpose(), body, tag)? {
        return Ok(None);
    }
    Ok(parse(body).filter(|pending| now < pending.since + LIFE))
}

fn parse(body: &[u8]) -> Option<Pending> {
    let (account, rest) = body.split_first_chunk::<16>()?;
    let (session, rest) = rest.split_first_chunk::<16>()?;
    let since = i64::from_be_bytes(rest.try_into().ok()?);
    let session = Uuid::from_bytes(*session);
    Some(Pending {
        account: Uuid::from_bytes(*account).into(),
        session: (!session.is_nil()).then(|| session.into()),
        since: DateTime::from_timestamp_micros(since)?,
    })
}

#[cfg(test)]
mod tests {
    use bheem_vault::{KeyRing, MasterKey};
    use proptest::prelude::*;

    use super::*;

    fn vault() -> Vault {
        Vault::new(KeyRing::new(vec![MasterKey::generate("a").unwrap()]).unwrap())
    }

    fn pending(session: Option<SessionId>) -> Pending {
        Pending {
            account: Uuid::from_u128(7).into(),
            session,
            since: DateTime::from_timestamp(1_800_000_000, 5_000).unwrap(),
        }
    }

    #[test]
    fn it_is_good_for_ten_minutes_and_for_its_stage() {
        let vault = vault();
        for session in [None, Some(SessionId::from(Uuid::from_u128(9)))] {
            let pending = pending(session);
            let text = issue(&vault, Stage::SecondFactor, &pending).unwrap();
            let at = |minutes| pending.since + TimeDelta::minutes(minutes);
            let read = |stage, now| read(&vault, stage, &text, now).unwrap();
            assert_eq!(read(Stage::SecondFactor, at(9)), Some(pending));
            assert_eq!(read(Stage::SecondFactor, at(10)), None);
            assert_eq!(read(Stage::Enrolment, at(1)), None);
        }
    }

    proptest! {
        #[test]
        fn no_text_but_ours_is_read(text in "[A-Za-z0-9_-]{0,120}", any in ".{0,120}") {
            let vault = vault();
            for text in [text, any] {
                for stage in [Stage::SecondFactor, Stage::Enrolment] {
                    let text = text.as_str().into();
                    prop_assert_eq!(read(&vault, stage, &text, DateTime::UNIX_EPOCH).unwrap(), None);
                }
            }
        }

        #[test]
        fn a_changed_one_is_not_read(at in 0_usize..72, bit in 0_u8..8) {
            let vault = vault();
            let pending = pending(None);
            let text = issue(&vault, Stage::SecondFactor, &pending).unwrap();
            let mut bytes = token::decode(text.expose_secret()).unwrap();
            bytes[at] ^= 1 << bit;
            let changed = token::encode(&bytes).into();
            prop_assert_eq!(read(&vault, Stage::SecondFactor, &changed, pending.since).unwrap(), None);
        }
    }
}
