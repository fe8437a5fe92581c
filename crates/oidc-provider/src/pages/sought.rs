//! Where somebody was going when they had to sign in.

use bheem_domain::TenantId;
use bheem_persistence::TenantScope;
use serde_json::Value;

use super::{
    answer::redirect,
    assets::Colour,
    layout::{Brand, Layout},
    problem::Shown,
    security,
    visit::Visit,
};
use crate::{Parameters, Provider, Result, authorize::Waiting, client::Client};

/// Longest name of a tenant on a page.
const LONGEST_NAME: usize = 60;

/// Where somebody is going.
pub(crate) enum Sought {
    /// To a client that asked.
    Request(Box<Waiting>),
    /// To the confirmation of a device, whose code this is.
    Device(String),
    /// To their own account; again, when the last sign-in is too old for what they want to do there.
    Account {
        /// Whether they sign in although they are.
        is_again: bool,
    },
}

impl Sought {
    /// The query that carries it along.
    pub(crate) fn carried(&self) -> String {
        let Some((name, value)) = self.field() else {
            return String::new();
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        format!("?{}", query.append_pair(name, &value).finish())
    }

    fn field(&self) -> Option<(&'static str, String)> {
        use secrecy::ExposeSecret;
        match self {
            Self::Request(waiting) => Some(("request", waiting.token.expose_secret().to_owned())),
            Self::Device(code) => Some(("device", code.clone())),
            Self::Account { is_again: true } => Some(("again", "1".to_owned())),
            Self::Account { is_again: false } => None,
        }
    }

    /// Where a link goes on, for somebody who has signed in.
    pub(crate) fn onward(&self) -> String {
        match self {
            Self::Request(_) => format!("/login/continue{}", self.carried()),
            Self::Device(code) => device_path(code),
            Self::Account { .. } => "/account".to_owned(),
        }
    }

    pub(crate) fn waiting(&self) -> Option<&Waiting> {
        match self {
            Self::Request(waiting) => Some(waiting),
            Self::Device(_) | Self::Account { .. } => None,
        }
    }
}

fn device_path(code: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let query = query.append_pair("user_code", code).finish();
    format!("/device?{query}")
}

impl Provider {
    /// What a page was opened for.
    pub(crate) async fn sought(
        &self,
        visit: &mut Visit<'_>,
        parameters: &Parameters,
    ) -> Shown<Sought> {
        if let Some(token) = parameters.get("request") {
            let waiting = self.waiting(visit, token).await?;
            return Ok(Sought::Request(Box::new(waiting)));
        }
        Ok(match parameters.get("device") {
            Some(code) => Sought::Device(code.chars().take(32).collect()),
            None => Sought::Account {
                is_again: parameters.get("again").is_some(),
            },
        })
    }

    /// A frame for a page on the way: its forms carry the way along, may end at the client, and look
    /// like the tenant's.
    pub(crate) async fn frame(
        &self,
        visit: &Visit<'_>,
        title: impl Into<String>,
        sought: &Sought,
    ) -> Result<Layout> {
        let mut layout = Layout::new(self, visit, title)?;
        if let Some((name, value)) = sought.field() {
            layout = layout.carry(name, value);
        }
        if let Some(waiting) = sought.waiting() {
            layout.leads_to = security::leads_to(&waiting.request.redirect_uri);
            layout = layout.brand(&self.brand(&waiting.client).await?);
        }
        Ok(layout)
    }

    /// Goes on to where somebody was going.
    pub(crate) async fn arrive(&self, visit: &mut Visit<'_>, sought: Sought) -> Shown {
        match sought {
            Sought::Request(waiting) => {
                let request = waiting.request.clone();
                self.proceed(visit, &waiting.client, request, Some(&waiting))
                    .await
            }
            sought @ (Sought::Device(_) | Sought::Account { .. }) => Ok(redirect(sought.onward())),
        }
    }

    /// Goes on with a request that came without the browser's cookies.
    pub(crate) async fn go_on(&self, visit: &mut Visit<'_>) -> Shown {
        let parameters = visit.query()?;
        let sought = self.sought(visit, &parameters).await?;
        self.arrive(visit, sought).await
    }

    /// How the one tenant of a client looks.
    async fn brand(&self, client: &Client) -> Result<Brand> {
        match client.tenant() {
            Some(tenant_id) => self.brand_of(tenant_id).await,
            None => Ok(Brand::default()),
        }
    }

    async fn brand_of(&self, tenant_id: TenantId) -> Result<Brand> {
        let scope = TenantScope::for_run(tenant_id);
        let mut tx = self.inner.database.tenant(&scope).await?;
        let tenant = tx.tenant().get().await?;
        tx.commit().await?;
        let setting = |name| tenant.settings.get(name).and_then(Value::as_str);
        let name = setting("brand_name").map_or(tenant.name.as_str(), str::trim);
        Ok(Brand {
            name: (!name.is_empty()).then(|| name.chars().take(LONGEST_NAME).collect()),
            colour: setting("brand_color").and_then(Colour::parse),
        })
    }
}
