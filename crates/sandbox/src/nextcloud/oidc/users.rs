//! Accounts made before the first login (`lib/Controller/OcsApiController.php` of the app).

use serde_json::json;

use super::super::{
    accounts::{self, Account},
    envelope::{Failure, Outcome, nothing},
    options,
    params::Params,
    quota,
};
use crate::{http::Request, random, store::Store};

/// The only provider there is.
const PROVIDER: &str = "1";

pub(in crate::nextcloud) fn answer(
    store: &mut Store,
    request: &Request,
    path: &[&str],
    params: &Params,
) -> Outcome {
    let Some(provider) = options::load(store).oidc else {
        return Err(Failure::not_found(
            "Invalid query, please check the syntax.",
        ));
    };
    match (request.method.as_str(), path) {
        ("POST", ["user"]) => {
            if params.text("providerId").as_deref() != Some(PROVIDER) {
                return Err(Failure::new(404, "Provider not found"));
            }
            let user = provider.user_id(&params.text("userId").unwrap_or_default());
            if user.is_empty() {
                return Err(Failure::new(400, "No user id"));
            }
            let known = accounts::load(store, &user);
            let mut account =
                known.unwrap_or_else(|| Account::new(&user, &random::letters::<64>()));
            if let Some(name) = params.text("displayName") {
                account.display_name = name;
            }
            if let Some(email) = params.text("email") {
                account.email = Some(email);
            }
            if let Some(quota) = params.text("quota").and_then(|text| quota::parse(&text)) {
                account.quota = quota;
            }
            accounts::save(store, &account);
            Ok(json!({"userId": account.id}))
        }
        ("DELETE", ["user", id]) => match accounts::load(store, id) {
            Some(account) => {
                accounts::remove(store, &account.id);
                Ok(nothing())
            }
            None => Err(Failure::new(404, "User not found")),
        },
        _ => Err(Failure::not_found(
            "Invalid query, please check the syntax.",
        )),
    }
}
