//! A mail about an account. It belongs to no tenant, so its runs have a lane of their own.

use std::sync::Arc;

use bheem_domain::{AccountId, EmailAddress, LoginEventId};
use bheem_notify::{Email, PasswordReset, SecurityAlert, Template, TemplateEmail};
use bheem_persistence::{
    SystemScope,
    repo::{AccountRecord, LinkPurpose, LoginAlert},
};
use bheem_saga::{Apply, Failure, Graph, Policy, Probe, Reject, Saga, Step, StepContext, Undo};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Deps, device, link::Link, require_open, step_names};
use crate::{
    connector::{
        database,
        notify::{Letter, send},
    },
    credential,
};

/// What the product calls itself in mails.
const PRODUCT: &str = "Bheem Workspace";
/// Whom a mail is for, where nobody has proven the address.
const READER: &str = "reader of this mail";

/// Which mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// Greets somebody who has registered.
    Welcome,
    /// Tells the owner of an address that somebody tried to register with it.
    AlreadyRegistered,
    /// Carries a link that sets a new password.
    ResetPassword,
    /// Carries a link that proves the address.
    VerifyEmail,
    /// Tells of a sign-in from a new device, or of failed attempts.
    SecurityAlert,
    /// Tells an owner that the proof of a domain is missing.
    DomainNotice,
}

/// Sends a mail about an account. See the module.
#[derive(Debug, Clone)]
pub struct AccountMail(Arc<Deps>);

/// Which mail, about whom, and where to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AccountMailParams {
    /// Which mail.
    pub kind: MailKind,
    /// The account, where the mail is about one.
    #[serde(default)]
    pub account_id: Option<AccountId>,
    /// Where it goes.
    pub deliver_to: EmailAddress,
    /// The sign-in it tells of, where it tells of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_event: Option<LoginEventId>,
    /// The domain it tells of, where it tells of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
}

impl AccountMail {
    /// The lane of the platform itself, in the place of a tenant: the nil UUID, which no tenant has.
    pub const TENANT: Uuid = Uuid::nil();

    pub(crate) fn new(deps: &Arc<Deps>) -> Self {
        Self(Arc::clone(deps))
    }
}

impl Saga for AccountMail {
    const KIND: &'static str = "account_mail";
    const VERSION: i32 = 1;
    const PIVOT: Option<&'static str> = None;
    type Params = AccountMailParams;

    fn define(&self, graph: &mut Graph<AccountMailParams>) {
        graph.step(MailStep(Arc::clone(&self.0)));
    }
}

struct MailStep(Arc<Deps>);

/// What the step leaves.
#[derive(Debug, Serialize, Deserialize)]
struct MailOutput {
    /// Notify's id of the message.
    message_id: Option<String>,
}

type Context = StepContext<AccountMailParams>;

impl MailStep {
    async fn write(&self, ctx: &Context) -> Result<MailOutput, Failure> {
        let notify = self.0.notify()?;
        let letter = match ctx.params.kind {
            MailKind::Welcome => self.welcome(ctx).await?,
            MailKind::AlreadyRegistered => self.already_registered(ctx),
            MailKind::ResetPassword => self.reset_password(ctx).await?,
            MailKind::VerifyEmail => self.verify_email(ctx).await?,
            MailKind::SecurityAlert => self.security_alert(ctx).await?,
            MailKind::DomainNotice => self.domain_notice(ctx),
        };
        let message_id = send(notify, ctx.effect_key(), &letter).await?;
        Ok(MailOutput { message_id })
    }

    async fn welcome(&self, ctx: &Context) -> Result<Letter, Failure> {
        let account = self.account(ctx).await?;
        let config = &self.0.config;
        let mail = TemplateEmail::new(
            ctx.params.deliver_to.to_string(),
            &Template::WorkspaceWelcome,
        )
        .variable("user_name", name_of(&account))
        .variable("workspace_name", PRODUCT)
        .variable("login_url", config.page("/login"))
        .variable("support_email", config.support_email.as_str());
        Ok(Letter::Template(mail))
    }

