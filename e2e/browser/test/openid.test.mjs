// A foreign relying party on a foreign product: openid-client signs a person in through `ligature serve`, started from a
// configuration file as an operator would write it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import { profile, quit } from '../chromium.mjs';
import { texts } from '../seed.mjs';
import { freePort, landing, mailServer, unquoted, userStore } from '../product.mjs';
import { ask } from '../world.mjs';

const root = resolve(new URL('.', import.meta.url).pathname, '../../..');
const person = { id: '4711', username: 'mira', email: 'mira@tools.example', name: 'Mira Holm', password: 'Paper-Lantern-65-Brook' };
const ends = [];

after(async () => {
  await quit();
  for (const end of ends.reverse()) await end();
});

/** What openid-client calls instead of fetch, which does not resolve *.localhost. */
async function viaLoopback(url, { method, headers, body }) {
  const answer = await ask(url, { method, headers: Object.fromEntries(new Headers(headers)), body: body?.toString() });
  return new Response([204, 304].includes(answer.status) ? null : answer.body, { status: answer.status, headers: Object.entries(answer.headers).map(([k, v]) => [k, String(v)]) });
}

/** A key of ours, and the set that holds its public half. */
async function keyPair() {
  const pair = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const { kty, crv, x, y } = await webcrypto.subtle.exportKey('jwk', pair.publicKey);
  return { key: pair.privateKey, kid: 'ours', set: JSON.stringify({ keys: [{ kty, crv, x, y, kid: 'ours', alg: 'ES256', use: 'sig' }] }) };
}

/** Starts `ligature serve` for one product of ours, and gives its issuer, our secret and our key. */
async function serve(callback, signedOut) {
  const dir = await mkdtemp(join(tmpdir(), 'ligature-openid-'));
  ends.push(() => rm(dir, { recursive: true, force: true }));
  const pair = await keyPair();
  await writeFile(join(dir, 'worker.jwks.json'), pair.set);
  const secrets = { key: randomBytes(32), store: randomBytes(32), client: randomBytes(32) };
  for (const [name, value] of Object.entries(secrets)) await writeFile(join(dir, name), value.toString('base64'), { mode: 0o600 });
  const store = await userStore(secrets.store.toString('base64'), [person]);
  const post = await mailServer();
  const port = await freePort();
  const issuer = `http://id.localhost:${port}`;
  ends.push(store.stop, post.stop);
  await writeFile(join(dir, 'ligature.yaml'), `
listen: 127.0.0.1:${port}
database: {url: "sqlite:data.db"}
key: {file: key}
smtp: {address: "${post.address}", tls: none, from: "Account <account@tools.example>"}
suite:
  issuer: ${issuer}
  brand: {account: Tools Account, company: Tools}
  products:
    - {id: bench, name: Workbench, mailbox_resets_password: true}
  tenants:
    - {id: north, name: North, rollout: on, administrators: [it@tools.example], time_zone: Europe/Oslo}
  connectors:
    - {name: north-bench, kind: http, http: {url: "${store.url}", secret_file: store, allow_private: true}}
  clients:
    - {id: bench, product: bench, secret_file: client}
    - {id: worker, product: bench, auth: private_key_jwt, jwks: worker.jwks.json, api_scopes: ["invitations:read"]}
  instances:
    - tenant: north
      product: bench
      connector: north-bench
      client: bench
      redirect_uris: ["${callback}"]
      post_logout_redirect_uris: ["${signedOut}"]
      home_url: "${new URL(callback).origin}/"
`);
  const args = ['serve', '--config', join(dir, 'ligature.yaml')];
  const built = process.env.LIGATURE_BIN;
  const child = built ? spawn(built, args, { stdio: ['ignore', 'inherit', 'pipe'] }) : spawn('go', ['run', './cmd/ligature', ...args], { cwd: root, stdio: ['ignore', 'inherit', 'pipe'] });
  const log = [];
  child.stderr.on('data', (text) => log.push(text.toString()));
  const ended = once(child, 'exit');
  ends.push(async () => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await ended;
  });
  for (let i = 0; ; i++) {
    const answer = await ask(`${issuer}/readyz`).catch(() => null);
    if (answer?.status === 200) break;
    assert.ok(child.exitCode === null && i < (built ? 200 : 3600), `ligature serve is not ready:\n${log.join('')}`);
    await pause(50);
  }
  return { issuer, secret: secrets.client.toString('base64'), store, post, pair };
}

