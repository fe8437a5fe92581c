//! Reading settings and finding what is missing.

use std::path::Path;

use config::{Config, File, FileFormat};

use super::{Settings, environment};

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file does not read, or a value has the wrong form.
    #[error("reading the settings")]
    Read(#[source] config::ConfigError),
    /// A value is missing or contradicts another.
    #[error("the settings cannot be used: {0}")]
    Unusable(String),
}

/// Reads the file, if one is named, and the environment over it.
///
/// # Errors
/// [`Error`], naming the setting.
pub fn load(file: Option<&Path>, vars: &[(String, String)]) -> Result<Settings, Error> {
    let mut builder = Config::builder();
    if let Some(path) = file {
        builder = builder.add_source(File::from(path).format(FileFormat::Toml));
    }
    for set in environment::overrides(vars) {
        builder = builder
            .set_override(set.key, set.value)
            .map_err(Error::Read)?;
    }
    let mut settings: Settings = builder
        .build()
        .and_then(Config::try_deserialize)
        .map_err(Error::Read)?;
    settings.resolve_files().map_err(Error::Unusable)?;
    Ok(settings)
}

/// Reads settings from a text; for tests.
///
/// # Errors
/// [`Error`], naming the setting.
pub fn parse(toml: &str) -> Result<Settings, Error> {
    let mut settings: Settings = Config::builder()
        .add_source(File::from_str(toml, FileFormat::Toml))
        .build()
        .and_then(Config::try_deserialize)
        .map_err(Error::Read)?;
    settings.resolve_files().map_err(Error::Unusable)?;
    Ok(settings)
}

impl Settings {
    fn resolve_files(&mut self) -> Result<(), String> {
        let Self {
            auth,
            database,
            mailcow,
            nextcloud,
            notify,
            ..
        } = self;
        auth.erp_database_url
            .resolve("auth.erp_database_url", auth.erp_database_url_file.as_ref())?;
        database
            .url
            .resolve("database.url", database.url_file.as_ref())?;
        database.migration_url.resolve(
            "database.migration_url",
            database.migration_url_file.as_ref(),
        )?;
        mailcow
            .api_key
            .resolve("mailcow.api_key", mailcow.api_key_file.as_ref())?;
        nextcloud.admin_password.resolve(
            "nextcloud.admin_password",
            nextcloud.admin_password_file.as_ref(),
        )?;
        notify
            .api_key
            .resolve("notify.api_key", notify.api_key_file.as_ref())?;
        if let Some(path) = &self.vault.keys_file {
            let text = std::fs::read_to_string(path)
                .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            let keys = text.lines().map(str::trim).filter(|line| !line.is_empty());
            self.vault.keys.extend(keys.map(super::Secret::from));
        }
        Ok(())
    }

    /// Refuses settings with which a server cannot run honestly.
    ///
    /// # Errors
    /// [`Error::Unusable`], naming everything that is missing.
    pub fn check(&self) -> Result<(), Error> {
        let mut missing = Vec::new();
        let mut need = |is_there: bool, what: &str| {
            if !is_there {
                missing.push(what.to_owned());
            }
        };
        need(self.database.url.is_set(), "database.url");
        need(
            !self.vault.keys.is_empty(),
            "vault.keys or vault.keys_file (make a key with `openssl rand -base64 32`, written as `name:key`)",
        );
        need(
            self.http.public_url.starts_with("http"),
            "http.public_url, the address people use",
        );
        need(!self.mail.mx_host.is_empty(), "mail.mx_host");
        need(!self.mail.spf_include.is_empty(), "mail.spf_include");
        if !self.mailcow.url.is_empty() {
            need(self.mailcow.api_key.is_set(), "mailcow.api_key");
        }
        if !self.nextcloud.url.is_empty() {
            need(
                !self.nextcloud.admin_user.is_empty(),
                "nextcloud.admin_user",
            );
            need(
                self.nextcloud.admin_password.is_set(),
                "nextcloud.admin_password",
            );
        }
        if let Err(error) = self
            .provisioning
            .nextcloud_quota
            .parse::<bheem_nextcloud::QuotaLimit>()
        {
            return Err(Error::Unusable(format!(
                "provisioning.nextcloud_quota: {error}"
            )));
        }
        if missing.is_empty() {
            Ok(())
        } else {
            Err(Error::Unusable(format!("missing: {}", missing.join("; "))))
        }
    }

    /// Where links in mails lead.
    #[must_use]
    pub fn frontend_url(&self) -> String {
        let url = if self.provisioning.frontend_url.is_empty() {
            &self.http.public_url
        } else {
            &self.provisioning.frontend_url
        };
        url.trim_end_matches('/').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn unknown_names_in_a_file_are_refused() {
        let error = parse("[http]\nlisten_on = 'x'").unwrap_err();
        assert!(crate::logging::chain(&error).contains("listen_on"));
        assert!(parse("[nonsense]\na = 1").is_err());
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = Settings::default().check().unwrap_err().to_string();
        for name in [
            "database.url",
            "vault.keys",
            "http.public_url",
            "mail.mx_host",
        ] {
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn the_environment_wins_over_the_file_and_numbers_stay_secrets() {
        let vars = [
            ("BHEEM__HTTP__WORKERS".to_owned(), "3".to_owned()),
            ("NOTIFY_API_KEY".to_owned(), "0123456789".to_owned()),
            ("MATTERMOST_ENABLED".to_owned(), "true".to_owned()),
        ];
        let settings = load(None, &vars).unwrap();
        assert_eq!(settings.http.workers, 3);
        assert_eq!(settings.notify.api_key.get().expose_secret(), "0123456789");
    }

    #[test]
    fn printed_settings_hold_no_secret() {
        let settings = parse(
            "[database]\nurl = 'postgres://u:hunter2@h/d'\n[vault]\nkeys = ['a:hunter2']\n[mailcow]\napi_key = 'hunter2'",
        )
        .unwrap();
        assert!(!format!("{settings:#?}").contains("hunter2"));
    }
}