    /// Nothing in it comes from whoever tried.
    fn already_registered(&self, ctx: &Context) -> Letter {
        let config = &self.0.config;
        let (login, forgot) = (config.page("/login"), config.page("/forgot-password"));
        let support = &config.support_email;
        let html = format!(
            "<p>Somebody, perhaps you, tried to register at {PRODUCT} with this address. It has an account \
             already, or belongs to an organisation that gives out its accounts itself.</p><p><a \
             href=\"{login}\">Sign in</a>, or <a href=\"{forgot}\">set a new password</a> if you do not know \
             yours; or ask your organisation.</p><p>If it was not you, there is nothing to do. Questions: \
             {support}</p>"
        );
        let text = format!(
            "Somebody, perhaps you, tried to register at {PRODUCT} with this address. It has an account \
             already, or belongs to an organisation that gives out its accounts itself.\n\nSign in: \
             {login}\nSet a new password: {forgot}\nOr ask your organisation.\n\nIf it was not you, there is \
             nothing to do. Questions: {support}\n"
        );
        let subject = format!("You already have an account at {PRODUCT}");
        self.plain(ctx, &subject, html, text)
    }

    /// To an address that nobody has proven it goes whether or not the account that names it is open, as
    /// whoever reads it gets another one; and nothing in it is of whoever named the address.
    async fn reset_password(&self, ctx: &Context) -> Result<Letter, Failure> {
        let account = match ctx.params.account_id {
            Some(id) => self.0.find_account(id).await?,
            None => None,
        };
        let is_named_only = |account: &AccountRecord| {
            account.email.as_ref() == Some(&ctx.params.deliver_to)
                && account.email_verified_at.is_none()
        };
        let (account, name) = if let Some(account) = account.filter(is_named_only) {
            (account, ctx.params.deliver_to.to_string())
        } else {
            let account = self.account(ctx).await?;
            if !is_address_of(&account, &ctx.params.deliver_to) {
                return Err(Reject::new(
                    "address_changed",
                    "the address is not the account's any more",
                )
                .into());
            }
            let name = name_of(&account).to_owned();
            (account, name)
        };
        let link = self
            .link(ctx, LinkPurpose::ResetPassword, account.id)
            .await?;
        let mail = PasswordReset::new(name, link)
            .expires_in(self.0.config.link_life_in_words())
            .to(ctx.params.deliver_to.to_string());
        Ok(Letter::Template(mail))
    }

    /// The address of a page that redeems a link, which is kept by then.
    async fn link(
        &self,
        ctx: &Context,
        purpose: LinkPurpose,
        account_id: AccountId,
    ) -> Result<String, Failure> {
        let deps = &self.0;
        let link = Link::new(deps, purpose, ctx.effect_key())?;
        let scope = SystemScope::server("a link in a mail about an account");
        let tx = deps.database.system(&scope).await;
        let mut tx = tx.map_err(|error| database(&error))?;
        link.keep(deps, tx.link_tokens(), account_id, &ctx.params.deliver_to)
            .await?;
        tx.commit().await.map_err(|error| database(&error))?;
        Ok(link.url(deps))
    }

    async fn verify_email(&self, ctx: &Context) -> Result<Letter, Failure> {
        let account = self.account(ctx).await?;
        let config = &self.0.config;
        let link = self.link(ctx, LinkPurpose::VerifyEmail, account.id).await?;
        let (life, support) = (config.link_life_in_words(), &config.support_email);
        let html = format!(
            "<p>Somebody, perhaps you, said that this is the address of an account at {PRODUCT}.</p><p><a \
             href=\"{link}\">Confirm the address</a> within {life}.</p><p>If it was not you, there is nothing to do. \
             Questions: {support}</p>"
        );
        let text = format!(
            "Somebody, perhaps you, said that this is the address of an account at {PRODUCT}.\n\nConfirm the \
             address within {life}: {link}\n\nIf it was not you, there is nothing to do. Questions: {support}\n"
        );
        let subject = format!("Confirm your address for {PRODUCT}");
        Ok(self.plain(ctx, &subject, html, text))
    }

