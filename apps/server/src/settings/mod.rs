//! Settings: a file, then the environment. Unknown names in the file are refused.

mod environment;
mod load;
mod secret;
mod sections;

pub use load::{Error, load, parse};
pub use secret::Secret;
pub use sections::{
    Auth, Compat, DatabaseSection, Dns, Http, Log, Mail, MailcowSection, NextcloudSection,
    NotifySection, Oidc, PassportSection, Provisioning, Saga, Settings, VaultSection,
};
