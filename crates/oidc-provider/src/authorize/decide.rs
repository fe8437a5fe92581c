//! What happens next with an authorization request. Pure: everything it looks at is in [`Facts`].
//!
//! What a person has done counts for the request they did it for, and for no other: a sign-in after
//! the request came, a choice and a consent that are noted in its row.

use bheem_domain::{AccountId, SessionId};
pub(crate) use bheem_identity::{AAL1, AAL2};
use chrono::{DateTime, TimeDelta, Utc};

use super::request::{AuthorizationRequest, Prompt};

/// Everything the decision looks at.
#[derive(Debug, Clone)]
pub(crate) struct Facts<'a> {
    pub(crate) request: &'a AuthorizationRequest,
    pub(crate) client: ClientFacts,
    pub(crate) session: Option<SessionFacts<'a>>,
    /// What the person has done; nothing when the request has only just come.
    pub(crate) progress: Option<Progress>,
    pub(crate) now: DateTime<Utc>,
}

/// What matters of the client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientFacts {
    /// Nobody is asked for consent.
    pub(crate) is_first_party: bool,
    /// It cannot prove who it is, and its answer could be caught by another program: what was agreed
    /// to before does not count (RFC 8252 section 8.6).
    pub(crate) may_be_imitated: bool,
}

/// Who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct SessionFacts<'a> {
    pub(crate) id: SessionId,
    pub(crate) account_id: AccountId,
    pub(crate) authenticated_at: DateTime<Utc>,
    /// The level of the sign-in.
    pub(crate) acr: &'a str,
    /// Whether the account has a second factor.
    pub(crate) has_second_factor: bool,
    /// Whether a tenant that the client serves wants a second factor of the account.
    pub(crate) must_have_second_factor: bool,
    /// Whether the person may use the client.
    pub(crate) is_admitted: bool,
    /// What the person agreed to before.
    pub(crate) consented: &'a [String],
}

/// What the person has done for this very request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) selected: Option<SessionId>,
    pub(crate) consented: Option<AccountId>,
}

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The person signs in.
    SignIn,
    /// The person who is signed in proves it by a second factor.
    SecondFactor,
    /// The person who is signed in says whether it is the right account.
    ChooseAccount,
    /// The person agrees.
    Consent,
    /// The client gets its code.
    Answer,
    /// The client is told no: code and description.
    Refuse(&'static str, &'static str),
}

/// Decides.
pub(crate) fn decide(facts: &Facts<'_>) -> Decision {
    let request = facts.request;
    let is_silent = request.has_prompt(Prompt::None);
    let needed = next(facts);
    if !is_silent {
        return needed;
    }
    match needed {
        Decision::SignIn => Decision::Refuse("login_required", "nobody is signed in for this"),
        Decision::SecondFactor => {
            Decision::Refuse("login_required", "a second factor is needed for this")
        }
        Decision::ChooseAccount => {
            Decision::Refuse("account_selection_required", "an account must be chosen")
        }
        Decision::Consent => Decision::Refuse("consent_required", "the person has not agreed yet"),
        decided @ (Decision::Answer | Decision::Refuse(..)) => decided,
    }
}

fn next(facts: &Facts<'_>) -> Decision {
    let request = facts.request;
    if !request.essential_acr.is_empty()
        && !request
            .essential_acr
            .iter()
            .any(|level| level == AAL1 || level == AAL2)
    {
        return unmet("no such level can be reached");
    }
    let Some(session) = &facts.session else {
        return Decision::SignIn;
    };
    let is_new = facts
        .progress
        .is_some_and(|progress| session.authenticated_at >= progress.created_at);
    if !is_new && !is_fresh(facts, session) {
        return Decision::SignIn;
    }
    if request
        .subject
        .is_some_and(|subject| subject != session.account_id)
    {
        // Nobody else may be answered for (OpenID Connect Core section 3.1.2.2), and whoever has just
        // signed in would only be asked for ever.
        return if is_new {
            Decision::Refuse("login_required", "somebody else has signed in")
        } else {
            Decision::SignIn
        };
    }
    let is_chosen = is_new
        || facts
            .progress
            .is_some_and(|progress| progress.selected == Some(session.id));
    if request.has_prompt(Prompt::SelectAccount) && !is_chosen {
        return Decision::ChooseAccount;
    }
    if !session.is_admitted {
        return Decision::Refuse("access_denied", "this person may not use the client");
    }
    second_factor(request, session).unwrap_or_else(|| consent(facts, session))
}

/// Young enough, and not to be repeated.
fn is_fresh(facts: &Facts<'_>, session: &SessionFacts<'_>) -> bool {
    let age = facts.now - session.authenticated_at;
    !facts.request.has_prompt(Prompt::Login)
        && facts
            .request
            .max_age
            .is_none_or(|most| age <= TimeDelta::seconds(most.into()))
}

fn second_factor(request: &AuthorizationRequest, session: &SessionFacts<'_>) -> Option<Decision> {
    if session.acr == AAL2 {
        return None;
    }
    let accepts_one = |levels: &[String]| levels.iter().any(|level| level == AAL1);
    if !request.essential_acr.is_empty() && !accepts_one(&request.essential_acr) {
        return Some(if session.has_second_factor {
            Decision::SecondFactor
        } else {
            unmet("the person has no second factor")
        });
    }
    if session.must_have_second_factor {
        return Some(Decision::SecondFactor);
    }
    // A wish: granted where it can be, without a word where it cannot (section 3.1.2.1).
    let is_wished = request.acr_values.iter().any(|level| level == AAL2)
        && !accepts_one(&request.acr_values)
        && !request.has_prompt(Prompt::None);
    (is_wished && session.has_second_factor).then_some(Decision::SecondFactor)
}

fn consent(facts: &Facts<'_>, session: &SessionFacts<'_>) -> Decision {
    let request = facts.request;
    let has_just_agreed = facts
        .progress
        .is_some_and(|progress| progress.consented == Some(session.account_id));
    if has_just_agreed {
        return Decision::Answer;
    }
    if request.has_prompt(Prompt::Consent) {
        return Decision::Consent;
    }
    if facts.client.is_first_party {
        return Decision::Answer;
    }
    let has_agreed = !facts.client.may_be_imitated
        && request
            .scopes
            .iter()
            .all(|scope| session.consented.contains(scope));
    if has_agreed {
        Decision::Answer
    } else {
        Decision::Consent
    }
}

const fn unmet(description: &'static str) -> Decision {
    Decision::Refuse("unmet_authentication_requirements", description)
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
