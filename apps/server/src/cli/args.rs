//! What can be typed.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use uuid::Uuid;

/// One workspace out of mail, files, calendars, meetings and chat: one login, one action to add a
/// person, one API.
#[derive(Debug, Parser)]
#[command(name = "bheem-workspace", version, about, long_about = None, max_term_width = 100)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Try it: starts everything on this machine, with stand-ins for the other services (the default)
    Sandbox(SandboxArguments),
    /// Run it for real, against the services of a configuration
    Serve(ConfigFile),
    /// Apply pending migrations and stop
    Migrate(ConfigFile),
    /// Read a configuration, say what is wrong with it, print the rest without secrets
    CheckConfig(ConfigFile),
    /// Print the OpenAPI document
    Openapi,
    /// Show the main job on a running sandbox: a tenant, its domain, three people
    Demo(DemoArguments),
    /// Look at durable runs, and repair those that are stuck
    Saga(SagaArguments),
    /// Make platform administrators, and say who is one
    Admin(AdminArguments),
    /// Look after applications that people sign in to
    Client(ClientArguments),
    /// Look after the keys that sign tokens
    Keys(KeysArguments),
}

impl Default for Command {
    fn default() -> Self {
        Self::Sandbox(SandboxArguments::default())
    }
}

#[derive(Debug, Args)]
pub(super) struct SandboxArguments {
    /// Where everything is kept between runs
    #[arg(long, value_name = "DIR", default_value = "./.sandbox")]
    pub(super) data_dir: PathBuf,
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8500")]
    pub(super) listen: SocketAddr,
    /// Do without a mail server, though one is installed
    #[arg(long)]
    pub(super) no_mail: bool,
}