test('openid-client, a product behind the HTTP contract, and ligature serve', async () => {
  const product = await landing();
  ends.push(product.stop);
  const rp = product.url;
  const callback = `${rp}/callback`;
  const { issuer, secret, store, post, pair } = await serve(callback, `${rp}/bye`);
  const config = await client.discovery(new URL(issuer), 'bench', undefined, client.ClientSecretBasic(secret), {
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
    [client.customFetch]: viaLoopback,
  });

  const context = await profile();
  const page = await context.newPage();
  const begin = async (more = {}) => {
    const checks = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState(), expectedNonce: client.randomNonce(), idTokenExpected: true };
    await page.goto(client.buildAuthorizationUrl(config, {
      redirect_uri: callback, scope: 'openid email profile', state: checks.expectedState, nonce: checks.expectedNonce,
      code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier), code_challenge_method: 'S256', ...more,
    }).href);
    return checks;
  };
  const press = async (name) => page.getByRole('main').getByRole('button', { name, exact: true }).click();

  // Nobody is signed in, and nobody may be asked.
  const quiet = await begin({ prompt: 'none' });
  await assert.rejects(client.authorizationCodeGrant(config, new URL(page.url()), quiet), (err) => err.error === 'login_required');

  // The first sign-in.
  const checks = await begin({ login_hint: person.username });
  await page.getByLabel(texts.login.label, { exact: true }).fill(person.username);
  await press(texts.login.submit);
  await page.getByLabel(texts.password.label, { exact: true }).fill(person.password);
  await press(texts.password.submit);
  await page.getByLabel(texts.email.label, { exact: true }).fill(person.email);
  await press(texts.email.submit);
  await page.locator('h1', { hasText: texts.inbox.h1 }).waitFor();
  for (let i = 0; post.mails.length === 0; i++) {
    assert.ok(i < 200, 'no mail arrived');
    await pause(50);
  }
  const url = unquoted(post.mails[0]).match(/^http:\S+\/email\/confirm\?t=\S+$/m)[0].trim();
  const second = await context.newPage();
  await second.goto(url);
  await second.close();
  await press(texts.inbox.submit);
  await page.waitForURL((at) => at.origin === rp || at.pathname === '/linked');
  if (new URL(page.url()).pathname === '/linked') await press(texts.linked.submit('Workbench'));
  await page.waitForURL((at) => at.href.startsWith(callback));

  const tokens = await client.authorizationCodeGrant(config, new URL(page.url()), checks);
  const claims = tokens.claims();
  assert.equal(claims.iss, issuer);
  assert.equal(claims.tenant, 'north');
  assert.deepEqual(claims.product_account, { id: person.id, username: person.username });
  assert.equal(claims.email, person.email);
  assert.equal(claims.email_verified, true);
  assert.ok(claims.auth_time);
  const info = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(info.email, person.email);

  // A code is good once.
  await assert.rejects(client.authorizationCodeGrant(config, new URL(page.url()), checks), (err) => err.error === 'invalid_grant');

  // The open session answers at once, as the same person.
  const silent = await begin({ prompt: 'none' });
  const again = await client.authorizationCodeGrant(config, new URL(page.url()), silent);
  assert.equal(again.claims().sub, claims.sub);

  // A pushed request, answered by a form that comes by itself; with refresh tokens, which are good once.
  const pushed = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState(), expectedNonce: client.randomNonce(), idTokenExpected: true };
  const short = await client.buildAuthorizationUrlWithPAR(config, {
    redirect_uri: callback, scope: 'openid offline_access', response_mode: 'form_post', state: pushed.expectedState, nonce: pushed.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pushed.pkceCodeVerifier), code_challenge_method: 'S256',
  });
  assert.deepEqual([...short.searchParams.keys()].sort(), ['client_id', 'request_uri']);
  const [posted] = await Promise.all([page.waitForRequest((r) => r.method() === 'POST' && r.url() === callback), page.goto(short.href)]);
  const lasting = await client.authorizationCodeGrant(config, new Request(callback, {
    method: 'POST', body: posted.postData(), headers: { 'content-type': 'application/x-www-form-urlencoded' },
  }), pushed);
  assert.equal(lasting.claims().sub, claims.sub);
  const renewed = await client.refreshTokenGrant(config, lasting.refresh_token);
  assert.equal(renewed.claims().sub, claims.sub);
  assert.notEqual(renewed.refresh_token, lasting.refresh_token);
  assert.equal((await client.tokenIntrospection(config, renewed.access_token)).active, true);
  await client.tokenRevocation(config, renewed.refresh_token);
  assert.equal((await client.tokenIntrospection(config, renewed.access_token)).active, false);
  await assert.rejects(client.refreshTokenGrant(config, renewed.refresh_token), (err) => err.error === 'invalid_grant');

  // Another foreign client, which proves itself by a key.
  const local = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: viaLoopback };
  const server = await oauth.processDiscoveryResponse(new URL(issuer), await oauth.discoveryRequest(new URL(issuer), local));
  const worker = { client_id: 'worker' };
  const answer = await oauth.clientCredentialsGrantRequest(server, worker, oauth.PrivateKeyJwt({ key: pair.key, kid: pair.kid }), { scope: 'invitations:read' }, local);
  const own = await oauth.processClientCredentialsResponse(server, worker, answer);
  assert.equal(own.scope, 'invitations:read');
  const stranger = await oauth.clientCredentialsGrantRequest(server, worker, oauth.PrivateKeyJwt({ key: (await keyPair()).key, kid: pair.kid }), {}, local);
  await assert.rejects(oauth.processClientCredentialsResponse(server, worker, stranger), (err) => err.status === 401);

  // Signing out at the product signs out here.
  await page.goto(client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: `${rp}/bye`, state: 'farewell' }).href);
  if (!page.url().startsWith(rp)) await press('Sign out');
  await page.waitForURL((at) => at.href.startsWith(`${rp}/bye`));
  assert.equal(new URL(page.url()).searchParams.get('state'), 'farewell');
  const gone = await begin({ prompt: 'none' });
  await assert.rejects(client.authorizationCodeGrant(config, new URL(page.url()), gone), (err) => err.error === 'login_required');
  assert.deepEqual(store.refused, [], 'the product refused a question');
});
