// The demo as one child process, and what a test needs of it: its people, its mails, its clock, its switches.
//
//	const w = await world();   // a fresh demo: nothing of another test is in it
//	const dana = w.who('dana', 'pim');
//	const mail = await w.mail(dana.email);
//	await w.advance('16m');
//	await w.stop();            // fails when a log line holds something a person typed
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { profile, quit } from './chromium.mjs';

const root = resolve(new URL('.', import.meta.url).pathname, '../..');
const readyTTL = process.env.LIGATURE_BIN ? 60_000 : 180_000; // without a built binary, `go run` compiles first
const mailTTL = 30_000;

const running = new Set();

/** Ends what failed tests have left running, and the browser: in `after` of every test file. */
export async function end() {
  for (const w of running) w.kill();
  await quit();
}
process.on('exit', () => { for (const w of running) w.kill(); });

/**
 * A request to one of the demo's hosts. Nothing but a browser resolves *.localhost, so the connection goes to loopback
 * and the name into the Host header. Redirects are not followed.
 * @returns {Promise<{status: number, headers: http.IncomingHttpHeaders, body: string}>}
 */
export function ask(url, { method = 'GET', headers = {}, body } = {}) {
  const target = new URL(url);
  return new Promise((done, fail) => {
    const request = http.request({
      host: '127.0.0.1', port: target.port, path: target.pathname + target.search, method,
      headers: { host: target.host, ...(body ? { 'content-length': Buffer.byteLength(body) } : {}), ...headers },
    }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts).toString() }));
      answer.on('error', fail);
    });
    request.setTimeout(30_000, () => request.destroy(new Error(`${method} ${url}: no answer`)));
    request.on('error', fail);
    request.end(body);
  });
}

