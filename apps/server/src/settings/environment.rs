//! The environment: `BHEEM__SECTION__KEY`, and the names that documents promise.

/// Promised names and what they are here.
const ALIASES: &[(&str, &str)] = &[
    ("DATABASE_URL", "database.url"),
    ("ACCESS_TOKEN_EXPIRE_MINUTES", "auth.access_token_minutes"),
    ("NEXTCLOUD_URL", "nextcloud.url"),
    ("NEXTCLOUD_ADMIN_USER", "nextcloud.admin_user"),
    ("NEXTCLOUD_ADMIN_PASS", "nextcloud.admin_password"),
    ("NEXTCLOUD_ADMIN_PASSWORD", "nextcloud.admin_password"),
    ("MAILCOW_API_KEY", "mailcow.api_key"),
    ("MAILCOW_API_URL", "mailcow.url"),
    ("MAILCOW_URL", "mailcow.url"),
    ("NOTIFY_SERVICE_URL", "notify.url"),
    ("NOTIFY_API_KEY", "notify.api_key"),
    ("NOTIFY_TIMEOUT", "notify.timeout_seconds"),
    ("NOTIFY_SENDER_EMAIL", "notify.sender_email"),
    ("NOTIFY_SENDER_NAME", "notify.sender_name"),
    ("PROVISIONING_AUTO_MAILBOX", "provisioning.auto_mailbox"),
    ("PROVISIONING_SEND_WELCOME", "provisioning.send_welcome"),
    ("PROVISIONING_SYNC_PASSPORT", "provisioning.sync_passport"),
    ("PROVISIONING_SYNC_NEXTCLOUD", "provisioning.sync_nextcloud"),
    ("WORKSPACE_FRONTEND_URL", "provisioning.frontend_url"),
    ("RUST_LOG", "log.filter"),
];

const PREFIX: &str = "BHEEM__";
/// Lists, whose items are set apart by commas.
const LISTS: &[&str] = &[
    "http.trusted_proxies",
    "dns.servers",
    "vault.keys",
    "oidc.private_hosts",
];

/// One setting from the environment.
#[derive(Debug, PartialEq)]
pub(super) struct Override {
    /// Dotted name.
    pub(super) key: String,
    /// Its value.
    pub(super) value: config::Value,
}

/// What the environment sets. Native names come last and win; other names are not ours and are left
/// alone.
pub(super) fn overrides(vars: &[(String, String)]) -> Vec<Override> {
    let given = |name: &str| {
        vars.iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    };
    let aliases = ALIASES.iter().filter_map(|(name, key)| {
        let value = given(name)?;
        // One of the two spellings holds the whole API's address.
        let value = match *name {
            "MAILCOW_API_URL" => value.trim_end_matches('/').trim_end_matches("/api/v1"),
            "DATABASE_URL" => return Some(entry(key, &plain_scheme(value))),
            _ => value,
        };
        Some(entry(key, value))
    });
    let native = vars.iter().filter_map(|(name, value)| {
        let key = name.strip_prefix(PREFIX)?.to_ascii_lowercase();
        Some(entry(&key.replace("__", "."), value))
    });
    aliases.chain(native).collect()
}

/// Some programs write their driver into the scheme.
fn plain_scheme(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) if scheme.starts_with("postgresql+") => format!("postgresql://{rest}"),
        _ => url.to_owned(),
    }
}

/// Values stay texts: guessing types would turn a key of digits into a number.
fn entry(key: &str, value: &str) -> Override {
    let value = if LISTS.contains(&key) {
        let items: Vec<config::Value> = value
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(config::Value::from)
            .collect();
        config::Value::from(items)
    } else {
        config::Value::from(value)
    };
    Override {
        key: key.to_owned(),
        value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(vars: &[(&str, &str)]) -> Vec<(String, String)> {
        let vars: Vec<_> = vars
            .iter()
            .map(|(k, v)| (k.to_string(), v.to_string()))
            .collect();
        overrides(&vars)
            .into_iter()
            .map(|o| (o.key, o.value.to_string()))
            .collect()
    }

    #[test]
    fn promised_names_work_and_native_ones_win() {
        let set = of(&[
            ("BHEEM__MAILCOW__URL", "https://native.example"),
            ("MAILCOW_API_URL", "https://mail.example/api/v1"),
            ("PATH", "/bin"),
        ]);
        assert_eq!(
            set,
            [
                ("mailcow.url".to_owned(), "https://mail.example".to_owned()),
                (
                    "mailcow.url".to_owned(),
                    "https://native.example".to_owned()
                ),
            ]
        );
    }

    #[test]
    fn both_spellings_of_a_name_are_read() {
        for name in ["NEXTCLOUD_ADMIN_PASS", "NEXTCLOUD_ADMIN_PASSWORD"] {
            assert_eq!(of(&[(name, "x")])[0].0, "nextcloud.admin_password");
        }
    }

    #[test]
    fn a_drivers_name_in_the_scheme_is_dropped() {
        let set = of(&[("DATABASE_URL", "postgresql+asyncpg://u@h/db")]);
        assert_eq!(set[0].1, "postgresql://u@h/db");
    }
}
