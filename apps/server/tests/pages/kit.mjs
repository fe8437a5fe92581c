// What the tests in a browser have in common: the browser, a relying party, pictures, and looking for what keeps
// people out.
//
// Talks with the test in lines of JSON: {"mail": address} asks for the code of the last link to an address, and
// {"done": true} says that everything was as it should be.
import assert from 'node:assert/strict';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const read = async () => JSON.parse((await lines.next()).value);
const write = (value) => process.stdout.write(JSON.stringify(value) + '\n');

export const given = await read();
// A module is found beside the file that imports it, and these are kept elsewhere.
const load = createRequire(given.modules + '/');
const { chromium } = load('playwright-core');
const { AxeBuilder } = load('@axe-core/playwright');

export const issuer = given.issuer;
export const path = (page) => page.url().replace(issuer, '').split('?')[0];
export const linkTo = async (address) => {
  write({ mail: address });
  return (await read()).token;
};

const browser = await chromium.launch({
  executablePath: given.chromium,
  args: [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
  ],
});

// What browsers complained about. That a page says no with a status of its own is none.
const complaints = [];
const isRefusal = (text) => /^Failed to load resource: the server responded with a status of (400|403|422|429) /.test(text);

/** A person's browser: its own cookies. Everything it complains about fails the test at the end. */
export const visitor = async (options = {}) => {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 900, height: 700 }, ...options });
  if (options.javaScriptEnabled !== false) {
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => console.error('policy', event.violatedDirective, event.blockedURI));
    });
  }
  const page = await context.newPage();
  // Only what would hang ends so; machines may be slow.
  page.setDefaultTimeout(120_000);
  page.on('console', (said) => {
    const isPage = said.location().url === page.url() || said.location().url === '';
    if (['error', 'warning'].includes(said.type()) && !(isPage && isRefusal(said.text()))) {
      complaints.push(`${page.url()}: ${said.text()} (${said.location().url})`);
    }
  });
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error}`));
  return page;
};

/** Checks a page in light and dark, and keeps a picture; of some also in dark and on a phone, of others none. */
export const look = async (page, name, { picture = true, dark = false, phone = false } = {}) => {
  const shoot = async (suffix) => {
    if (given.screenshots) await page.screenshot({ path: `${given.screenshots}/${name}${suffix}.png`, fullPage: true, animations: 'disabled' });
  };
  for (const colorScheme of ['dark', 'light']) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html + ' ' + node.failureSummary).join('\n')}`);
    assert.deepEqual(found, [], `${name} in ${colorScheme}`);
    if (colorScheme === 'dark' && dark) await shoot('-dark');
  }
  if (picture) await shoot('');
  const width = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(width[0] <= width[1], `${name} is wider than the window`);
  const before = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} is wider than a small phone`);
  if (phone) {
    await page.setViewportSize({ width: 390, height: 760 });
    await shoot('-phone');
  }
  await page.setViewportSize(before);
};

/** Presses a button or follows a link, and waits for the page that comes. */
export const press = async (page, name) => {
  const target = page.getByRole('button', { name, exact: true }).or(page.getByRole('link', { name, exact: true }));
  await Promise.all([page.waitForEvent('load'), target.click()]);
};

export const fill = async (page, fields) => {
  for (const [id, value] of Object.entries(fields)) await page.locator(`#${id}`).fill(value);
};

export const signIn = async (page, username, password = given.password) => {
  await fill(page, { username, password });
  await press(page, 'Sign in');
};

export const signOut = async (page) => {
  await page.goto(`${issuer}/account`);
  await press(page, 'Sign out');
  assert.equal(path(page), '/signed-out');
};

/** The code of an authenticator app (RFC 6238). */
export const totp = (secret, step) => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const hash = createHmac('sha1', key).update(counter).digest();
  const number = hash.readUInt32BE(hash[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
};
export const timeStep = () => Math.floor(Date.now() / 30_000);

/** A device with a fingerprint reader that always says yes, until it is told otherwise. */
export const authenticator = async (page) => {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { verifies: (isUserVerified) => cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }) };
};

const listen = (handler) => new Promise((resolve) => {
  const server = createServer(handler).listen(0, '127.0.0.1', () => resolve(`http://localhost:${server.address().port}`));
});
const page = '<!doctype html><html lang="en"><title>Relying party</title><link rel="icon" href="data:,"><h1>Relying party</h1>';

/** A relying party, which sends the browser on from its callback to another origin, as many do. */
export const relyingParty = async (more = {}) => {
  const home = await listen((_, answer) => answer.setHeader('content-type', 'text/html').end(page));
  const party = { home, received: [] };
  party.origin = await listen(async (request, answer) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url, party.origin);
    const sent = request.method === 'POST' ? new URLSearchParams(Buffer.concat(chunks).toString()) : url.searchParams;
    party.received.push({ method: request.method, path: url.pathname, ...Object.fromEntries(sent) });
    answer.writeHead(303, { location: `${home}/` }).end();
  });
  const answer = await fetch(`${issuer}/api/v1/admin/oidc/clients`, {
    method: 'POST',
    headers: { authorization: `Bearer ${given.admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      redirect_uris: [`${party.origin}/callback`], post_logout_redirect_uris: [`${party.origin}/bye`],
      token_endpoint_auth_method: 'client_secret_post', ...more,
    }),
  });
  assert.equal(answer.status, 201, await answer.clone().text());
  party.client = await answer.json();
  party.post = async (endpoint, fields) => {
    const { client_id, client_secret } = party.client;
    const body = new URLSearchParams({ client_id, ...(client_secret ? { client_secret } : {}), ...fields });
    return (await fetch(`${issuer}/api/v1/sso/${endpoint}`, { method: 'POST', body })).json();
  };
  /** Sends a browser to the provider. */
  party.ask = async (visitor, parameters = {}) => {
    party.verifier = randomBytes(32).toString('base64url');
    party.state = randomBytes(8).toString('hex');
    const query = new URLSearchParams({
      client_id: party.client.client_id, redirect_uri: `${party.origin}/callback`, response_type: 'code', scope: 'openid profile email',
      state: party.state, code_challenge: createHash('sha256').update(party.verifier).digest('base64url'), code_challenge_method: 'S256',
      ...parameters,
    });
    await visitor.goto(`${issuer}/api/v1/sso/authorize?${query}`);
  };
  /** Waits until the browser has come back and gone on; answers what it brought. */
  party.back = async (visitor) => {
    await visitor.waitForURL(`${home}/`);
    const got = party.received.at(-1);
    assert.equal(got.state, party.state);
    assert.equal(got.iss, issuer);
    return got;
  };
  /** The same, and what the ID token says of who came. */
  party.person = async (visitor) => {
    const { code } = await party.back(visitor);
    const tokens = await party.post('token', {
      grant_type: 'authorization_code', code, redirect_uri: `${party.origin}/callback`, code_verifier: party.verifier,
    });
    return JSON.parse(Buffer.from(tokens.id_token.split('.')[1], 'base64url'));
  };
  return party;
};

/** Says that all is well, if no browser complained. */
export const done = async () => {
  await browser.close();
  assert.deepEqual(complaints, []);
  write({ done: true });
  process.exit(0);
};
