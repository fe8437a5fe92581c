//! The person's own calendar. Nextcloud makes it at the first sign-in only; the person's first meeting may come before.

use std::sync::Arc;

use bheem_caldav::{CalendarHome, Client, CreateCalendar};
use bheem_http_kit::{Created, ErrorKind};
use bheem_saga::{Apply, Failure, Policy, Probe, Reject, Step, StepContext, Undo};

use super::{ProvisionParams, nextcloud::NextcloudStep};
use crate::{
    connector::{database, nextcloud::personal_failure, probed, vault},
    credential,
    saga::Deps,
};

/// The name of the calendar that Nextcloud itself would make.
const SLUG: &str = "personal";

pub(super) struct CalendarStep(pub(super) Arc<Deps>);

type Context = StepContext<ProvisionParams>;

/// One person's calendars.
struct Calendars {
    user_id: String,
    client: Client,
    home: CalendarHome,
}

impl CalendarStep {
    async fn look(&self, ctx: &Context) -> Result<Probe<String>, Failure> {
        let calendars = self.calendars(ctx).await?;
        let found = calendars.client.find_calendar(&calendars.home, SLUG).await;
        match found {
            Ok(Some(calendar)) => Ok(Probe::Ours(calendar.slug)),
            Ok(None) => Ok(Probe::Absent),
            // Applying meets it too, and refuses.
            Err(error) if error.kind() == ErrorKind::Unauthorized => Ok(Probe::Absent),
            Err(error) => Err(self.failure(&calendars, &error).await),
        }
    }

    async fn make(&self, ctx: &Context) -> Result<String, Failure> {
        let calendars = self.calendars(ctx).await?;
        let new = CreateCalendar::new(SLUG).display_name("Personal");
        let created = calendars
            .client
            .create_calendar(&calendars.home, &new)
            .await;
        let created = match created {
            Ok(created) => created,
            Err(error) => return Err(self.failure(&calendars, &error).await),
        };
        // Something between us and Nextcloud may have answered in its place, and what bears the name may be no calendar.
        match (self.find(&calendars).await?, created) {
            (Some(slug), _) => Ok(slug),
            (None, Created::Created) => Err(Failure::Unknown {
                reason: "the calendar is not there, though it was made".to_owned(),
            }),
            (None, Created::Exists) => self.take_back(&calendars).await,
        }
    }

    /// Takes it out of the trash bin, where a deleted calendar bears its name on.
    async fn take_back(&self, calendars: &Calendars) -> Result<String, Failure> {
        let restored = calendars
            .client
            .restore_calendar(&calendars.home, SLUG)
            .await;
        if let Err(error) = restored {
            return Err(self.failure(calendars, &error).await);
        }
        let found = self.find(calendars).await?;
        let nothing = || Reject::new("conflict", "something that is no calendar bears its name");
        Ok(found.ok_or_else(nothing)?)
    }

    async fn find(&self, calendars: &Calendars) -> Result<Option<String>, Failure> {
        let found = calendars.client.find_calendar(&calendars.home, SLUG).await;
        match found {
            Ok(found) => Ok(found.map(|calendar| calendar.slug)),
            Err(error) => Err(self.failure(calendars, &error).await),
        }
    }

    async fn failure(&self, calendars: &Calendars, error: &bheem_caldav::Error) -> Failure {
        match self.0.nextcloud() {
            Ok(peer) => personal_failure(peer, &calendars.user_id, error).await,
            Err(failure) => failure,
        }
    }

    /// Opens the person's calendars: with a token where Nextcloud takes one, else with the password that is kept.
    async fn calendars(&self, ctx: &Context) -> Result<Calendars, Failure> {
        let account_id = ctx.params.account_id;
        let user_id = ctx.output_of::<NextcloudStep>()?.user_id;
        let mut tx = self.0.tenant(ctx.tenant_id()).await?;
        let kept = tx
            .credentials()
            .find_for_account(account_id, credential::NEXTCLOUD, &user_id)
            .await;
        let kept = kept.map_err(|error| database(&error))?;
        tx.commit().await.map_err(|error| database(&error))?;
        let kept = kept.ok_or_else(|| {
            Reject::new(
                "credential_missing",
                "the workspace keeps no password of this Nextcloud account",
            )
        })?;
        let sealed_for = credential::nextcloud_password(account_id);
        let password = self.0.vault.open(&sealed_for, &kept.sealed);
        let unusable = |_error| Reject::new("credential_unusable", "the credential cannot be sent");
        let client = self
            .0
            .nextcloud()?
            .calendars_of(
                account_id,
                &user_id,
                password.map_err(|error| vault(&error))?,
            )
            .map_err(unusable)?;
        let home = CalendarHome::nextcloud(&user_id)
            .map_err(|error| Reject::new("refused", error.to_string()))?;
        Ok(Calendars {
            user_id,
            client,
            home,
        })
    }
}

impl Step for CalendarStep {
    const NAME: &'static str = "nextcloud_calendar";
    const PEER: Option<&'static str> = Some(credential::NEXTCLOUD);
    type Params = ProvisionParams;
    type Output = String;

    fn policy(&self) -> Policy {
        self.0.config.retry
    }

    async fn probe(&self, ctx: &Context) -> Probe<String> {
        probed(self.look(ctx).await)
    }

    async fn apply(&self, ctx: &Context) -> Apply<String> {
        self.make(ctx).await.into()
    }

    /// The calendar may hold the person's entries; it goes with the account, if that goes.
    async fn undo(&self, _ctx: &Context, _ours: String) -> Undo {
        Undo::Done
    }
}
