// Relying parties on openid-client: PKCE, pushed requests, DPoP, the device flow, token exchange.
//
// Talks with the test in lines of JSON: {"open": url} asks for a browser to go there, and the address at which the
// browser ends up is read back.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const read = async () => JSON.parse((await lines.next()).value);
const write = (value) => process.stdout.write(JSON.stringify(value) + '\n');
const browse = async (url) => {
  write({ open: url.href ?? url });
  return new URL((await read()).at);
};

const given = await read();
// A module is found beside the file that imports it, and these are kept elsewhere.
const oidc = await import(pathToFileURL(createRequire(given.modules + '/').resolve('openid-client')));
const insecure = { execute: [oidc.allowInsecureRequests] };
const issuer = new URL(given.issuer);

const request = async () => {
  const verifier = oidc.randomPKCECodeVerifier();
  const checks = { pkceCodeVerifier: verifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce(), idTokenExpected: true };
  const parameters = {
    redirect_uri: given.redirect_uri,
    scope: 'openid profile email offline_access',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
  };
  return { checks, parameters };
};

// 1. A public client with PKCE.
{
  const config = await oidc.discovery(issuer, given.public.client_id, undefined, oidc.None(), insecure);
  const { checks, parameters } = await request();
  const callback = await browse(oidc.buildAuthorizationUrl(config, parameters));
  assert.equal(callback.searchParams.get('iss'), given.issuer);
  const tokens = await oidc.authorizationCodeGrant(config, callback, checks);
  const { sub } = tokens.claims();
  assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, sub)).preferred_username, given.username);
  const next = await oidc.refreshTokenGrant(config, tokens.refresh_token);
  assert.notEqual(next.refresh_token, tokens.refresh_token);
  await oidc.fetchUserInfo(config, next.access_token, sub);
  await oidc.tokenRevocation(config, next.refresh_token);
  await assert.rejects(oidc.refreshTokenGrant(config, next.refresh_token), { error: 'invalid_grant' });
  await assert.rejects(oidc.fetchUserInfo(config, next.access_token, sub));
}

// 2. A confidential client that pushes its requests and binds its tokens to a key.
{
  const config = await oidc.discovery(issuer, given.dpop.client_id, given.dpop.client_secret, undefined, insecure);
  const DPoP = oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256'));
  const { checks, parameters } = await request();
  const url = await oidc.buildAuthorizationUrlWithPAR(config, parameters, { DPoP });
  assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request_uri']);
  const callback = await browse(url);
  const tokens = await oidc.authorizationCodeGrant(config, callback, checks, undefined, { DPoP });
  assert.equal(tokens.token_type, 'dpop');
  const { sub, sid } = tokens.claims();
  assert.equal(typeof sid, 'string');
  assert.equal((await oidc.fetchUserInfo(config, tokens.access_token, sub, { DPoP })).sub, sub);
  await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, sub), 'a bound token is no bearer token');
  const next = await oidc.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
  assert.equal(next.token_type, 'dpop');
  assert.equal((await oidc.tokenIntrospection(config, next.access_token)).active, true);
  const end = oidc.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: given.post_logout_redirect_uri,
    state: 'bye',
  });
  assert.equal((await browse(end)).href, given.post_logout_redirect_uri + '?state=bye');
}

// 3. A device without a browser.
{
  const config = await oidc.discovery(issuer, given.public.client_id, undefined, oidc.None(), insecure);
  const begun = await oidc.initiateDeviceAuthorization(config, { scope: 'openid profile' });
  const tokens = oidc.pollDeviceAuthorizationGrant(config, begun);
  await browse(begun.verification_uri_complete);
  const { access_token } = await tokens;
  const person = await oidc.fetchUserInfo(config, access_token, oidc.skipSubjectCheck);
  assert.equal(person.preferred_username, given.username);
}

// 4. A service of its own account, which proves itself with a key, and takes a person's token for another audience.
{
  const key = await crypto.subtle.importKey('jwk', given.service.private_key, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  const auth = oidc.PrivateKeyJwt({ key, kid: given.service.private_key.kid });
  const config = await oidc.discovery(issuer, given.service.client_id, undefined, auth, insecure);
  const own = await oidc.clientCredentialsGrant(config, { resource: given.service.resource });
  assert.equal(own.refresh_token, undefined);
  const seen = await oidc.tokenIntrospection(config, own.access_token);
  assert.equal(seen.active, true);
  assert.equal(seen.client_id, given.service.client_id);
}
write({ done: true });
process.exit(0);
