//! What the client and a LiveKit server agree on, whether it is a stand-in or real.

use bheem_livekit::{Client, CreateRoom, DataMessage, Deleted, ErrorKind};

/// A room of its own, from its beginning to its end.
pub(crate) async fn rooms(livekit: &Client, name: &str) {
    assert!(livekit.rooms().find_by_name(name).await.unwrap().is_none());
    let room = CreateRoom::new(name).empty_timeout(60).metadata("first");
    let made = livekit.rooms().create(&room).await.unwrap();
    assert!(!made.sid.is_empty());
    assert_eq!(
        (
            made.name.as_str(),
            made.empty_timeout,
            made.metadata.as_str()
        ),
        (name, 60, "first")
    );
    let again = CreateRoom::new(name).max_participants(7);
    let again = livekit.rooms().create(&again).await.unwrap();
    assert_eq!(
        (again.sid, again.max_participants, again.empty_timeout),
        (made.sid.clone(), 7, 60)
    );
    let changed = livekit.rooms().set_metadata(name, "second").await.unwrap();
    assert_eq!(changed.metadata, "second");
    let found = livekit.rooms().find_by_name(name).await.unwrap().unwrap();
    assert_eq!((found.sid, found.metadata.as_str()), (made.sid, "second"));
    let listed = livekit.rooms().list(&[]).await.unwrap();
    assert!(listed.iter().any(|room| room.name == name));

    let people = livekit.participants(name);
    assert!(people.list().await.unwrap().is_empty());
    assert!(people.find("nobody").await.unwrap().is_none());
    assert_eq!(people.remove("nobody").await.unwrap(), Deleted::Absent);
    people
        .send(&DataMessage::new("hello").topic("chat"))
        .await
        .unwrap();
    let nobody = people.mute("nobody", "TR_none", true).await.unwrap_err();
    assert_eq!(nobody.kind(), ErrorKind::NotFound);

    assert_eq!(
        livekit.rooms().delete(name).await.unwrap(),
        Deleted::Removed
    );
    assert_eq!(livekit.rooms().delete(name).await.unwrap(), Deleted::Absent);
    let gone = livekit.participants(name).list().await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
    let gone = livekit
        .rooms()
        .set_metadata(name, "third")
        .await
        .unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
    let nameless = livekit
        .rooms()
        .create(&CreateRoom::new(""))
        .await
        .unwrap_err();
    assert_eq!(nameless.kind(), ErrorKind::Invalid);
}

/// A server that does not know our key.
pub(crate) async fn strangers(stranger: &Client) {
    let error = stranger.rooms().list(&[]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
}
