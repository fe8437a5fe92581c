"""A relying party on Authlib as its documentation shows it: Basic client authentication, no PKCE.

Talks with the test in lines of JSON: {"open": url} asks for a browser to go there, and the address at which the
browser ends up is read back.
"""
import asyncio
import json
import sys

import httpx
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet


def browse(url):
    print(json.dumps({"open": url}), flush=True)
    return json.loads(sys.stdin.readline())["at"]


async def main():
    given = json.loads(sys.stdin.readline())
    async with httpx.AsyncClient() as http:
        metadata = (await http.get(given["issuer"] + "/.well-known/openid-configuration")).raise_for_status().json()
        keys = KeySet.import_key_set((await http.get(metadata["jwks_uri"])).raise_for_status().json())
    assert metadata["issuer"] == given["issuer"]

    async with AsyncOAuth2Client(
        given["client_id"],
        given["client_secret"],
        scope="openid profile email offline_access",
        redirect_uri=given["redirect_uri"],
        token_endpoint=metadata["token_endpoint"],
    ) as client:
        url, state = client.create_authorization_url(metadata["authorization_endpoint"], nonce="n-0S6_WzA2Mj")
        token = await client.fetch_token(metadata["token_endpoint"], authorization_response=browse(url), state=state)
        assert token["token_type"].lower() == "bearer", token["token_type"]

        def check(id_token, access_token, nonce):
            decoded = jwt.decode(id_token, keys, algorithms=["ES256", "RS256", "EdDSA", "Ed25519"])
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {"iss": {"value": given["issuer"]}, "aud": {"value": given["client_id"]}},
                {"nonce": nonce, "access_token": access_token, "client_id": given["client_id"]},
            )
            claims.validate(leeway=0)
            return claims

        id_token = token["id_token"]
        claims = check(id_token, token["access_token"], "n-0S6_WzA2Mj")
        person = (await client.get(metadata["userinfo_endpoint"])).raise_for_status().json()
        assert person["sub"] == claims["sub"], person
        assert person["preferred_username"] == given["username"], person

        first = token["refresh_token"]
        token = await client.refresh_token(metadata["token_endpoint"], refresh_token=first)
        assert token["refresh_token"] != first
        if "id_token" in token:
            check(token["id_token"], token["access_token"], None)
        person = (await client.get(metadata["userinfo_endpoint"])).raise_for_status().json()
        assert person["sub"] == claims["sub"], person

        answer = await client.introspect_token(
            metadata["introspection_endpoint"], token=token["access_token"], token_type_hint="access_token"
        )
        assert answer.json()["active"] is True, answer.text

        end = httpx.URL(
            metadata["end_session_endpoint"],
            params={
                "id_token_hint": id_token,
                "post_logout_redirect_uri": given["post_logout_redirect_uri"],
                "state": "bye",
            },
        )
        at = browse(str(end))
        assert at == given["post_logout_redirect_uri"] + "?state=bye", at

        answer = await client.revoke_token(metadata["revocation_endpoint"], token=token["refresh_token"])
        assert answer.status_code == 200, answer.text
        answer = await client.introspect_token(metadata["introspection_endpoint"], token=token["refresh_token"])
        assert answer.json() == {"active": False}, answer.text
    print(json.dumps({"done": claims["sub"]}), flush=True)


asyncio.run(main())
