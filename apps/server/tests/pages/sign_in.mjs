// Through the pages with a password: to a client and back, with and without scripts, by keyboard alone.
import assert from 'node:assert/strict';
import { done, fill, given, issuer, look, path, press, relyingParty, signIn, visitor } from './kit.mjs';

const party = await relyingParty({ name: 'Bheem Docs', policy_uri: 'https://docs.example/privacy', tos_uri: 'https://docs.example/terms' });

// 1. With a password, and what was agreed to is remembered.
const ada = await visitor();
await party.ask(ada);
assert.equal(path(ada), '/login');
await look(ada, 'sign-in', { dark: true, phone: true });
await signIn(ada, 'ada', 'not the password');
await ada.getByRole('alert').waitFor();
assert.equal(await ada.locator('#username').inputValue(), 'ada');
await look(ada, 'sign-in-refused');
await signIn(ada, 'ada');
assert.equal(path(ada), '/consent');
await look(ada, 'consent', { dark: true, phone: true });
await press(ada, 'Allow');
const person = await party.person(ada);
assert.equal(person.sub, given.ada);
assert.deepEqual(person.amr, ['pwd']);
await party.ask(ada);
assert.ok((await party.back(ada)).code, 'nothing is asked again');
await ada.goto(`${issuer}/account`);
await look(ada, 'account-applications');
await press(ada, 'Withdraw: Bheem Docs');
await party.ask(ada);
assert.equal(path(ada), '/consent', 'what was withdrawn is asked again');
await press(ada, 'Allow');
assert.ok((await party.back(ada)).code);

// 2. The account chooser, and denying what is new.
await party.ask(ada, { prompt: 'select_account' });
assert.equal(path(ada), '/login/accounts');
await look(ada, 'accounts');
await press(ada, 'Continue as ada');
assert.ok((await party.back(ada)).code);
await party.ask(ada, { prompt: 'select_account consent' });
await press(ada, 'Use another account');
assert.equal(path(ada), '/login');
await signIn(ada, 'bob');
assert.equal(path(ada), '/consent');
await press(ada, 'Deny');
assert.equal((await party.back(ada)).error, 'access_denied');

// 3. An answer that is posted, with a script and by hand.
await party.ask(ada, { prompt: 'consent', response_mode: 'form_post' });
await press(ada, 'Allow');
let posted = await party.back(ada);
assert.equal(posted.method, 'POST');
assert.ok(posted.code);

// 4. Without scripts.
const plain = await visitor({ javaScriptEnabled: false });
await party.ask(plain, { response_mode: 'form_post' });
await signIn(plain, 'ada');
assert.equal(await plain.locator('h1').textContent(), 'Taking you back');
if (given.screenshots) await plain.screenshot({ path: `${given.screenshots}/taking-you-back.png` });
await press(plain, 'Continue');
posted = await party.back(plain);
assert.equal(posted.method, 'POST');
assert.ok(posted.code);
await party.ask(plain, { prompt: 'login' });
await signIn(plain, 'ada');
assert.ok((await party.back(plain)).code);

// 5. By keyboard alone, from the first field.
const keys = await visitor();
await party.ask(keys);
await keys.locator('#username:focus').waitFor();
await keys.keyboard.type('ada');
await keys.keyboard.press('Tab');
await keys.keyboard.press('Tab');
await keys.keyboard.type(given.password);
await keys.keyboard.press('Enter');
assert.ok((await party.back(keys)).code);
await keys.goto(`${issuer}/login?again=1`);
await fill(keys, { username: '' });
await keys.evaluate(() => document.activeElement.blur());
await keys.keyboard.press('Tab');
// Where the keyboard is can be seen.
const reached = [];
for (let at = 0; at < 12; at += 1) {
  const [id, isShown] = await keys.evaluate(() => {
    const one = document.activeElement;
    const style = getComputedStyle(one);
    return [one === document.body ? 'body' : one.id || one.textContent, style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2];
  });
  if (reached.includes(id)) break;
  reached.push(id);
  assert.ok(isShown || id === 'body', `${id} shows that it has the focus`);
  await keys.keyboard.press('Tab');
}
for (const id of ['Skip to content', 'username', 'password', 'Sign in']) assert.ok(reached.includes(id), `${id} in ${reached}`);

// 6. Signing out: asked for by a client without a token, and at the account.
await keys.goto(`${issuer}/api/v1/sso/logout?${new URLSearchParams({ client_id: party.client.client_id, post_logout_redirect_uri: `${party.origin}/bye` })}`);
await look(keys, 'sign-out');
await press(keys, 'Sign out');
await keys.waitForURL(`${party.home}/`);
assert.equal(party.received.at(-1).path, '/bye');
await ada.goto(`${issuer}/account`);
await press(ada, 'Sign out');
assert.equal(path(ada), '/signed-out');
await look(ada, 'signed-out');
await ada.goto(`${issuer}/account`);
assert.equal(path(ada), '/login');

// 7. What cannot go on says so, and goes nowhere.
await ada.goto(`${issuer}/api/v1/sso/authorize?client_id=nobody&redirect_uri=https://elsewhere.example/`);
await look(ada, 'error');
await ada.goto(`${issuer}/login?request=used-up`);
await look(ada, 'error-expired');

// 8. The tenant's name and colour, in another language.
const tenant = await relyingParty({ name: 'Intranet', tenants: [given.branded] });
const german = await visitor({ locale: 'de-DE' });
await tenant.ask(german);
assert.equal(await german.locator('html').getAttribute('lang'), 'de');
await look(german, 'sign-in-tenant', { dark: true });
await done();