impl Default for SandboxArguments {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("./.sandbox"),
            listen: SocketAddr::from(([127, 0, 0, 1], 8500)),
            no_mail: false,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct ConfigFile {
    /// Settings in TOML; the environment (`BHEEM__SECTION__KEY`) goes over them
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct DemoArguments {
    /// The server; that of the sandbox in --data-dir unless told
    #[arg(long, value_name = "URL")]
    pub(super) base_url: Option<String>,
    /// The sandbox's directory, for its administrator and its stand-ins
    #[arg(long, value_name = "DIR", default_value = "./.sandbox")]
    pub(super) data_dir: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Installation {
    /// Settings in TOML; without, the sandbox in --data-dir, or else the environment
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) config: Option<PathBuf>,
    /// The sandbox's directory
    #[arg(long, value_name = "DIR", default_value = "./.sandbox", global = true)]
    pub(super) data_dir: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct SagaArguments {
    #[command(flatten)]
    pub(super) target: Installation,
    #[command(subcommand)]
    pub(super) verb: SagaVerb,
}

#[derive(Debug, Subcommand)]
pub(super) enum SagaVerb {
    /// List runs, newest first
    List {
        /// Only those in this state: forward, unwinding, succeeded, undone, stuck
        #[arg(long)]
        state: Option<String>,
        /// Only those of this tenant
        #[arg(long)]
        tenant: Option<Uuid>,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: i64,
    },
    /// Show a run, its steps and what happened to it
    Show {
        /// The run
        run: Uuid,
    },
    /// Try the failed steps again
    Retry {
        /// The run
        run: Uuid,
    },
    /// Leave a step out and go on
    Skip {
        /// The run
        run: Uuid,
        /// The step
        step: String,
        /// Why, for the record
        #[arg(long)]
        reason: String,
    },
    /// Take back what was done
    Unwind {
        /// The run
        run: Uuid,
    },
    /// Give the run up as it is; what was done stays
    Abandon {
        /// The run
        run: Uuid,
        /// Why, for the record
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct AdminArguments {
    #[command(flatten)]
    pub(super) target: Installation,
    #[command(subcommand)]
    pub(super) verb: AdminVerb,
}

#[derive(Debug, Subcommand)]
pub(super) enum AdminVerb {
    /// Make a platform administrator; prints a generated password unless one is piped in
    Create {
        /// Their address
        #[arg(long)]
        email: String,
        /// Read the password from standard input instead of generating one
        #[arg(long)]
        password_stdin: bool,
    },
    /// Make an account a platform administrator
    Grant {
        /// Its id, its name, or an address that it has proven
        account: String,
    },
    /// Take the right from an account, which becomes a customer
    Revoke {
        /// Its id, its name, or an address that it has proven
        account: String,
    },
    /// List platform administrators
    List,
}

#[derive(Debug, Args)]
pub(super) struct ClientArguments {
    #[command(flatten)]
    pub(super) target: Installation,
    #[command(subcommand)]
    pub(super) verb: ClientVerb,
}

#[derive(Debug, Subcommand)]
pub(super) enum ClientVerb {
    /// Make a client; prints its secret this once
    Create(Box<NewClientArguments>),
    /// List clients, newest first
    List {
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: i64,
    },
    /// Give a client a new secret and print it this once
    RotateSecret {
        /// The client
        client_id: String,
        /// Hours for which the old one stays good
        #[arg(long, default_value_t = 24)]
        grace_hours: u64,
    },
    /// Remove a client and all that was granted to it
    Remove {
        /// The client
        client_id: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct NewClientArguments {
    /// What people see
    #[arg(long)]
    pub(super) name: String,
    /// Its public name; made up unless given
    #[arg(long)]
    pub(super) client_id: Option<String>,
    /// Where codes may go; may be given several times
    #[arg(long = "redirect-uri", value_name = "URI")]
    pub(super) redirect_uris: Vec<String>,
    /// Where a browser may go after it signed out; may be given several times
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    pub(super) post_logout_redirect_uris: Vec<String>,
    /// Where it hears of sessions that ended
    #[arg(long, value_name = "URI")]
    pub(super) backchannel_logout_uri: Option<String>,
    /// Grants it may use, with commas between them
    #[arg(long, value_delimiter = ',')]
    pub(super) grant_types: Vec<String>,
    /// Scopes it may ask for, with commas between them
    #[arg(long, value_delimiter = ',')]
    pub(super) scopes: Vec<String>,
    /// Audiences it may ask tokens for; may be given several times
    #[arg(long = "resource", value_name = "URI")]
    pub(super) resources: Vec<String>,
    /// `client_secret_basic`, `client_secret_post` or `none`
    #[arg(long, default_value = "client_secret_basic")]
    pub(super) auth_method: String,
    /// Algorithm of its ID tokens: ES256, RS256 or `EdDSA`
    #[arg(long, default_value = "ES256")]
    pub(super) id_token_alg: String,
    /// An application on people's devices
    #[arg(long)]
    pub(super) native: bool,
    /// One of our own products: nobody is asked for consent
    #[arg(long)]
    pub(super) first_party: bool,
    /// Takes requests without a code challenge, for an old program
    #[arg(long)]
    pub(super) no_pkce: bool,
    /// Only members of this tenant may sign in; may be given several times
    #[arg(long = "tenant", value_name = "ID")]
    pub(super) tenants: Vec<Uuid>,
}

#[derive(Debug, Args)]
pub(super) struct KeysArguments {
    #[command(flatten)]
    pub(super) target: Installation,
    #[command(subcommand)]
    pub(super) verb: KeysVerb,
}

#[derive(Debug, Subcommand)]
pub(super) enum KeysVerb {
    /// List keys: next, current and retired
    List,
    /// Publish a new key, which signs a day later
    Rotate {
        /// ES256, RS256 or `EdDSA`
        #[arg(long, default_value = "ES256")]
        algorithm: String,
        /// Sign with it at once: for a key that has leaked. Relying parties that keep keys refuse its tokens for a while
        #[arg(long)]
        immediately: bool,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn without_a_command_it_is_the_sandbox() {
        let arguments = Arguments::parse_from(["bheem-workspace"]);
        assert!(matches!(
            arguments.command.unwrap_or_default(),
            Command::Sandbox(_)
        ));
    }
}
