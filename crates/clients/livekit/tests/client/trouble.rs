//! Each operation against each misbehaving peer.

use bheem_http_kit::testing::{Route, misbehaving_peers};
use bheem_livekit::{
    CreateRoom, DataMessage, EgressFilter, RoomComposite, S3Upload, UpdateParticipant,
};

use crate::client;

const ROOM: &str = r#"{"sid": "RM_1", "name": "r"}"#;
const ROOMS: &str = r#"{"rooms": []}"#;
const PEOPLE: &str = r#"{"participants": []}"#;
const PERSON: &str = r#"{"sid": "PA_1", "identity": "u"}"#;
const EGRESS: &str = r#"{"egress_id": "EG_1"}"#;
const EGRESSES: &str = r#"{"items": []}"#;
const NOTHING: &str = "{  }";

macro_rules! case {
    ($path:literal $body:ident, |$livekit:ident| $call:expr) => {
        let route = Route {
            method: "POST",
            path: $path,
            body: Some($body),
        };
        misbehaving_peers(route, |peer| async move {
            let $livekit = client(&peer);
            $call.await
        })
        .await;
    };
}

#[tokio::test]
async fn rooms_understand_misbehaviour() {
    case!("/twirp/livekit.RoomService/CreateRoom" ROOM, |it| it.rooms().create(&CreateRoom::new("r")));
    case!("/twirp/livekit.RoomService/ListRooms" ROOMS, |it| it.rooms().list(&[]));
    case!("/twirp/livekit.RoomService/ListRooms" ROOMS, |it| it.rooms().find_by_name("r"));
    case!("/twirp/livekit.RoomService/DeleteRoom" NOTHING, |it| it.rooms().delete("r"));
    case!("/twirp/livekit.RoomService/UpdateRoomMetadata" ROOM, |it| it.rooms().set_metadata("r", "m"));
}

#[tokio::test]
async fn participants_understand_misbehaviour() {
    let update = UpdateParticipant::default;
    case!("/twirp/livekit.RoomService/ListParticipants" PEOPLE, |it| it.participants("r").list());
    case!("/twirp/livekit.RoomService/GetParticipant" PERSON, |it| it.participants("r").find("u"));
    case!("/twirp/livekit.RoomService/RemoveParticipant" NOTHING, |it| it.participants("r").remove("u"));
    case!("/twirp/livekit.RoomService/MutePublishedTrack" NOTHING, |it| it.participants("r").mute("u", "t", true));
    case!("/twirp/livekit.RoomService/UpdateParticipant" PERSON, |it| it.participants("r").update("u", &update()));
    case!("/twirp/livekit.RoomService/SendData" NOTHING, |it| it.participants("r").send(&DataMessage::new("d")));
    case!("/twirp/livekit.RoomService/MoveParticipant" NOTHING, |it| it.participants("r").move_to("u", "s"));
}

#[tokio::test]
async fn recordings_understand_misbehaviour() {
    let wish = || RoomComposite::new("r", "f.mp4", S3Upload::new("k", "s".into(), "eu", "b"));
    case!("/twirp/livekit.Egress/StartRoomCompositeEgress" EGRESS, |it| it.egress().start_room_composite(&wish()));
    case!("/twirp/livekit.Egress/UpdateLayout" EGRESS, |it| it.egress().update_layout("EG_1", "grid"));
    case!("/twirp/livekit.Egress/ListEgress" EGRESSES, |it| it.egress().list(&EgressFilter::default()));
    case!("/twirp/livekit.Egress/StopEgress" EGRESS, |it| it.egress().stop("EG_1"));
}
