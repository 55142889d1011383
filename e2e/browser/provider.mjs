// `ligature serve` for one product of ours, started from a configuration file as an operator would write it, and a person who
// signs in to it for the first time.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, mailServer, unquoted, userStore } from './product.mjs';
import { texts } from './seed.mjs';
import { ask } from './world.mjs';

const root = resolve(new URL('.', import.meta.url).pathname, '../..');
export const person = { id: '4711', username: 'mira', email: 'mira@tools.example', name: 'Mira Holm', password: 'Paper-Lantern-65-Brook' };
/** What has to be ended after the tests, the last first. */
export const ends = [];

/** What openid-client calls instead of fetch, which does not resolve *.localhost. */
export async function viaLoopback(url, { method, headers, body }) {
  const answer = await ask(url, { method, headers: Object.fromEntries(new Headers(headers)), body: body?.toString() });
  return new Response([204, 304].includes(answer.status) ? null : answer.body, { status: answer.status, headers: Object.entries(answer.headers).map(([k, v]) => [k, String(v)]) });
}

/** A key of ours, and the set that holds its public half. */
export async function keyPair() {
  const pair = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const { kty, crv, x, y } = await webcrypto.subtle.exportKey('jwk', pair.publicKey);
  return { key: pair.privateKey, kid: 'ours', set: JSON.stringify({ keys: [{ kty, crv, x, y, kid: 'ours', alg: 'ES256', use: 'sig' }] }) };
}

/** Starts `ligature serve` for one product of ours, and gives its issuer, our secret and our key. client is more of
 * our declaration. */
export async function serve(callback, signedOut, client = '') {
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
    - {id: bench, product: bench, secret_file: client${client}}
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
    assert.ok(child.exitCode === null && i < (built ? 1200 : 3600), `ligature serve is not ready:\n${log.join('')}`);
    await pause(50);
  }
  return { issuer, secret: secrets.client.toString('base64'), store, post, pair };
}

/** Presses a button of a page of ours. */
export const press = (page, name) => page.getByRole('main').getByRole('button', { name, exact: true }).click();

/** Signs the person in for the first time, from the first page on, until the browser is back where done says. */
export async function signInFirst(page, post, done) {
  await page.getByLabel(texts.login.label, { exact: true }).fill(person.username);
  await press(page, texts.login.submit);
  await page.getByLabel(texts.password.label, { exact: true }).fill(person.password);
  await press(page, texts.password.submit);
  await page.getByLabel(texts.email.label, { exact: true }).fill(person.email);
  await press(page, texts.email.submit);
  await page.locator('h1', { hasText: texts.inbox.h1 }).waitFor();
  for (let i = 0; post.mails.length === 0; i++) {
    assert.ok(i < 600, 'no mail arrived');
    await pause(50);
  }
  const url = unquoted(post.mails[0]).match(/^http:\S+\/email\/confirm\?t=\S+$/m)[0].trim();
  const second = await page.context().newPage();
  await second.goto(url);
  await second.close();
  await press(page, texts.inbox.submit);
  await page.waitForURL((at) => done(at) || at.pathname === '/linked');
  if (new URL(page.url()).pathname === '/linked') await press(page, texts.linked.submit('Workbench'));
  await page.waitForURL(done);
}
