"""Judges our tokens and webhooks with livekit-api, and makes its own for us to judge.

Question on standard input, answer on standard output, both JSON.
"""

import datetime
import json
import sys

from livekit import api

question = json.load(sys.stdin)
key, secret = question["api_key"], question["api_secret"]


def refused(work):
    try:
        work()
    except Exception:
        return "refused"
    return "accepted"


claims = api.TokenVerifier(key, secret).verify(question["token"])
receiver = api.WebhookReceiver(api.TokenVerifier(key, secret))
body, token = question["webhook_body"], question["webhook_token"]
event = receiver.receive(body, token)
minute = datetime.timedelta(minutes=1)
join = (
    api.AccessToken(key, secret)
    .with_identity("their-user")
    .with_ttl(minute)
    .with_grants(api.VideoGrants(room_join=True, room="their-room", can_publish=False))
)
webhook = api.AccessToken(key, secret).with_ttl(minute).with_sha256(question["digest"])
print(
    json.dumps(
        {
            "identity": claims.identity,
            "room": claims.video.room,
            "wrong_secret": refused(lambda: api.TokenVerifier(key, secret + "x").verify(question["token"])),
            "event": event.event,
            "changed_body": refused(lambda: receiver.receive(body + " ", token)),
            "their_token": join.to_jwt(),
            "their_webhook_token": webhook.to_jwt(),
        }
    )
)
