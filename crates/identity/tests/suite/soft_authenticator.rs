//! An authenticator in software (WebAuthn Level 3, 6): one resident key for ES256, attestation `none`.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use bheem_vault::token;
use serde_json::{Value, json};

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

pub(crate) struct Authenticator {
    pair: EcdsaKeyPair,
    id: Vec<u8>,
    user: String,
    pub(crate) counter: u32,
    pub(crate) verifies: bool,
    pub(crate) origin: String,
}

impl Authenticator {
    pub(crate) fn new() -> Self {
        Self {
            pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            id: token::random_bytes::<32>().unwrap().to_vec(),
            user: String::new(),
            counter: 0,
            verifies: true,
            origin: "https://work.example".to_owned(),
        }
    }

    fn data(&mut self, host: &str, flags: u8) -> Vec<u8> {
        self.counter += 1;
        let mut data = token::hash(host.as_bytes()).to_vec();
        data.push(flags | PRESENT | if self.verifies { VERIFIED } else { 0 });
        data.extend_from_slice(&self.counter.to_be_bytes());
        data
    }

    fn client_data(&self, kind: &str, challenge: &Value) -> Vec<u8> {
        let data = json!({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false});
        data.to_string().into_bytes()
    }

    /// What `navigator.credentials.create` gives.
    pub(crate) fn create(&mut self, options: &Value) -> Value {
        let options = &options["publicKey"];
        self.user = options["user"]["id"].as_str().unwrap().to_owned();
        let mut data = self.data(options["rp"]["id"].as_str().unwrap(), ATTESTED);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend_from_slice(&self.id);
        // COSE_Key (RFC 9052, 7): EC2, ES256, P-256, x, y.
        let point = self.pair.public_key().as_ref();
        data.extend_from_slice(&[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend_from_slice(&point[1..33]);
        data.extend_from_slice(&[0x22, 0x58, 0x20]);
        data.extend_from_slice(&point[33..]);
        // CBOR (RFC 8949): a map of three.
        let mut object = vec![0xa3];
        object.extend_from_slice(b"\x63fmt\x64none\x67attStmt\xa0\x68authData\x58");
        object.push(u8::try_from(data.len()).unwrap());
        object.extend_from_slice(&data);
        let client = self.client_data("webauthn.create", &options["challenge"]);
        let id = token::encode(&self.id);
        json!({
            "id": id, "rawId": id, "type": "public-key",
            "response": {
                "attestationObject": token::encode(&object),
                "clientDataJSON": token::encode(&client),
            },
            "clientExtensionResults": {},
        })
    }

    /// What `navigator.credentials.get` gives.
    pub(crate) fn get(&mut self, options: &Value) -> Value {
        let options = &options["publicKey"];
        let data = self.data(options["rpId"].as_str().unwrap(), 0);
        let client = self.client_data("webauthn.get", &options["challenge"]);
        let mut signed = data.clone();
        signed.extend_from_slice(&token::hash(&client));
        let signature = self.pair.sign(&SystemRandom::new(), &signed).unwrap();
        let id = token::encode(&self.id);
        json!({
            "id": id, "rawId": id, "type": "public-key",
            "response": {
                "authenticatorData": token::encode(&data),
                "clientDataJSON": token::encode(&client),
                "signature": token::encode(signature.as_ref()),
                "userHandle": self.user,
            },
            "clientExtensionResults": {},
        })
    }
}
