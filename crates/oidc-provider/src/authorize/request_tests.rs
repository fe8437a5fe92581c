use bheem_persistence::repo::ClientSettings;
use chrono::DateTime;
use proptest::prelude::*;

use super::*;

const OWN: &str = "https://work.example/api/v1";
const REDIRECT: &str = "https://app.example/cb";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const ME: &str = "01890000-0000-7000-8000-000000000001";

fn client() -> ClientRecord {
    let words = |words: &[&str]| {
        words
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<String>>()
    };
    ClientRecord {
        client_id: "app".to_owned(),
        tenant_id: None,
        settings: ClientSettings {
            name: "App".to_owned(),
            redirect_uris: words(&[REDIRECT]),
            post_logout_redirect_uris: vec![],
            grant_types: words(&["authorization_code", "refresh_token"]),
            scopes: words(&["openid", "email", "offline_access", "files:read"]),
            resources: words(&["https://files.example"]),
            auth_method: ClientAuthMethod::SecretBasic,
            jwks: None,
            is_native: false,
            id_token_alg: "ES256".to_owned(),
            userinfo_alg: None,
            requires_pkce: true,
            requires_par: false,
            requires_dpop: false,
            is_first_party: false,
            is_bound: false,
            backchannel_logout_uri: None,
            default_max_age: None,
            client_uri: None,
            logo_uri: None,
            policy_uri: None,
            tos_uri: None,
            contacts: vec![],
        },
        registration_token_hash: None,
        is_active: true,
        version: 1,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

fn parse_for(
    client: &ClientRecord,
    query: &str,
    hint: Option<AccountId>,
) -> Result<AuthorizationRequest, OAuthError> {
    let parameters = Parameters::parse(query.as_bytes())?;
    let proven = Proven {
        redirect_uri: REDIRECT,
        response_mode: ResponseMode::Query,
        hint,
        own_audience: OWN,
    };
    AuthorizationRequest::parse(&parameters, client, &proven)
}

/// A good request with more of it.
fn parse(more: &str) -> Result<AuthorizationRequest, OAuthError> {
    let good = format!(
        "response_type=code&scope=openid&state=s&code_challenge={CHALLENGE}&code_challenge_method=S256"
    );
    parse_for(&client(), &format!("{good}&{more}"), None)
}

/// The code of the refusal of a whole query.
fn refused(query: &str) -> &'static str {
    parse_for(&client(), query, None).unwrap_err().code
}

#[test]
fn everything_that_is_known_is_read() {
    let request = parse(
        "nonce=n&prompt=login+consent&max_age=60&login_hint=ada&ui_locales=de+en&acr_values=aal2\
         &resource=https://files.example&resource=https://work.example/api/v1\
         &dpop_jkt=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\
         &claims=%7B%22id_token%22%3A%7B%22acr%22%3A%7B%22essential%22%3Atrue%2C%22value%22%3A%22aal2%22%7D%7D%7D",
    )
    .unwrap();
    assert_eq!(request.client_id, "app");
    assert_eq!(request.state.as_deref(), Some("s"));
    assert_eq!(request.nonce.as_deref(), Some("n"));
    assert_eq!(request.prompts, [Prompt::Login, Prompt::Consent]);
    assert_eq!(request.max_age, Some(60));
    assert_eq!(request.ui_locales, ["de", "en"]);
    assert_eq!(
        (request.acr_values, request.essential_acr),
        (vec!["aal2".to_owned()], vec!["aal2".to_owned()])
    );
    assert_eq!(request.resources, ["https://files.example", OWN]);
    assert!(request.dpop_jkt.is_some() && request.claims.is_some());
}

#[test]
fn refusals_speak_the_words_of_the_specifications() {
    let pkce = format!("code_challenge={CHALLENGE}&code_challenge_method=S256");
    for (query, code) in [
        (pkce.clone(), "invalid_request"),
        (
            format!("response_type=token&{pkce}"),
            "unsupported_response_type",
        ),
        (
            format!("response_type=code+id_token&{pkce}"),
            "unsupported_response_type",
        ),
        (
            format!("response_type=CODE&{pkce}"),
            "unsupported_response_type",
        ),
        ("response_type=code".to_owned(), "invalid_request"),
        (
            format!("response_type=code&code_challenge={CHALLENGE}"),
            "invalid_request",
        ),
        (
            format!("response_type=code&code_challenge={CHALLENGE}&code_challenge_method=plain"),
            "invalid_request",
        ),
        (
            format!("response_type=code&code_challenge={CHALLENGE}&code_challenge_method=s256"),
            "invalid_request",
        ),
        (
            "response_type=code&code_challenge_method=S256".to_owned(),
            "invalid_request",
        ),
        (
            "response_type=code&code_challenge=short&code_challenge_method=S256".to_owned(),
            "invalid_request",
        ),
        (
            format!(
                "response_type=code&code_challenge={}&code_challenge_method=S256",
                "a".repeat(129)
            ),
            "invalid_request",
        ),
        (
            format!(
                "response_type=code&code_challenge={}%2B&code_challenge_method=S256",
                "a".repeat(43)
            ),
            "invalid_request",
        ),
    ] {
        assert_eq!(refused(&query), code, "{query}");
    }
    for (more, code) in [
        ("request=e30.e30.", "request_not_supported"),
        (
            "request_uri=https://evil.example/r",
            "request_uri_not_supported",
        ),
        ("registration={}", "registration_not_supported"),
        ("prompt=none+login", "invalid_request"),
        ("prompt=create", "invalid_request"),
        ("max_age=-1", "invalid_request"),
        ("max_age=1e3", "invalid_request"),
        ("resource=https://evil.example", "invalid_target"),
        ("resource=https://files.example/", "invalid_target"),
        ("dpop_jkt=short", "invalid_request"),
        ("claims=[]", "invalid_request"),
        ("nonce=a%00b", "invalid_request"),
        ("scope=openid", "invalid_request"),
    ] {
        assert_eq!(parse(more).unwrap_err().code, code, "{more}");
    }
    let long = format!("nonce={}", "n".repeat(LONGEST + 1));
    assert_eq!(parse(&long).unwrap_err().code, "invalid_request");
    let mut client = client();
    client.settings.grant_types = vec!["client_credentials".to_owned()];
    let query = format!("response_type=code&{pkce}");
    assert_eq!(
        parse_for(&client, &query, None).unwrap_err().code,
        "unauthorized_client"
    );
}

#[test]
fn scopes_are_those_of_the_client() {
    let scopes = |scope: &str| {
        let query = format!(
            "response_type=code&code_challenge={CHALLENGE}&code_challenge_method=S256&scope={scope}"
        );
        parse_for(&client(), &query, None)
            .map(|request| request.scopes)
            .map_err(|error| error.code)
    };
    assert_eq!(
        scopes("openid+files:read+openid").unwrap(),
        ["openid", "files:read"]
    );
    assert_eq!(
        scopes("openid+unheard_of").unwrap(),
        ["openid"],
        "what is not understood is ignored"
    );
    assert_eq!(
        scopes("").unwrap(),
        ["openid", "email", "files:read"],
        "nothing that outlives the session"
    );
    assert_eq!(scopes("openid+phone"), Err("invalid_scope"));
    assert_eq!(scopes("unheard_of"), Err("invalid_scope"));
    assert_eq!(scopes("openid+%22"), Err("invalid_scope"));
}

#[test]
fn without_a_challenge_there_is_a_nonce_or_a_state() {
    let mut old = client();
    old.settings.requires_pkce = false;
    let code = |query: &str| parse_for(&old, query, None).map_err(|error| error.code);
    assert!(code("response_type=code&state=s").is_ok());
    assert!(code("response_type=code&nonce=n").is_ok());
    assert_eq!(code("response_type=code").unwrap_err(), "invalid_request");
    let mut public = old.clone();
    public.settings.auth_method = ClientAuthMethod::None;
    assert!(parse_for(&public, "response_type=code&state=s", None).is_err());
}

#[test]
fn one_subject_is_meant() {
    let me: AccountId = ME.parse().unwrap();
    let claims =
        format!("claims=%7B%22userinfo%22%3A%7B%22sub%22%3A%7B%22value%22%3A%22{ME}%22%7D%7D%7D");
    assert_eq!(parse(&claims).unwrap().subject, Some(me));
    let query = format!(
        "response_type=code&state=s&code_challenge={CHALLENGE}&code_challenge_method=S256&{claims}"
    );
    assert_eq!(
        parse_for(&client(), &query, Some(me)).unwrap().subject,
        Some(me)
    );
    let other: AccountId = "01890000-0000-7000-8000-000000000002".parse().unwrap();
    assert!(parse_for(&client(), &query, Some(other)).is_err());
}

#[test]
fn the_age_of_the_client_counts_unless_the_request_names_one() {
    let mut strict = client();
    strict.settings.default_max_age = Some(300);
    let query = format!("response_type=code&code_challenge={CHALLENGE}&code_challenge_method=S256");
    let age = |more: &str| {
        parse_for(&strict, &format!("{query}{more}"), None)
            .unwrap()
            .max_age
    };
    assert_eq!(age(""), Some(300));
    assert_eq!(age("&max_age=0"), Some(0));
    assert_eq!(age("&max_age=99999999999999"), Some(u32::MAX));
}

#[test]
fn answers_travel_in_two_ways() {
    let mode = |query: &str| response_mode(&Parameters::parse(query.as_bytes()).unwrap());
    assert_eq!(mode("").unwrap(), ResponseMode::Query);
    assert_eq!(mode("response_mode=query").unwrap(), ResponseMode::Query);
    assert_eq!(
        mode("response_mode=form_post").unwrap(),
        ResponseMode::FormPost
    );
    for other in ["fragment", "jwt", "FORM_POST", "web_message"] {
        assert!(mode(&format!("response_mode={other}")).is_err(), "{other}");
    }
}

const NAMES: [&str; 20] = [
    "response_type",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "prompt",
    "max_age",
    "login_hint",
    "ui_locales",
    "acr_values",
    "claims",
    "resource",
    "dpop_jkt",
    "request",
    "request_uri",
    "response_mode",
    "id_token_hint",
    "registration",
    "display",
];

proptest! {
    #[test]
    fn fuzz_no_query_makes_it_panic(query in "[ -~]{0,300}") {
        let _ = parse_for(&client(), &query, None);
    }

    #[test]
    fn fuzz_no_bytes_make_a_request_that_cannot_be_kept(
        name in prop::sample::select(NAMES.to_vec()),
        value in prop::collection::vec(any::<u8>(), 0..60),
        claims in "(id_token|userinfo|x):(acr|sub|[a-z\\\\u0]{0,8}):(null|1|\"[a-z\\\\u0]{0,8}\"|\\{\"(value|values|essential)\":(true|\"[a-z\\\\u0]{0,8}\"|\\[\"aal2\"\\])\\})",
    ) {
        let mut parts = claims.splitn(3, ':');
        let (target, claim, what) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let claims = format!("{{\"{target}\":{{\"{claim}\":{what}}}}}");
        let mut form = form_urlencoded::Serializer::new(String::from("response_type=code&scope=openid"));
        form.append_pair("code_challenge", CHALLENGE).append_pair("code_challenge_method", "S256");
        if name != "claims" {
            form.append_pair("claims", &claims);
        }
        let mut form = form.finish().into_bytes();
        form.extend_from_slice(format!("&{name}=").as_bytes());
        form.extend(value);
        let Ok(parameters) = Parameters::parse(&form) else { return Ok(()) };
        let client = client();
        let proven = Proven { redirect_uri: REDIRECT, response_mode: ResponseMode::Query, hint: None, own_audience: OWN };
        if let Ok(request) = AuthorizationRequest::parse(&parameters, &client, &proven) {
            let kept = serde_json::to_value(&request).unwrap();
            prop_assert!(!crate::wire::has_nul(&kept), "{}", kept);
            prop_assert_eq!(request.redirect_uri.as_str(), REDIRECT);
            prop_assert!(request.code_challenge.is_some());
        }
    }

    #[test]
    fn fuzz_what_is_accepted_is_within_what_was_registered_and_survives_being_kept(
        pairs in prop::collection::vec((prop::sample::select(NAMES.to_vec()), "[ -~]{0,40}|code|openid email|S256|none|60|[A-Za-z0-9_-]{43}"), 0..12)
    ) {
        let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value));
        let Ok(parameters) = Parameters::from_pairs(pairs) else { return Ok(()) };
        let client = client();
        let proven = Proven { redirect_uri: REDIRECT, response_mode: ResponseMode::Query, hint: None, own_audience: OWN };
        if let Ok(request) = AuthorizationRequest::parse(&parameters, &client, &proven) {
            prop_assert!(request.code_challenge.is_some());
            prop_assert!(request.scopes.iter().all(|scope| client.settings.scopes.contains(scope)));
            prop_assert!(!(request.has_prompt(Prompt::None) && request.prompts.len() > 1));
            let kept = serde_json::to_value(&request).unwrap();
            prop_assert_eq!(serde_json::from_value::<AuthorizationRequest>(kept).unwrap(), request);
        }
    }
}
