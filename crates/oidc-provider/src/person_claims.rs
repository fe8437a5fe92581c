//! What a client is told about a person, by scope (OpenID Connect Core section 5.4) and by the
//! `claims` parameter (section 5.5).

use bheem_persistence::repo::PersonClaims;
use serde_json::{Map, Value};

use crate::client::Client;

/// The claims of the granted scopes, and those of `requested` by name that lie within the scopes the
/// client is registered for.
pub(crate) fn claims(
    person: &PersonClaims,
    client: &Client,
    acr: &str,
    granted: &[&str],
    requested: &[String],
) -> Map<String, Value> {
    let account = &person.account;
    let registered = &client.record.settings.scopes;
    let mut told = Map::new();
    let mut tell = |scope: &str, name: &str, value: Option<Value>| {
        let is_wanted = granted.contains(&scope)
            || (requested.iter().any(|wanted| wanted == name)
                && registered.iter().any(|allowed| allowed == scope));
        if let (true, Some(value)) = (is_wanted, value) {
            told.insert(name.to_owned(), value);
        }
    };
    let text = |value: Option<&str>| value.map(Value::from);

    let name = person.display_name();
    let (given, family) = name.map_or((None, None), |name| match name.rsplit_once(' ') {
        Some((given, family)) => (Some(given.trim()), Some(family)),
        None => (Some(name), None),
    });
    tell(
        "profile",
        "preferred_username",
        Some(person.public_name().into()),
    );
    tell("profile", "name", text(name));
    tell("profile", "given_name", text(given));
    tell("profile", "family_name", text(family));
    tell("profile", "locale", text(person.locale.as_deref()));
    let updated_at = person.updated_at.timestamp();
    tell("profile", "updated_at", Some(updated_at.into()));
    let company = account.company_id.map(|id| id.to_string().into());
    tell("profile", "company_id", company);
    tell(
        "profile",
        "company_code",
        text(account.company_code.as_deref()),
    );
    tell("profile", "role", text(Some(account.role.as_str())));

    let email = account.email.as_ref().map(|email| email.to_string().into());
    let has_email = account.email.is_some();
    let is_proven = person.proven_email().is_some();
    tell("email", "email", email);
    tell(
        "email",
        "email_verified",
        has_email.then_some(is_proven.into()),
    );

    let is_proven = person.phone_verified_at.is_some();
    let has_phone = person.phone.is_some();
    tell("phone", "phone_number", text(person.phone.as_deref()));
    tell(
        "phone",
        "phone_number_verified",
        has_phone.then_some(is_proven.into()),
    );

    let places = client.places(person, acr);
    // An id is never given to another tenant; a slug may be, so only a client that is bound to the tenant by its id
    // is told one.
    let groups = places.iter().flat_map(|place| {
        let named = client.is_of(place.tenant_id).then(|| place.slug.clone());
        let told = std::iter::once(place.tenant_id.to_string()).chain(named);
        told.flat_map(|name| {
            let with_role = format!("{name}:{}", place.role.as_str());
            [name, with_role]
        })
    });
    tell("groups", "groups", Some(groups.collect::<Vec<_>>().into()));
    let is_one = client.tenant().is_some();
    let roles = places.iter().map(|place| {
        if is_one {
            place.role.as_str().to_owned()
        } else {
            format!("{}:{}", place.tenant_id, place.role.as_str())
        }
    });
    tell("roles", "roles", Some(roles.collect::<Vec<_>>().into()));

    if let Some(tenant) = client.tenant() {
        told.insert("tid".to_owned(), tenant.to_string().into());
    }
    told
}

/// The names below one member of the `claims` parameter.
pub(crate) fn requested(claims: Option<&Value>, member: &str) -> Vec<String> {
    claims
        .and_then(|claims| claims.get(member))
        .and_then(Value::as_object)
        .map(|names| names.keys().take(64).cloned().collect())
        .unwrap_or_default()
}
