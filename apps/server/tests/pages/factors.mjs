// Second factors and passkeys: set up at the account, used to sign in, and demanded by a tenant.
import assert from 'node:assert/strict';
import {
  authenticator, done, fill, given, issuer, look, path, press, relyingParty, signIn, signOut, timeStep, totp, visitor,
} from './kit.mjs';

const account = `${issuer}/account`;
const party = await relyingParty({ name: 'Bheem Docs', is_first_party: true });

// 1. An authenticator app.
const ada = await visitor();
await ada.goto(account);
await signIn(ada, 'ada');
assert.equal(path(ada), '/account');
await look(ada, 'account-new', { picture: false });
await press(ada, 'Set up');
const secret = (await ada.locator('.show').textContent()).replaceAll(/\s/g, '');
await look(ada, 'totp', { dark: true });
await fill(ada, { code: '000000' });
await press(ada, 'Confirm');
await ada.getByRole('alert').waitFor();
await look(ada, 'totp-refused', { picture: false });
const step = timeStep();
await fill(ada, { code: totp(secret, step) });
await press(ada, 'Confirm');
const codes = await ada.locator('.codes li').allTextContents();
assert.ok(codes.length >= 8, String(codes));
await look(ada, 'recovery-codes', { phone: true });
await press(ada, 'Continue');
assert.equal(path(ada), '/account');

// 2. Signing in at a client with a code of the app; the one of before is not good again.
await signOut(ada);
await party.ask(ada);
await signIn(ada, 'ada');
assert.equal(path(ada), '/login/second-factor');
await look(ada, 'second-factor', { dark: true, phone: true });
await fill(ada, { code: totp(secret, step) });
await press(ada, 'Confirm');
await ada.getByRole('alert').waitFor();
await look(ada, 'second-factor-refused', { picture: false });
const code = totp(secret, step + 1);
await fill(ada, { code: `${code.slice(0, 3)} ${code.slice(3)}` });
await press(ada, 'Confirm');
let person = await party.person(ada);
assert.equal(person.acr, 'aal2');
assert.deepEqual([...person.amr].sort(), ['mfa', 'otp', 'pwd']);

// 3. A recovery code, without scripts.
const plain = await visitor({ javaScriptEnabled: false });
await plain.goto(account);
await signIn(plain, 'ada');
await plain.locator('summary').click();
await fill(plain, { recovery: codes[0] });
await plain.locator('details').getByRole('button', { name: 'Confirm' }).click();
await plain.waitForURL(account);

// 4. A passkey is added.
const device = await authenticator(ada);
await ada.goto(account);
await press(ada, 'Add a passkey');
await look(ada, 'passkey-add');
await fill(ada, { name: 'Laptop' });
await press(ada, 'Create passkey');
assert.equal(path(ada), '/account');
assert.ok(await ada.getByText('Laptop').isVisible());
await look(ada, 'account', { dark: true, phone: true });

// 5. It signs in alone; a finger that is not the owner's does not.
await signOut(ada);
await party.ask(ada);
await press(ada, 'Sign in with a passkey');
assert.equal(path(ada), '/login/passkey');
await look(ada, 'passkey');
await device.verifies(false);
await ada.getByRole('button', { name: 'Use your passkey' }).click();
await ada.getByRole('alert').waitFor();
await look(ada, 'passkey-refused');
await device.verifies(true);
await ada.getByRole('button', { name: 'Use your passkey' }).click();
person = await party.person(ada);
assert.equal(person.sub, given.ada);
assert.equal(person.acr, 'aal2');

// 6. It is the second factor after a password.
await signOut(ada);
await party.ask(ada);
await signIn(ada, 'ada');
await look(ada, 'second-factor-passkey');
await ada.getByRole('button', { name: 'Use your passkey' }).click();
person = await party.person(ada);
assert.ok(person.amr.includes('pwd') && person.amr.includes('mfa'), String(person.amr));

// 7. Without scripts the page says what passkeys need, and leads back.
await plain.context().clearCookies();
await plain.goto(`${issuer}/login/passkey`);
assert.ok(await plain.locator('noscript .notice').isVisible());
if (given.screenshots) await plain.screenshot({ path: `${given.screenshots}/passkey-without-scripts.png` });
await press(plain, 'Sign in with a password');

// 8. A tenant demands a second factor of whoever is on the way to its client: an app, or a passkey instead.
const strict = await relyingParty({ name: 'Strict Docs', is_first_party: true, tenants: [given.strict] });
const bob = await visitor();
await authenticator(bob);
await strict.ask(bob);
await signIn(bob, 'bob');
assert.equal(path(bob), '/login/enrol');
await look(bob, 'totp-required');
await press(bob, 'Use a passkey instead');
assert.equal(path(bob), '/login/enrol/passkey');
await look(bob, 'passkey-required');
await fill(bob, { name: 'Phone' });
await press(bob, 'Create passkey');
assert.equal(await bob.locator('.codes li').count(), codes.length);
await press(bob, 'Continue');
person = await strict.person(bob);
assert.equal(person.sub, given.bob);
assert.equal(person.acr, 'aal2');

// 9. A new password.
await bob.goto(account);
await press(bob, 'Change password');
await look(bob, 'change-password');
await fill(bob, { current_password: given.password, new_password: given.password + ' 2', repeated: given.password + ' 3' });
await press(bob, 'Save');
await bob.getByRole('alert').waitFor();
await fill(bob, { current_password: given.password, new_password: given.password + ' 2', repeated: given.password + ' 2' });
await press(bob, 'Save');
await look(bob, 'password-changed');
await press(bob, 'Back to your account');
await done();
