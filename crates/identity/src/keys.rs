//! Keys that sign access tokens: Ed25519, made here, sealed, shared by all replicas.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use bheem_domain::{Clock, SigningKeyId};
use bheem_persistence::{Database, SystemScope, repo::SigningKeyRecord};
use bheem_vault::{Context, Vault};
use jsonwebtoken::{DecodingKey, EncodingKey};

use crate::{Error, Result};

/// A key that is ready for use.
pub(crate) struct SigningKey {
    pub(crate) id: String,
    pub(crate) encoding: EncodingKey,
    pub(crate) decoding: DecodingKey,
}

/// All keys, newest first; makes one when there is none.
pub(crate) async fn load(
    database: &Database,
    vault: &Vault,
    clock: &dyn Clock,
) -> Result<Vec<SigningKey>> {
    let scope = SystemScope::server("load signing keys");
    let mut records = database
        .system_read(&scope)
        .await?
        .signing_keys()
        .list()
        .await?;
    if records.is_empty() {
        let new = generate(vault, clock)?;
        let mut tx = database.system(&scope).await?;
        tx.signing_keys().insert_first(&new).await?;
        records = tx.signing_keys().list().await?;
        tx.commit().await?;
    }
    records.iter().map(|record| open(record, vault)).collect()
}

fn generate(vault: &Vault, clock: &dyn Clock) -> Result<SigningKeyRecord> {
    let pair = Ed25519KeyPair::generate().map_err(|_error| Error::Crypto("making a key"))?;
    let document = pair
        .to_pkcs8v1()
        .map_err(|_error| Error::Crypto("writing a key"))?;
    let id = SigningKeyId::generate(clock);
    Ok(SigningKeyRecord {
        id,
        public_key: pair.public_key().as_ref().to_vec(),
        sealed: vault.seal_bytes(&context(id), document.as_ref())?,
        created_at: clock.now(),
    })
}

fn open(record: &SigningKeyRecord, vault: &Vault) -> Result<SigningKey> {
    let document = vault.open_bytes(&context(record.id), &record.sealed)?;
    Ok(SigningKey {
        id: record.id.to_string(),
        encoding: EncodingKey::from_ed_der(&document),
        decoding: DecodingKey::from_ed_der(&record.public_key),
    })
}

fn context(id: SigningKeyId) -> Context<'static> {
    Context::new("identity.signing_key").of(id)
}
