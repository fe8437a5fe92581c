// What mails lead to, and devices without a browser.
import assert from 'node:assert/strict';
import { done, fill, given, issuer, linkTo, look, path, press, relyingParty, signIn, visitor } from './kit.mjs';

const passwords = (value) => ({ new_password: value, repeated: value });

// 1. Somebody who was invited sets a password.
const carl = await visitor();
await carl.goto(`${issuer}/set-password#token=${await linkTo(given.invited)}`);
assert.equal(new URL(carl.url()).hash, '', 'the code does not stay in the address');
await look(carl, 'set-password');
await fill(carl, passwords('password12'));
await press(carl, 'Save');
await carl.getByRole('alert').waitFor();
assert.ok(await carl.locator('#token').isHidden(), 'the code is still there, and nothing to look at');
await look(carl, 'set-password-refused');
await fill(carl, passwords(given.password));
await press(carl, 'Save');
await look(carl, 'password-set');
await press(carl, 'Sign in');
await signIn(carl, given.invited);
assert.equal(path(carl), '/account');

// 2. A forgotten password, with a script and without.
await carl.context().clearCookies();
await carl.goto(`${issuer}/login`);
await press(carl, 'Forgot your password?');
await look(carl, 'forgot-password');
await fill(carl, { username: given.invited });
await press(carl, 'Send link');
await look(carl, 'link-sent');
await carl.goto(`${issuer}/reset-password#token=${await linkTo(given.invited)}`);
await look(carl, 'reset-password');
await fill(carl, passwords(given.password + ' 2'));
await press(carl, 'Save');
await press(carl, 'Sign in');
await signIn(carl, given.invited, given.password + ' 2');
assert.equal(path(carl), '/account');

const plain = await visitor({ javaScriptEnabled: false });
await plain.goto(`${issuer}/forgot-password`);
await fill(plain, { username: given.invited });
await press(plain, 'Send link');
const token = await linkTo(given.invited);
await plain.goto(`${issuer}/reset-password#token=${token}`);
await fill(plain, { token, ...passwords(given.password + ' 3') });
if (given.screenshots) await plain.screenshot({ path: `${given.screenshots}/reset-password-without-scripts.png`, fullPage: true });
await press(plain, 'Save');
await press(plain, 'Sign in');
await signIn(plain, given.invited, given.password + ' 3');
assert.equal(path(plain), '/account');
await carl.goto(`${issuer}/account`);
assert.equal(path(carl), '/login', 'a new password ends the other sessions');

// 3. A link that is no longer good leads to another.
await carl.goto(`${issuer}/reset-password#token=${token}`);
await fill(carl, passwords(given.password));
await press(carl, 'Save');
await carl.getByRole('alert').waitFor();
assert.ok(await carl.locator('#token').isVisible());
await look(carl, 'reset-password-refused');
await press(carl, 'Forgot your password?');
await carl.goto(`${issuer}/verify-email#token=${token}`);
await look(carl, 'verify-email');
await press(carl, 'Confirm');
await carl.getByRole('alert').waitFor();

// 4. A device.
const party = await relyingParty({
  name: 'Living room TV', token_endpoint_auth_method: 'none', grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
});
const begun = await party.post('device_authorization', { scope: 'openid profile' });
assert.ok(begun.user_code, JSON.stringify(begun));
const ada = await visitor();
await ada.goto(`${issuer}/account`);
await signIn(ada, 'ada');
await ada.goto(begun.verification_uri);
await look(ada, 'device', { phone: true });
await fill(ada, { user_code: 'BBBB-BBBB' });
await press(ada, 'Continue');
await ada.getByRole('alert').waitFor();
await fill(ada, { user_code: begun.user_code.toLowerCase() });
await press(ada, 'Continue');
await look(ada, 'device-confirm');
await press(ada, 'Allow');
await look(ada, 'device-done');
const tokens = await party.post('token', { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: begun.device_code });
assert.ok(tokens.id_token, JSON.stringify(tokens));
await done();
