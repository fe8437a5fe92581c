// Judges our tokens and webhooks with livekit-server-sdk, and makes its own for us to judge.
// Question on standard input, answer on standard output, both JSON.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(process.argv[2] + "/");
const { AccessToken, RoomServiceClient, TokenVerifier, WebhookReceiver } = require("livekit-server-sdk");
const question = JSON.parse(readFileSync(0, "utf8"));
const { url, api_key: key, api_secret: secret } = question;
const refused = async (work) => {
  try {
    await work();
    return "accepted";
  } catch {
    return "refused";
  }
};

const claims = await new TokenVerifier(key, secret).verify(question.token);
const receiver = new WebhookReceiver(key, secret);
const event = await receiver.receive(question.webhook_body, question.webhook_token);
const rooms = new RoomServiceClient(url, key, secret);
const listed = await rooms.listRooms();
let missing;
try {
  await rooms.listParticipants("nowhere");
} catch (error) {
  missing = error.code;
}

const join = new AccessToken(key, secret, { identity: "their-user", ttl: 60 });
join.addGrant({ roomJoin: true, room: "their-room", canPublish: false });
const webhook = new AccessToken(key, secret, { ttl: 60 });
webhook.sha256 = question.digest;

console.log(
  JSON.stringify({
    identity: claims.sub,
    room: claims.video.room,
    wrong_secret: await refused(() => new TokenVerifier(key, secret + "x").verify(question.token)),
    event: event.event,
    changed_body: await refused(() => receiver.receive(question.webhook_body + " ", question.webhook_token)),
    rooms: listed.map((room) => room.name),
    missing_room: missing,
    their_token: await join.toJwt(),
    their_webhook_token: await webhook.toJwt(),
  }),
);