/** Starts a demo of its own. @returns {Promise<World>} */
export async function world(...extra) {
  const args = ['demo', '--json', '--verbose', '--port', '0', '--no-directory', ...extra];
  const built = process.env.LIGATURE_BIN;
  const child = built
    ? spawn(built, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    : spawn('go', ['run', './cmd/ligature', ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const log = [];
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
  const ended = once(child, 'exit');
  const late = new AbortController();
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended.then(([status]) => { throw new Error(`ligature demo ended with ${status} before it was ready:\n${log.join('\n')}`); }),
    pause(readyTTL, undefined, { signal: late.signal }).then(() => {
      child.kill('SIGKILL');
      throw new Error(`ligature demo is not ready after ${readyTTL} ms:\n${log.join('\n')}`);
    }),
  ]).finally(() => late.abort());
  child.stdout.resume();
  const w = new World(child, ended, log, JSON.parse(line), !built);
  running.add(w);
  return w;
}

class World {
  #child;
  #ended;
  #group;
  #contexts = [];
  #typed = new Set();

  constructor(child, ended, log, ready, group) {
    this.#child = child;
    this.#ended = ended;
    this.#group = group;
    this.log = log;
    this.issuer = ready.issuer;
    this.inbox = ready.inbox;
    this.control = ready.control;
    this.products = ready.products;
    this.people = ready.people;
    this.tenants = ready.tenants;
    for (const person of ready.people) if (person.password) this.#typed.add(person.password);
  }

  /** The seeded person of this first name in this product. */
  who(name, product = 'pim') {
    const person = this.people.find((p) => this.#isProduct(p.product, product)
      && [p.case, p.identifier, p.email].some((v) => v?.toLowerCase().split(/[^\p{L}]/u)[0] === name));
    assert.ok(person, `the demo has no ${name} in ${product}: ${this.people.map((p) => `${p.case}/${p.product}/${p.identifier}`).join(', ')}`);
    return person;
  }

  #isProduct(value, id) {
    return value === id || value === this.products.find((p) => p.id === id)?.name || value === { pim: 'Akeneo PIM', sdm: 'Supplier Data Manager' }[id];
  }

  /** The address of a product. */
  product(id) {
    const found = this.products.find((p) => this.#isProduct(p.id ?? p.name, id) || this.#isProduct(p.name, id));
    assert.ok(found, `the demo has no product ${id}`);
    return found.url.replace(/\/$/, '');
  }

  /** A browser profile of its own, which this world closes. Its `refused` collects what the console complains about. */
  async profile(options) {
    const context = await profile(options);
    this.#contexts.push(context);
    context.refused = [];
    context.on('console', (m) => { if (/Content Security Policy|Refused/.test(m.text())) context.refused.push(m.text()); });
    return context;
  }

  /** A page in a profile of its own. */
  async tab(options) {
    return (await this.profile(options)).newPage();
  }

  /** Remembers what was typed; stop() looks for it in the log. */
  typed(...values) {
    for (const value of values) if (value.length >= 5) this.#typed.add(value);
  }

  /** Every mail to an address, or to all, newest first. */
  async mails(to) {
    const answer = await ask(`${this.inbox}/api/messages`, { headers: { accept: 'application/json' } });
    assert.equal(answer.status, 200, 'the inbox does not answer');
    const parsed = JSON.parse(answer.body);
    const all = Array.isArray(parsed) ? parsed : parsed.messages;
    return all.filter((m) => !to || [m.to].flat().some((a) => a.toLowerCase().includes(to.toLowerCase())));
  }

  /** The newest mail to an address, once there are `count` of them whose subject matches. */
  async mail(to, { subject = /./, count = 1 } = {}) {
    const deadline = Date.now() + mailTTL;
    for (;;) {
      const found = (await this.mails(to)).filter((m) => subject.test(m.subject));
      if (found.length >= count) return withLinks(found[0]);
      if (Date.now() > deadline) {
        throw new Error(`${found.length} of ${count} mails ${subject} to ${to} arrived; the inbox has: ${(await this.mails()).map((m) => `${m.to}: ${m.subject}`).join(' | ')}`);
      }
      await pause(50);
    }
  }

  /** Moves every clock of the demo: "16m", "61s". */
  advance(duration) {
    return this.#steer('/clock', { advance: duration });
  }

  /** Takes a product's user store down, brings it back, or slows it. */
  store(product, state) {
    return this.#steer(`/store/${product}`, { state });
  }

  /** Switches a tenant. */
  rollout(tenant, state) {
    return this.#steer(`/tenant/${tenant}`, { rollout: state });
  }

  async #steer(path, body) {
    const answer = await ask(this.control.replace(/\/$/, '') + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    assert.ok(answer.status >= 200 && answer.status < 300, `control ${path}: ${answer.status} ${answer.body}`);
  }

  /** Ends the demo at once. */
  kill() {
    running.delete(this);
    try {
      process.kill(this.#group ? -this.#child.pid : this.#child.pid, 'SIGKILL');
    } catch { /* it has ended */ }
  }

  /** Ends the demo, and fails when its log holds something that was typed or a secret that was sent. */
  async stop() {
    const secrets = (await this.mails().catch(() => [])).flatMap((m) => [...`${m.text}`.matchAll(/[?&]t=([\w.-]+)/g)].map((found) => found[1]));
    await Promise.all(this.#contexts.map((c) => c.close().catch(() => {})));
    if (this.#group) process.kill(-this.#child.pid, 'SIGTERM');
    else this.#child.kill('SIGTERM');
    const late = new AbortController();
    const [status, signal] = await Promise.race([
      this.#ended,
      pause(30_000, undefined, { signal: late.signal }).then(() => { this.#child.kill('SIGKILL'); return ['not within 30 s']; }),
    ]).finally(() => late.abort());
    running.delete(this);
    assert.ok(status === 0 || this.#group, `the demo ended with ${status ?? signal}:\n${this.log.slice(-10).join('\n')}`);
    for (const value of [...this.#typed, ...secrets]) {
      const line = this.log.find((l) => l.includes(value));
      assert.ok(!line, `a log line holds what a person typed or was sent: ${line?.replaceAll(value, '█')}`);
    }
  }
}

/** A mail with the addresses it asks to open: each stands alone on its line of the text part. */
function withLinks(mail) {
  const alone = mail.text.split(/\r?\n/).map((line) => line.trim()).filter((line) => /^https?:\/\/\S+$/.test(line));
  return {
    ...mail,
    confirmURL: alone.find((url) => new URL(url).pathname === '/email/confirm'),
    notMeURL: alone.find((url) => new URL(url).pathname === '/email/not-me'),
  };
}