    fn domain_notice(&self, ctx: &Context) -> Letter {
        let domain = ctx.params.domain.as_deref().unwrap_or_default();
        let text = format!(
            "The record that proves that {domain} is yours has been missing from the DNS for a week. After 30 days \
             without it, whoever proves the domain may have it, and the accounts on it are closed.\n\nThe page of \
             your domains says which record to publish.\n"
        );
        let html = format!("<p>{}</p>", text.trim_end().replace("\n\n", "</p><p>"));
        let subject = format!("The proof of {domain} is missing");
        self.plain(ctx, &subject, html, text)
    }

    fn plain(&self, ctx: &Context, subject: &str, html: String, text: String) -> Letter {
        let mail = Email::new(ctx.params.deliver_to.to_string(), subject, html).text_body(text);
        Letter::Plain(match &self.0.config.sender {
            Some((address, name)) => mail.from(address, name),
            None => mail,
        })
    }

    async fn security_alert(&self, ctx: &Context) -> Result<Letter, Failure> {
        self.account(ctx).await?;
        let id = ctx.params.login_event.ok_or_else(|| {
            Reject::new(
                "sign_in_missing",
                "the mail tells of a sign-in, and names none",
            )
        })?;
        let scope = SystemScope::server("a mail that tells of a sign-in");
        let found = async {
            let mut read = self.0.database.system_read(&scope).await?;
            read.login_events().find(id).await
        };
        let event = found
            .await
            .map_err(|error| database(&error))?
            .ok_or_else(|| Reject::new("sign_in_gone", "the sign-in is not kept any more"))?;
        let what = match event.alert {
            Some(LoginAlert::Failures) => "Failed sign-in attempts",
            Some(LoginAlert::NewDevice) | None => "New Login",
        };
        let time = event.created_at.format("%Y-%m-%d %H:%M UTC").to_string();
        let ip = event.ip_address.map(|net| net.addr().to_string());
        let device = event.user_agent.as_deref().map(device::short);
        let unknown = || "unknown".to_owned();
        let mail = SecurityAlert::new(what, time)
            .ip(ip.unwrap_or_else(unknown))
            .device(device.unwrap_or_else(unknown))
            .to(ctx.params.deliver_to.to_string());
        Ok(Letter::Template(mail))
    }

    async fn account(&self, ctx: &Context) -> Result<AccountRecord, Failure> {
        let id = ctx.params.account_id.ok_or_else(|| {
            Reject::new(
                "account_missing",
                "the mail is about an account, and names none",
            )
        })?;
        require_open(self.0.find_account(id).await?)
    }
}

/// Whether a link to the account may go there; the address may have got another holder meanwhile.
fn is_address_of(account: &AccountRecord, address: &EmailAddress) -> bool {
    account.email.as_ref() == Some(address)
        || account.invitation_email.as_deref() == Some(address.to_string().as_str())
}

/// How the mail calls its reader. While nobody has proven the address, somebody else may have chosen the
/// name, and written into it what they want to have delivered; then the mail says no more than what its
/// reader is.
fn name_of(account: &AccountRecord) -> &str {
    if account.email_verified_at.is_none() {
        return READER;
    }
    let name = account.full_name.as_deref();
    name.unwrap_or(&account.username)
}

impl Step for MailStep {
    const NAME: &'static str = step_names::MAIL;
    const PEER: Option<&'static str> = Some(credential::NOTIFY);
    type Params = AccountMailParams;
    type Output = MailOutput;

    fn policy(&self) -> Policy {
        self.0.config.retry
    }

    /// A mail cannot be asked for; Notify knows a repetition by its key.
    async fn probe(&self, _ctx: &Context) -> Probe<MailOutput> {
        Probe::Absent
    }

    async fn apply(&self, ctx: &Context) -> Apply<MailOutput> {
        self.write(ctx).await.into()
    }

    async fn undo(&self, _ctx: &Context, _ours: MailOutput) -> Undo {
        Undo::Done
    }
}
