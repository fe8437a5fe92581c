//! What the client and an MSG91 account agree on, whether the account is a stand-in or real.

use bheem_msg91::{Channel, Client, ErrorKind, Flow, Mobile, Recipient, SecretString};

/// Delivers a code and a message from a template to a number.
pub(crate) async fn delivery(
    msg91: &Client,
    mobile: &Mobile,
    code_template: &str,
    flow_template: &str,
) {
    let code = SecretString::from("482913");
    let sent = msg91
        .send_code(code_template, mobile, &code, 10)
        .await
        .unwrap();
    assert!(sent.request_id.is_some());
    msg91.resend_code(mobile, Channel::Text).await.unwrap();
    let recipient = Recipient::new(mobile.clone()).variable("NAME", "John");
    let sent = msg91
        .send_flow(&Flow::new(flow_template).to(recipient))
        .await
        .unwrap();
    assert!(sent.request_id.is_some());
}

/// What it refuses.
pub(crate) async fn refusals(msg91: &Client, stranger: &Client, mobile: &Mobile) {
    let code = SecretString::from("482913");
    let error = msg91
        .send_code("no-such-template", mobile, &code, 10)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let error = msg91
        .send_flow(&Flow::new("no-such-template"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let error = stranger
        .send_code("any", mobile, &code, 10)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
}
