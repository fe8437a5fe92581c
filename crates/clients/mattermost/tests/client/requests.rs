//! What is sent.

use bheem_mattermost::{
    ChannelType, ListUsers, NewAccessToken, NewChannel, NewPost, NewTeam, NewUser, PageSize,
    SchemeRoles, SearchUsers, TeamType, UpdateTeam, UpdateUser,
};
use futures::TryStreamExt as _;
use serde_json::{Value, json};
use wiremock::matchers::{body_json, header, header_exists, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{CHANNEL, TEAM, USER, at, channel, team, user};

async fn expect(server: &MockServer, verb: &str, target: &str, body: Value, answer: Value) {
    Mock::given(method(verb))
        .and(path(format!("/api/v4/{target}")))
        .and(header("authorization", "Bearer admin-token"))
        .and(body_json(body))
        .respond_with(ResponseTemplate::new(201).set_body_json(answer))
        .expect(1)
        .mount(server)
        .await;
}

#[tokio::test]
async fn things_are_made_as_documented() {
    let server = MockServer::start().await;
    let mattermost = at(&server);
    let team_answer =
        json!({"id": TEAM, "name": "acme", "type": "X", "description": null, "tomorrow": {}});
    let body = json!({"name": "acme", "display_name": "Acme", "type": "I", "description": "d"});
    expect(&server, "POST", "teams", body, team_answer.clone()).await;
    let made = mattermost
        .teams()
        .create(&NewTeam::new("acme", "Acme").description("d"))
        .await
        .unwrap();
    assert_eq!(made.team_type, TeamType::Other("X".to_owned()));
    assert_eq!(made.description, "");

    let user_answer = json!({"id": USER, "username": "john", "props": null, "email": "j@a.example", "delete_at": 9});
    let body = json!({"username": "john", "email": "j@a.example", "password": "secret", "first_name": "John",
        "last_name": "Doe", "nickname": "J", "locale": "de", "props": {"tenant": "acme"}});
    expect(&server, "POST", "users", body, user_answer.clone()).await;
    let john = NewUser::with_password("j@a.example", "john", "secret".into())
        .name("John", "Doe")
        .nickname("J")
        .locale("de")
        .property("tenant", "acme");
    let made = mattermost.users().create(&john).await.unwrap();
    assert!(!made.is_active() && made.props.is_empty());

    let body = json!({"username": "mary", "email": "m@a.example", "auth_service": "gitlab", "auth_data": "17"});
    expect(&server, "POST", "users", body, user_answer).await;
    let mary = NewUser::with_auth_data("m@a.example", "mary", "gitlab", "17");
    mattermost.users().create(&mary).await.unwrap();

    let body = json!({"team_id": TEAM, "name": "notices", "display_name": "Notices", "type": "P"});
    let answer = json!({"id": CHANNEL, "name": "notices", "type": "P", "team_id": TEAM});
    expect(&server, "POST", "channels", body, answer).await;
    let new = NewChannel::private(&team(), "notices", "Notices");
    let made = mattermost.channels().create(&new).await.unwrap();
    assert_eq!(made.channel_type, ChannelType::Private);

    let body = json!({"description": "d", "expires_at": 1_800_000_000_000_i64});
    let answer = json!({"id": crate::TOKEN, "token": "once", "user_id": USER, "description": "d"});
    expect(
        &server,
        "POST",
        &format!("users/{USER}/tokens"),
        body,
        answer,
    )
    .await;
    let new = NewAccessToken::new("d").expires_at(1_800_000_000_000);
    mattermost.tokens().create(&user(), &new).await.unwrap();

    let body = json!({"channel_id": CHANNEL, "message": "Hello", "pending_post_id": "n-1",
        "props": {"notification_id": "n-1", "card": "c"}});
    let answer = json!({"id": "ppppppppppppppppppppppppp1", "channel_id": CHANNEL, "user_id": USER,
        "props": {"notification_id": "n-1"}});
    expect(&server, "POST", "posts", body, answer).await;
    let new = NewPost::new(&channel(), "Hello", "n-1").property("card", json!("c"));
    let post = mattermost.posts().create(&new).await.unwrap();
    assert_eq!(post.key(), Some("n-1"));
}

#[tokio::test]
async fn changes_are_sent_as_documented() {
    let server = MockServer::start().await;
    let mattermost = at(&server);
    let done = json!({"status": "OK"});
    let member = json!({"team_id": TEAM, "user_id": USER, "scheme_user": true, "delete_at": 0});
    let body = json!({"team_id": TEAM, "user_id": USER});
    expect(
        &server,
        "POST",
        &format!("teams/{TEAM}/members"),
        body,
        member,
    )
    .await;
    assert!(
        mattermost
            .members(&team())
            .add(&user())
            .await
            .unwrap()
            .scheme_user
    );
    let body = json!({"scheme_admin": true, "scheme_user": true});
    expect(
        &server,
        "PUT",
        &format!("teams/{TEAM}/members/{USER}/schemeRoles"),
        body,
        done.clone(),
    )
    .await;
    mattermost
        .members(&team())
        .set_roles(&user(), SchemeRoles::admin())
        .await
        .unwrap();
    let team_answer = json!({"id": TEAM, "name": "acme", "type": "I"});
    let target = format!("teams/{TEAM}/patch");
    expect(
        &server,
        "PUT",
        &target,
        json!({"display_name": "Acme 2"}),
        team_answer,
    )
    .await;
    let change = UpdateTeam::new().display_name("Acme 2");
    mattermost.teams().update(&team(), &change).await.unwrap();
    let user_answer = json!({"id": USER, "username": "john"});
    let body = json!({"first_name": "J", "last_name": "D", "email": "x@a.example"});
    expect(
        &server,
        "PUT",
        &format!("users/{USER}/patch"),
        body,
        user_answer.clone(),
    )
    .await;
    let change = UpdateUser::new().name("J", "D").email("x@a.example");
    mattermost.users().update(&user(), &change).await.unwrap();
    expect(
        &server,
        "PUT",
        &format!("users/{USER}/active"),
        json!({"active": true}),
        done.clone(),
    )
    .await;
    mattermost.users().activate(&user()).await.unwrap();
    let body = json!({"term": "jo", "team_id": TEAM, "allow_inactive": true, "limit": 100});
    expect(&server, "POST", "users/search", body, json!([user_answer])).await;
    let search = SearchUsers::new("jo").in_team(&team()).allow_inactive();
    assert_eq!(mattermost.users().search(&search).await.unwrap().len(), 1);
    expect(
        &server,
        "POST",
        "users/tokens/revoke",
        json!({"token_id": crate::TOKEN}),
        done,
    )
    .await;
    mattermost.tokens().revoke(&crate::token()).await.unwrap();
}

#[tokio::test]
async fn deleting_for_ever_is_asked_for_and_archiving_is_not() {
    let server = MockServer::start().await;
    let done = || ResponseTemplate::new(200).set_body_json(json!({"status": "OK"}));
    Mock::given(method("DELETE"))
        .and(query_param("permanent", "true"))
        .respond_with(done())
        .expect(2)
        .mount(&server)
        .await;
    Mock::given(method("DELETE"))
        .respond_with(done())
        .expect(2)
        .mount(&server)
        .await;
    let mattermost = at(&server);
    mattermost.users().deactivate(&user()).await.unwrap();
    mattermost.teams().archive(&team()).await.unwrap();
    mattermost.users().delete(&user()).await.unwrap();
    mattermost.teams().delete(&team()).await.unwrap();
}

#[tokio::test]
async fn a_stream_walks_the_pages_until_one_is_not_full() {
    let server = MockServer::start().await;
    let one = |name: &str| json!({"id": USER, "username": name});
    for (page, users) in [("0", json!([one("a"), one("b")])), ("1", json!([one("c")]))] {
        Mock::given(method("GET"))
            .and(path("/api/v4/users"))
            .and(query_param("page", page))
            .and(query_param("per_page", "2"))
            .and(query_param("in_team", TEAM))
            .and(query_param("active", "true"))
            .respond_with(ResponseTemplate::new(200).set_body_json(users))
            .expect(1)
            .mount(&server)
            .await;
    }
    let list = ListUsers::in_team(&team())
        .active(true)
        .size(PageSize::of(2));
    let found: Vec<_> = at(&server)
        .users()
        .stream(list)
        .try_collect()
        .await
        .unwrap();
    let names: Vec<_> = found.iter().map(|user| user.username.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

#[tokio::test]
async fn signing_in_sends_no_token_of_the_client_and_gives_one() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(header_exists("authorization"))
        .respond_with(ResponseTemplate::new(500))
        .expect(0)
        .with_priority(1)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path("/api/v4/users/login"))
        .and(body_json(json!({"login_id": "john", "password": "secret"})))
        .respond_with(
            ResponseTemplate::new(200)
                .insert_header("Token", "session-token")
                .set_body_json(json!({"id": USER, "username": "john"})),
        )
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(header("authorization", "Bearer session-token"))
        .respond_with(
            ResponseTemplate::new(200).set_body_json(json!({"id": USER, "username": "john"})),
        )
        .expect(1)
        .mount(&server)
        .await;
    let mattermost = at(&server);
    let signed_in = mattermost
        .sessions()
        .sign_in("john", &"secret".into())
        .await
        .unwrap();
    let john = mattermost.with_token(signed_in.token).unwrap();
    assert_eq!(john.users().me().await.unwrap().id, user());
}

#[tokio::test]
async fn one_who_was_removed_is_no_member() {
    let server = MockServer::start().await;
    let removed = json!({"team_id": TEAM, "user_id": USER, "delete_at": 1_700_000_000_000_i64});
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(removed))
        .mount(&server)
        .await;
    assert!(
        at(&server)
            .members(&team())
            .find(&user())
            .await
            .unwrap()
            .is_none()
    );
}
