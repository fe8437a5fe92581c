//! App passwords of the person's own programs, and where programs sign in. They are made and removed over the API.

use bheem_persistence::repo::{AppService, Place};

use super::overview::moment;
use crate::{ProgramServer, Provider, Result, pages::strings::Strings};

/// More workspaces than these are not looked into.
const MOST_PLACES: usize = 20;

pub(super) struct ProgramLine {
    pub(super) name: String,
    pub(super) service: &'static str,
    pub(super) place: String,
    pub(super) username: String,
    pub(super) made_at: String,
}

impl Provider {
    /// What the person's programs have, in each of their open workspaces.
    pub(super) async fn programs(
        &self,
        account_id: bheem_domain::AccountId,
        s: &Strings,
    ) -> Result<Vec<ProgramLine>> {
        let person = self.inner.people.find(account_id).await?;
        let places: &[Place] = person.as_ref().map_or(&[], |person| &person.places);
        let scope = Self::scope("show somebody their app passwords");
        let mut read = self.inner.database.system_read(&scope).await?;
        let mut lines = Vec::new();
        for place in places.iter().take(MOST_PLACES) {
            let member = read
                .members_of(place.tenant_id)
                .find_by_account(account_id)
                .await?;
            let Some(member) = member else { continue };
            let listed = read
                .app_passwords_of(place.tenant_id)
                .list(member.id)
                .await?;
            let alive = listed
                .into_iter()
                .filter(|one| one.revoked_at.is_none() && one.peer_id.is_some());
            lines.extend(alive.map(|one| ProgramLine {
                name: one.name,
                service: label(one.service, s),
                place: place.slug.clone(),
                username: one.username,
                made_at: moment(one.created_at, s),
            }));
        }
        Ok(lines)
    }
}

/// Where programs sign in.
pub(super) fn servers(configured: &[ProgramServer], s: &Strings) -> Vec<String> {
    configured
        .iter()
        .map(|server| {
            let label = label(server.service, s);
            format!("{label}: {} {}", server.protocol, server.address)
        })
        .collect()
}

const fn label(service: AppService, s: &Strings) -> &'static str {
    match service {
        AppService::Mail => s.program_mail,
        AppService::Files => s.program_files,
        AppService::Calendar => s.program_calendar,
    }
}
