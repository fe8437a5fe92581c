//! The expected signatures were computed by another implementation, Python's `hmac`, with a key that is no secret of
//! anybody.

use bheem_http_kit::SecretString;
use proptest::prelude::*;

use super::*;

fn key(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

const CHECKOUT: &str = "ab0226146103b97a364b31dd39033a439031ede25ed15a01627e5919870d5d6f";
const WEBHOOK: &str = "43b4fe3953029ce55f385d608b727d4eb62e9386c29fe152188c498fd090d4d0";
const BODY: &[u8] = br#"{"event":"order.paid","created_at":1795246655,"payload":{"order":{"entity":{"id":"order_1","amount":49900,"currency":"INR","status":"paid"}}}}"#;

fn sign(key: &[u8], message: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
    let digits = tag.as_ref().iter();
    digits.fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[test]
fn a_payment_is_believed_with_the_right_signature_for_this_very_order() {
    let checkout = Checkout::new([&key("key-of-the-test-vectors")]);
    assert_eq!(checkout.verify("order_1", "pay_1", CHECKOUT), Ok(()));
    assert_eq!(
        checkout.verify("order_1", "pay_1", &CHECKOUT.to_uppercase()),
        Ok(())
    );
    for (order, payment, signature) in [
        ("order_2", "pay_1", CHECKOUT),
        ("order_1", "pay_2", CHECKOUT),
        ("order_1|pay", "1", CHECKOUT),
        ("order_1", "pay_1", ""),
        ("order_1", "pay_1", WEBHOOK),
    ] {
        assert_eq!(
            checkout.verify(order, payment, signature),
            Err(SignatureError::Wrong)
        );
    }
}

#[test]
fn a_webhook_is_believed_with_either_secret_of_a_rotation_and_byte_by_byte() {
    let (old, new) = (key("key-of-the-test-vectors"), key("its-successor"));
    let event = Webhooks::new([&new, &old]).receive(BODY, WEBHOOK).unwrap();
    assert_eq!(event.kind, crate::EventKind::OrderPaid);
    assert_eq!(event.order.unwrap().id, "order_1");
    let alone = Webhooks::new([&new]);
    assert_eq!(
        alone.receive(BODY, WEBHOOK).unwrap_err(),
        SignatureError::Wrong
    );
    let changed = [BODY, b" "].concat();
    let webhooks = Webhooks::new([&old]);
    assert_eq!(
        webhooks.receive(&changed, WEBHOOK).unwrap_err(),
        SignatureError::Wrong
    );
}

#[test]
fn without_a_secret_nothing_is_believed() {
    let empty = Webhooks::new([&key("")]);
    let signature = sign(b"", BODY);
    assert_eq!(
        empty.receive(BODY, &signature).unwrap_err(),
        SignatureError::Wrong
    );
    assert!(!format!("{:?}", Webhooks::new([&key("hidden")])).contains("hidden"));
}

proptest! {
    #[test]
    fn fuzz_no_text_is_a_signature(text in r"\PC{0,80}", body in proptest::collection::vec(any::<u8>(), 0..64)) {
        let webhooks = Webhooks::new([&key("key-of-the-test-vectors")]);
        prop_assert_eq!(webhooks.receive(&body, &text).unwrap_err(), SignatureError::Wrong);
    }

    #[test]
    fn fuzz_signed_bytes_are_read_without_a_panic(body in proptest::collection::vec(any::<u8>(), 0..512)) {
        let secret = key("key-of-the-test-vectors");
        let signature = sign(b"key-of-the-test-vectors", &body);
        let read = Webhooks::new([&secret]).receive(&body, &signature);
        prop_assert!(!matches!(read, Err(SignatureError::Wrong)));
    }
}
