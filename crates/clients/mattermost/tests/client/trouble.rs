//! Each operation against each misbehaving peer.

use bheem_http_kit::testing::{Route, misbehaving_peers};
use bheem_mattermost::{
    ListUsers, NewAccessToken, NewChannel, NewPost, NewTeam, NewUser, PageSize, SchemeRoles,
    SearchUsers, UpdateTeam, UpdateUser,
};

use crate::{channel, client, team, token, user};

const TEAM: &str = r#"{"id": "ttttttttttttttttttttttttt1", "name": "acme", "type": "I"}"#;
const USER: &str = r#"{"id": "uuuuuuuuuuuuuuuuuuuuuuuuu1", "username": "john"}"#;
const MEMBER: &str =
    r#"{"team_id": "ttttttttttttttttttttttttt1", "user_id": "uuuuuuuuuuuuuuuuuuuuuuuuu1"}"#;
const CHANNEL: &str = r#"{"id": "ccccccccccccccccccccccccc1", "name": "notices", "type": "P"}"#;
const JOINED: &str =
    r#"{"channel_id": "ccccccccccccccccccccccccc1", "user_id": "uuuuuuuuuuuuuuuuuuuuuuuuu1"}"#;
const POST: &str = r#"{"id": "ppppppppppppppppppppppppp1", "channel_id": "ccccccccccccccccccccccccc1", "user_id": "uuuuuuuuuuuuuuuuuuuuuuuuu1"}"#;
const POSTS: &str = r#"{"order": [], "posts": {}}"#;
const MADE: &str = r#"{"id": "kkkkkkkkkkkkkkkkkkkkkkkkk1", "token": "once"}"#;
const DONE: &str = r#"{"status": "OK"}"#;
const VERSION: &str = r#"{"Version": "10.11.4"}"#;
const LIST: &str = "[  ]";

macro_rules! case {
    ($method:literal $path:literal $body:ident, |$mattermost:ident| $call:expr) => {
        let path = concat!("/api/v4/", $path)
            .replace("{team}", crate::TEAM)
            .replace("{user}", crate::USER)
            .replace("{channel}", crate::CHANNEL);
        let route = Route {
            method: $method,
            path: &path,
            body: Some($body),
        };
        misbehaving_peers(route, |peer| async move {
            let $mattermost = client(&peer);
            $call.await
        })
        .await;
    };
}

#[tokio::test]
async fn teams_understand_misbehaviour() {
    let new = || NewTeam::new("acme", "Acme");
    let size = PageSize::default;
    case!("POST" "teams" TEAM, |it| it.teams().create(&new()));
    case!("GET" "teams/name/acme" TEAM, |it| it.teams().ensure(&new()));
    case!("GET" "teams/name/acme" TEAM, |it| it.teams().find_by_name("acme"));
    case!("GET" "teams/{team}" TEAM, |it| it.teams().find(&team()));
    case!("GET" "teams" LIST, |it| it.teams().page(size(), 0));
    case!("PUT" "teams/{team}/patch" TEAM, |it| it.teams().update(&team(), &UpdateTeam::new()));
    case!("DELETE" "teams/{team}" DONE, |it| it.teams().archive(&team()));
    case!("POST" "teams/{team}/restore" TEAM, |it| it.teams().restore(&team()));
    case!("DELETE" "teams/{team}" DONE, |it| it.teams().delete(&team()));
}

#[tokio::test]
async fn members_understand_misbehaviour() {
    let size = PageSize::default;
    case!("POST" "teams/{team}/members" MEMBER, |it| it.members(&team()).add(&user()));
    case!("GET" "teams/{team}/members/{user}" MEMBER, |it| it.members(&team()).find(&user()));
    case!("GET" "teams/{team}/members" LIST, |it| it.members(&team()).page(size(), 0));
    case!("GET" "teams/{team}/members/{user}" MEMBER, |it| it.members(&team()).remove(&user()));
    case!("PUT" "teams/{team}/members/{user}/schemeRoles" DONE, |it| it.members(&team()).set_roles(&user(), SchemeRoles::user()));
}

#[tokio::test]
async fn users_understand_misbehaviour() {
    let new = || NewUser::with_password("j@a.example", "john", "secret".into());
    let search = || SearchUsers::new("jo");
    case!("POST" "users" USER, |it| it.users().create(&new()));
    case!("GET" "users/email/j@a.example" USER, |it| it.users().ensure(&new()));
    case!("GET" "users/{user}" USER, |it| it.users().find(&user()));
    case!("GET" "users/email/j@a.example" USER, |it| it.users().find_by_email("j@a.example"));
    case!("GET" "users/username/john" USER, |it| it.users().find_by_username("john"));
    case!("GET" "users/me" USER, |it| it.users().me());
    case!("GET" "users" LIST, |it| it.users().page(&ListUsers::all(), 0));
    case!("POST" "users/search" LIST, |it| it.users().search(&search()));
    case!("PUT" "users/{user}/patch" USER, |it| it.users().update(&user(), &UpdateUser::new()));
    case!("DELETE" "users/{user}" DONE, |it| it.users().deactivate(&user()));
    case!("PUT" "users/{user}/active" DONE, |it| it.users().activate(&user()));
    case!("DELETE" "users/{user}" DONE, |it| it.users().delete(&user()));
}

#[tokio::test]
async fn sessions_and_tokens_understand_misbehaviour() {
    let new = || NewAccessToken::new("for the workspace");
    let size = PageSize::default;
    case!("POST" "users/login" USER, |it| it.sessions().sign_in("john", &"secret".into()));
    case!("GET" "users/{user}/sessions" LIST, |it| it.sessions().list(&user()));
    case!("POST" "users/{user}/sessions/revoke/all" DONE, |it| it.sessions().revoke_all(&user()));
    case!("POST" "users/{user}/tokens" MADE, |it| it.tokens().create(&user(), &new()));
    case!("GET" "users/{user}/tokens" LIST, |it| it.tokens().page(&user(), size(), 0));
    case!("GET" "users/{user}/tokens" LIST, |it| it.tokens().find_by_description(&user(), "d"));
    case!("POST" "users/tokens/revoke" DONE, |it| it.tokens().revoke(&token()));
}

#[tokio::test]
async fn channels_posts_and_the_server_understand_misbehaviour() {
    let new = || NewChannel::private(&team(), "notices", "Notices");
    let post = || NewPost::new(&channel(), "Hello", "n-1");
    case!("GET" "teams/{team}/channels/name/town-square" CHANNEL, |it| it.channels().find_default(&team()));
    case!("GET" "teams/{team}/channels/name/notices" CHANNEL, |it| it.channels().find_by_name(&team(), "notices"));
    case!("GET" "teams/{team}/channels/name/notices" CHANNEL, |it| it.channels().ensure(&new()));
    case!("POST" "channels" CHANNEL, |it| it.channels().create(&new()));
    case!("POST" "channels/direct" CHANNEL, |it| it.channels().direct(&user(), &user()));
    case!("POST" "channels/{channel}/members" JOINED, |it| it.channels().add_member(&channel(), &user()));
    case!("DELETE" "channels/{channel}/members/{user}" DONE, |it| it.channels().remove_member(&channel(), &user()));
    case!("POST" "posts" POST, |it| it.posts().create(&post()));
    case!("GET" "channels/{channel}/posts" POSTS, |it| it.posts().find_by_key(&channel(), "n-1", 0));
    case!("GET" "system/ping" DONE, |it| it.system().ping());
    case!("GET" "config/client" VERSION, |it| it.system().version());
}
