//! What the client and a Mattermost server agree on, whether the server is a stand-in or real.
//!
//! The client is an administrator. `unique` is a word of lower-case letters and digits that was never used on the
//! server. What was made is archived or deactivated at the end.

mod members;
mod tokens;
mod users;

use bheem_http_kit::throwaway_password;
use bheem_mattermost::{
    Client, Deleted, ErrorId, ErrorKind, NewTeam, NewUser, PageSize, SecretString, Team, TeamType,
    UpdateTeam, User, names,
};
use futures::TryStreamExt as _;

pub(crate) use members::members;
pub(crate) use tokens::tokens;
pub(crate) use users::users;

/// An id that nobody has.
const NOBODY: &str = "nobodynobodynobodynobody12";

/// The server answers.
pub(crate) async fn server(mattermost: &Client) {
    mattermost.system().ping().await.unwrap();
    assert!(
        mattermost
            .system()
            .version()
            .await
            .unwrap()
            .major()
            .unwrap()
            >= 5
    );
    let wrong = mattermost
        .with_token("no-token-of-anybody-at-all".into())
        .unwrap();
    let error = wrong.users().me().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert_eq!(error.id(), Some(&ErrorId::SessionExpired));
}

/// Teams, from making to archiving.
pub(crate) async fn teams(mattermost: &Client, unique: &str) {
    let name = names::team_name(&format!("{unique}-team"));
    let new = NewTeam::new(&name, "The team").description("for a while");
    let teams = mattermost.teams();
    assert!(teams.find_by_name(&name).await.unwrap().is_none());
    assert!(
        teams
            .find(&NOBODY.parse().unwrap())
            .await
            .unwrap()
            .is_none()
    );
    let team = teams.create(&new).await.unwrap();
    assert_eq!(
        (team.name.as_str(), &team.team_type),
        (name.as_str(), &TeamType::Invite)
    );
    let again = teams.create(&new).await.unwrap_err();
    assert_eq!(
        (again.kind(), again.id()),
        (ErrorKind::Conflict, Some(&ErrorId::TeamNameTaken))
    );
    assert_eq!(teams.ensure(&new).await.unwrap().id, team.id);
    assert_eq!(
        teams.find(&team.id).await.unwrap().unwrap().description,
        "for a while"
    );
    let change = UpdateTeam::new().display_name("Another name");
    let changed = teams.update(&team.id, &change).await.unwrap();
    assert_eq!(
        (changed.display_name.as_str(), changed.name),
        ("Another name", name.clone())
    );
    for name in ["a", "has_underscore", "-dash", "admin-of-it"] {
        let error = teams.create(&NewTeam::new(name, "x")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{name}");
    }

    assert_eq!(teams.archive(&team.id).await.unwrap(), Deleted::Removed);
    assert!(
        teams
            .find_by_name(&name)
            .await
            .unwrap()
            .unwrap()
            .is_archived()
    );
    let taken = teams.create(&new).await.unwrap_err();
    assert_eq!(
        taken.kind(),
        ErrorKind::Conflict,
        "an archived team keeps its name"
    );
    assert!(!teams.restore(&team.id).await.unwrap().is_archived());
    let listed: Vec<Team> = teams.stream(PageSize::of(1)).try_collect().await.unwrap();
    assert!(listed.iter().any(|one| one.id == team.id));
    assert_eq!(teams.archive(&team.id).await.unwrap(), Deleted::Removed);
    let nobody = NOBODY.parse().unwrap();
    assert_eq!(teams.archive(&nobody).await.unwrap(), Deleted::Absent);
    let missing = teams.update(&nobody, &change).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
}

async fn user(mattermost: &Client, unique: &str, local: &str) -> (User, SecretString) {
    let password = throwaway_password();
    let username = names::username(unique, local, &names::USERNAME_LENGTH);
    let email = format!("{unique}-{local}@contract.example");
    let new = NewUser::with_password(email, username, password.clone())
        .name("John", "Contract")
        .property("tenant", unique);
    (mattermost.users().create(&new).await.unwrap(), password)
}
