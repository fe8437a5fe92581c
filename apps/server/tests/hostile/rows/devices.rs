//! Devices without a browser (RFC 8628).

use crate::row::{Expected, Row};

pub(crate) fn rows() -> Vec<Row> {
    let poll = |what: &str, form: &str, error| {
        let body = format!("grant_type={{device_grant}}&{form}");
        Row::form(what, "token", body, 400, error)
    };
    vec![
        poll("no device code", "x=1", "invalid_request").by("web"),
        poll(
            "a device code that is none",
            "device_code=x",
            "invalid_grant",
        )
        .by("web"),
        poll(
            "a device code of another client",
            "device_code={device_code:web}",
            "invalid_grant",
        )
        .by("other"),
        poll(
            "a device code of a confidential client by a public one",
            "device_code={device_code:web}&client_id={id:native}",
            "invalid_grant",
        ),
        poll(
            "a device code too soon",
            "device_code={device_code:web}",
            "authorization_pending",
        )
        .by("web"),
        poll(
            "a device code too often",
            "device_code={polled_device_code:web}",
            "slow_down",
        )
        .by("web"),
        poll(
            "a device code that lapsed",
            "device_code={lapsed_device_code:web}",
            "expired_token",
        )
        .by("web"),
        poll(
            "a device code where the grant is not allowed",
            "device_code=x",
            "unauthorized_client",
        )
        .by("loose"),
        Row::form(
            "a device asks for too much",
            "device_authorization",
            "scope=openid+admin",
            400,
            "invalid_scope",
        )
        .by("web"),
        Row::form(
            "a device asks for a foreign resource",
            "device_authorization",
            "resource=https%3A%2F%2Fevil.example",
            400,
            "invalid_target",
        )
        .by("web"),
        Row::form(
            "a client that has no devices",
            "device_authorization",
            "scope=openid",
            400,
            "unauthorized_client",
        )
        .by("loose"),
        Row::form(
            "a client that is switched off",
            "device_authorization",
            "scope=openid",
            401,
            "invalid_client",
        )
        .by("off"),
        Row::new(
            "a code is typed without the mark of the form",
            "POST /device",
            Expected::Page(403),
        )
        .body("user_code=BCDF-GHJK&choice=allow")
        .of_person("ada"),
    ]
}
