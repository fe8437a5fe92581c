use uuid::Uuid;

use super::{super::request::ResponseMode, *};

const ME: u128 = 1;
const OTHER: u128 = 2;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
}

fn account(id: u128) -> AccountId {
    Uuid::from_u128(id).into()
}

fn session_id() -> SessionId {
    Uuid::from_u128(99).into()
}

/// A request that a third party makes, 100 seconds after the person signed in, with all it asks for
/// agreed to.
fn request() -> AuthorizationRequest {
    AuthorizationRequest {
        client_id: "app".to_owned(),
        redirect_uri: "https://app.example/cb".to_owned(),
        response_mode: ResponseMode::Query,
        state: None,
        scopes: vec!["openid".to_owned(), "email".to_owned()],
        nonce: None,
        code_challenge: None,
        prompts: vec![],
        max_age: None,
        login_hint: None,
        subject: None,
        ui_locales: vec![],
        acr_values: vec![],
        essential_acr: vec![],
        claims: None,
        resources: vec![],
        dpop_jkt: None,
    }
}

struct Case {
    request: AuthorizationRequest,
    client: ClientFacts,
    session: Option<SessionFacts<'static>>,
    progress: Option<Progress>,
}

fn case() -> Case {
    static AGREED: std::sync::LazyLock<Vec<String>> =
        std::sync::LazyLock::new(|| ["openid", "email", "profile"].map(str::to_owned).to_vec());
    Case {
        request: request(),
        client: ClientFacts {
            is_first_party: false,
            may_be_imitated: false,
        },
        session: Some(SessionFacts {
            id: session_id(),
            account_id: account(ME),
            authenticated_at: at(0),
            acr: AAL1,
            has_second_factor: true,
            must_have_second_factor: false,
            is_admitted: true,
            consented: &AGREED,
        }),
        progress: None,
    }
}

const fn progress(second: i64) -> Progress {
    Progress {
        created_at: match DateTime::from_timestamp(1_800_000_000 + second, 0) {
            Some(time) => time,
            None => DateTime::UNIX_EPOCH,
        },
        selected: None,
        consented: None,
    }
}

fn decided(change: impl FnOnce(&mut Case)) -> Decision {
    let mut case = case();
    change(&mut case);
    decide(&Facts {
        request: &case.request,
        client: case.client,
        session: case.session,
        progress: case.progress,
        now: at(100),
    })
}

/// The word of a decision, for tables.
fn word(change: impl FnOnce(&mut Case)) -> &'static str {
    match decided(change) {
        Decision::SignIn => "sign in",
        Decision::SecondFactor => "second factor",
        Decision::ChooseAccount => "choose",
        Decision::Consent => "consent",
        Decision::Answer => "answer",
        Decision::Refuse(code, _) => code,
    }
}

fn session(case: &mut Case) -> &mut SessionFacts<'static> {
    case.session.as_mut().unwrap()
}

