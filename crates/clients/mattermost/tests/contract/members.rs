//! Teams, channels and who is in them.

use bheem_mattermost::{
    Channel, ChannelType, Client, Deleted, ErrorId, ErrorKind, ListUsers, NewChannel, NewPost,
    NewTeam, PageSize, SchemeRoles, SecretString, Team, User, names,
};
use futures::TryStreamExt as _;

use super::user;

/// Who is in a team and in its channels, and what is said there.
pub(crate) async fn members(mattermost: &Client, unique: &str) {
    let unique = &format!("{unique}m");
    let (john, _) = user(mattermost, unique, "john").await;
    let (mary, mary_password) = user(mattermost, unique, "mary").await;
    let team = NewTeam::new(names::team_name(unique), "Members");
    let team = mattermost.teams().create(&team).await.unwrap();
    let members = mattermost.members(&team.id);
    assert!(members.find(&john.id).await.unwrap().is_none());
    let error = members
        .set_roles(&john.id, SchemeRoles::admin())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    for _ in 0..2 {
        let member = members.add(&john.id).await.unwrap();
        assert!(member.scheme_user && !member.scheme_admin);
    }
    members
        .set_roles(&john.id, SchemeRoles::admin())
        .await
        .unwrap();
    assert!(members.find(&john.id).await.unwrap().unwrap().scheme_admin);
    members.add(&mary.id).await.unwrap();
    let listed: Vec<_> = members.stream(PageSize::of(1)).try_collect().await.unwrap();
    assert!(listed.iter().any(|one| one.user_id == john.id));
    let list = ListUsers::in_team(&team.id)
        .active(true)
        .size(PageSize::of(1));
    let listed: Vec<User> = mattermost.users().stream(list).try_collect().await.unwrap();
    assert!(listed.iter().any(|one| one.id == mary.id));

    let notices = channels(mattermost, unique, &team, (&mary, &mary_password)).await;

    assert_eq!(members.remove(&john.id).await.unwrap(), Deleted::Removed);
    assert_eq!(members.remove(&john.id).await.unwrap(), Deleted::Absent);
    assert!(members.find(&john.id).await.unwrap().is_none());
    let error = mattermost
        .channels()
        .add_member(&notices.id, &john.id)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "not in the team");
    members.add(&john.id).await.unwrap();
    assert!(members.find(&john.id).await.unwrap().is_some());
    mattermost.teams().archive(&team.id).await.unwrap();
    for one in [&john, &mary] {
        mattermost.users().deactivate(&one.id).await.unwrap();
    }
}

/// Channels, and what is said there; answers the private one.
async fn channels(
    mattermost: &Client,
    unique: &str,
    team: &Team,
    (mary, mary_password): (&User, &SecretString),
) -> Channel {
    let channels = mattermost.channels();
    let square = channels.find_default(&team.id).await.unwrap().unwrap();
    assert_eq!(square.channel_type, ChannelType::Open);
    let new = NewChannel::private(&team.id, "notices", "Notices");
    assert!(
        channels
            .find_by_name(&team.id, "notices")
            .await
            .unwrap()
            .is_none()
    );
    let notices = channels.create(&new).await.unwrap();
    let error = channels.create(&new).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.id()),
        (ErrorKind::Conflict, Some(&ErrorId::ChannelNameTaken))
    );
    assert_eq!(channels.ensure(&new).await.unwrap().id, notices.id);
    for _ in 0..2 {
        channels.add_member(&notices.id, &mary.id).await.unwrap();
    }
    let said = NewPost::new(&notices.id, "Hello", format!("{unique}-n1"));
    let post = mattermost.posts().create(&said).await.unwrap();
    assert_eq!(mattermost.posts().create(&said).await.unwrap().id, post.id);
    let signed_in = mattermost
        .sessions()
        .sign_in(&mary.username, mary_password)
        .await
        .unwrap();
    let as_mary = mattermost.with_token(signed_in.token).unwrap();
    let key = format!("{unique}-n1");
    let since = post.create_at - 1;
    let found = as_mary
        .posts()
        .find_by_key(&notices.id, &key, since)
        .await
        .unwrap();
    assert_eq!(found.unwrap().message, "Hello");
    let other = as_mary
        .posts()
        .find_by_key(&notices.id, "another", since)
        .await
        .unwrap();
    assert!(other.is_none());
    channels.remove_member(&notices.id, &mary.id).await.unwrap();
    let error = as_mary
        .posts()
        .find_by_key(&notices.id, &key, since)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    let me = mattermost.users().me().await.unwrap();
    let direct = channels.direct(&me.id, &mary.id).await.unwrap();
    assert_eq!(direct.channel_type, ChannelType::Direct);
    assert_eq!(
        channels.direct(&me.id, &mary.id).await.unwrap().id,
        direct.id
    );
    notices
}
