// A server of the connector contract in Node.js 20, without packages. The users are in memory; yours are not: replace
// findUsers, right and sendResetMail.
//
//   CONNECTOR_SECRET=… PROBE_PASSWORD=… PORT=9100 node server.mjs
import { createHash, createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { promisify } from 'node:util';

const { CONNECTOR_SECRET = '', CONNECTOR_SECRET_OLD = '', PROBE_PASSWORD = '', PORT = '9100' } = process.env;
const secrets = [CONNECTOR_SECRET, CONNECTOR_SECRET_OLD].filter((s) => s.length >= 16); // two while it is changed

const hash = (password, salt) => promisify(scrypt)(password, salt, 32, { N: 16384, r: 8, p: 1 });
const user = async (id, username, email, name, password, state = {}) => {
  const salt = randomBytes(16);
  const account = { id, username, email, name, disabled: false, locked: false, must_reset: false, ...state };
  return { account, salt, hash: await hash(password, salt) };
};
const users = [
  await user('7', 'ada', 'ada@acme.example', 'Ada Ito', PROBE_PASSWORD),
  await user('8', 'dan', 'dan@acme.example', 'Dan Off', PROBE_PASSWORD, { disabled: true }),
  await user('9', 'lea', 'lea@acme.example', 'Lea Lock', PROBE_PASSWORD, { locked: true }),
  await user('10', 'ron', 'ron@acme.example', 'Ron New', PROBE_PASSWORD, { must_reset: true }),
];
const nobody = await user('', '', '', '', randomBytes(16).toString('hex')); // who is checked when there is no user

const keys = { email: (a) => a.email.toLowerCase(), username: (a) => a.username, id: (a) => a.id };
const findUsers = async (by, value) => users.filter(({ account }) => keys[by](account) === value);
const right = async ({ salt, hash: want }, password) => timingSafeEqual(await hash(password, salt), want);
const sendResetMail = async (identifier) => {}; // queue it: the answer does not wait for a mail

const seen = new Map(); // nonces of the last ten minutes; use your cache when you have several processes

/** True for a request that Ligature signed, less than five minutes ago, and never before. */
function signed(request, body) {
  const [timestamp, nonce, signature] = ['timestamp', 'nonce', 'signature'].map((h) => request.headers[`ligature-${h}`] ?? '');
  const now = Date.now() / 1000;
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now - timestamp) > 300 || !/^[\w-]{22}$/.test(nonce)) return false;
  const path = request.url.split('?')[0];
  const text = [timestamp, nonce, request.method, path, createHash('sha256').update(body).digest('hex')].join('\n');
  const got = Buffer.from(signature);
  const matches = secrets.filter((secret) => {
    const want = Buffer.from('v1=' + createHmac('sha256', secret).update(text).digest('hex'));
    return want.length === got.length && timingSafeEqual(want, got);
  });
  if (matches.length === 0) return false;
  for (const [old, at] of seen) if (now - at > 600) seen.delete(old);
  if (seen.has(nonce)) return false;
  seen.set(nonce, now);
  return true;
}

const verbs = {
  find: async ({ by, value }) => {
    if (!Object.hasOwn(keys, by) || typeof value !== 'string') return [400, {}];
    return [200, { accounts: (await findUsers(by, value)).map((u) => u.account) }];
  },
  // With an id that user is checked, and nobody else.
  verify: async ({ id, identifier, password }) => {
    if (![id, identifier, password].every((s) => typeof s === 'string')) return [400, {}];
    const found = id ? await findUsers('id', id) : await findUsers(identifier.includes('@') ? 'email' : 'username', identifier);
    const one = found.length === 1 ? found[0] : nobody;
    const matches = await right(one, password);
    if (one === nobody) return [200, { outcome: 'not_found', account: null }];
    if (one.account.locked) return [200, { outcome: 'locked', account: null }]; // whatever was typed
    if (!matches) return [200, { outcome: 'wrong_password', account: null }];
    // Said to the right password alone.
    const outcome = one.account.disabled ? 'disabled' : one.account.must_reset ? 'must_reset' : 'match';
    return [200, { outcome, account: one.account }];
  },
  // The same answer, whether there is such a user or not.
  reset: async ({ identifier }) => {
    if (typeof identifier !== 'string') return [400, {}];
    await sendResetMail(identifier);
    return [202, {}];
  },
};

async function answer(request) {
  const verb = request.method === 'POST' && request.url.match(/^\/ligature\/v1\/(find|verify|reset)$/)?.[1];
  if (!verb) return [404, {}];
  const parts = [];
  let size = 0;
  for await (const part of request) {
    if ((size += part.length) > 65536) return [413, {}];
    parts.push(part);
  }
  const body = Buffer.concat(parts);
  if (!signed(request, body)) return [401, {}];
  let question;
  try {
    question = JSON.parse(body);
  } catch {
    return [400, {}];
  }
  return question && typeof question === 'object' ? verbs[verb](question) : [400, {}];
}

const server = createServer(async (request, response) => {
  // Whatever goes wrong here is an outage to Ligature, and never "no such user".
  const [status, body] = await answer(request).catch(() => [503, {}]);
  response.writeHead(status, { 'content-type': 'application/json', ...(status === 413 && { connection: 'close' }) });
  response.end(JSON.stringify(body));
});
server.requestTimeout = 5000;
server.listen(Number(PORT), '127.0.0.1');