fn levels(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn who_has_signed_in_and_agreed_is_answered() {
    assert_eq!(word(|_| ()), "answer");
    assert_eq!(word(|c| c.request.prompts = vec![Prompt::None]), "answer");
}

#[test]
fn who_is_not_signed_in_signs_in_unless_nothing_may_be_asked() {
    assert_eq!(word(|c| c.session = None), "sign in");
    let silent = |c: &mut Case| {
        c.session = None;
        c.request.prompts = vec![Prompt::None];
    };
    assert_eq!(word(silent), "login_required");
}

#[test]
fn prompt_login_wants_a_sign_in_after_the_request_came() {
    let login = |signed_in: i64, came: Option<i64>| {
        move |c: &mut Case| {
            c.request.prompts = vec![Prompt::Login];
            session(c).authenticated_at = at(signed_in);
            c.progress = came.map(progress);
        }
    };
    assert_eq!(word(login(0, None)), "sign in");
    assert_eq!(word(login(99, None)), "sign in", "before the request");
    assert_eq!(word(login(0, Some(50))), "sign in");
    assert_eq!(word(login(49, Some(50))), "sign in");
    assert_eq!(word(login(50, Some(50))), "answer");
    assert_eq!(word(login(60, Some(50))), "answer");
}

#[test]
fn max_age_bounds_how_old_a_sign_in_may_be() {
    let age = |most: u32, came: Option<i64>, signed_in: i64| {
        move |c: &mut Case| {
            c.request.max_age = Some(most);
            session(c).authenticated_at = at(signed_in);
            c.progress = came.map(progress);
        }
    };
    assert_eq!(word(age(100, None, 0)), "answer");
    assert_eq!(word(age(99, None, 0)), "sign in");
    assert_eq!(word(age(0, None, 0)), "sign in");
    assert_eq!(word(age(0, Some(50), 60)), "answer", "once is enough");
    assert_eq!(word(age(u32::MAX, None, 0)), "answer");
    let silent = |c: &mut Case| {
        c.request.max_age = Some(10);
        c.request.prompts = vec![Prompt::None];
    };
    assert_eq!(word(silent), "login_required");
}

#[test]
fn an_account_is_chosen_for_the_request_itself() {
    let chosen = |selected: Option<SessionId>| {
        move |c: &mut Case| {
            c.request.prompts = vec![Prompt::SelectAccount];
            c.progress = Some(Progress {
                selected,
                ..progress(50)
            });
        }
    };
    assert_eq!(word(chosen(None)), "choose");
    assert_eq!(word(chosen(Some(Uuid::from_u128(5).into()))), "choose");
    assert_eq!(word(chosen(Some(session_id()))), "answer");
    let signed_in = |c: &mut Case| {
        chosen(None)(c);
        session(c).authenticated_at = at(60);
    };
    assert_eq!(word(signed_in), "answer", "signing in is a choice");
}

#[test]
fn nobody_else_answers_for_the_subject_of_a_hint() {
    assert_eq!(word(|c| c.request.subject = Some(account(ME))), "answer");
    assert_eq!(
        word(|c| c.request.subject = Some(account(OTHER))),
        "sign in"
    );
    let silent = |c: &mut Case| {
        c.request.subject = Some(account(OTHER));
        c.request.prompts = vec![Prompt::None];
    };
    assert_eq!(word(silent), "login_required");
    let again = |c: &mut Case| {
        c.request.subject = Some(account(OTHER));
        c.progress = Some(progress(50));
        session(c).authenticated_at = at(60);
    };
    assert_eq!(word(again), "login_required", "not asked for ever");
}

#[test]
fn who_may_not_use_the_client_is_refused() {
    assert_eq!(word(|c| session(c).is_admitted = false), "access_denied");
    let silent = |c: &mut Case| {
        session(c).is_admitted = false;
        c.request.prompts = vec![Prompt::None];
    };
    assert_eq!(word(silent), "access_denied");
}

#[test]
fn levels_are_reached_or_refused() {
    let essential = |values: &'static [&'static str]| {
        move |c: &mut Case| c.request.essential_acr = levels(values)
    };
    assert_eq!(word(essential(&["aal2"])), "second factor");
    assert_eq!(word(essential(&["aal1", "aal2"])), "answer");
    assert_eq!(
        word(essential(&["urn:other"])),
        "unmet_authentication_requirements"
    );
    let nothing_to_prove_it_by = |c: &mut Case| {
        essential(&["aal2"])(c);
        session(c).has_second_factor = false;
    };
    assert_eq!(
        word(nothing_to_prove_it_by),
        "unmet_authentication_requirements"
    );
    let reached = |c: &mut Case| {
        essential(&["aal2"])(c);
        session(c).acr = AAL2;
    };
    assert_eq!(word(reached), "answer");
    let silent = |c: &mut Case| {
        essential(&["aal2"])(c);
        c.request.prompts = vec![Prompt::None];
    };
    assert_eq!(word(silent), "login_required");
}

#[test]
fn a_wish_for_a_level_is_granted_where_it_can_be() {
    let wish =
        |values: &'static [&'static str]| move |c: &mut Case| c.request.acr_values = levels(values);
    assert_eq!(word(wish(&["aal2"])), "second factor");
    assert_eq!(word(wish(&["aal2", "aal1"])), "answer");
    assert_eq!(word(wish(&["urn:other"])), "answer");
    let cannot = |c: &mut Case| {
        wish(&["aal2"])(c);
        session(c).has_second_factor = false;
    };
    assert_eq!(word(cannot), "answer");
    let silent = |c: &mut Case| {
        wish(&["aal2"])(c);
        c.request.prompts = vec![Prompt::None];
    };
    assert_eq!(word(silent), "answer");
}

#[test]
fn a_tenant_that_wants_a_second_factor_gets_one() {
    let policy = |c: &mut Case| session(c).must_have_second_factor = true;
    assert_eq!(word(policy), "second factor");
    let done = |c: &mut Case| {
        policy(c);
        session(c).acr = AAL2;
    };
    assert_eq!(word(done), "answer");
}

#[test]
fn more_than_was_agreed_to_is_asked_for() {
    let more = |c: &mut Case| c.request.scopes.push("phone".to_owned());
    assert_eq!(word(more), "consent");
    let silent = |c: &mut Case| {
        more(c);
        c.request.prompts = vec![Prompt::None];
    };
    assert_eq!(word(silent), "consent_required");
    let ours = |c: &mut Case| {
        more(c);
        c.client.is_first_party = true;
    };
    assert_eq!(word(ours), "answer");
    let imitated = |c: &mut Case| c.client.may_be_imitated = true;
    assert_eq!(word(imitated), "consent", "whatever was agreed to before");
}

#[test]
fn consent_counts_for_the_request_and_the_person() {
    let asked = |consented: Option<u128>| {
        move |c: &mut Case| {
            c.request.prompts = vec![Prompt::Consent];
            c.progress = Some(Progress {
                consented: consented.map(account),
                ..progress(50)
            });
        }
    };
    assert_eq!(word(asked(None)), "consent", "although it was given before");
    assert_eq!(word(asked(Some(OTHER))), "consent");
    assert_eq!(word(asked(Some(ME))), "answer");
}
