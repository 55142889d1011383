// A product that is not ours, as somebody else would write it: its users behind the three endpoints of the HTTP
// contract, and a mail server for what is sent to them. The relying party is the npm package openid-client.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';

async function listening(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

/** A free port, for a server that has to know its own address before it starts. */
export async function freePort() {
  const server = net.createServer();
  const port = await listening(server);
  server.close();
  await once(server, 'close');
  return port;
}

/** Where the browser comes back to; the test reads what it needs from the browser's address. */
export async function landing() {
  const server = http.createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<title>The product</title>'));
  const port = await listening(server);
  return { url: `http://127.0.0.1:${port}`, stop: () => { server.closeAllConnections(); server.close(); } };
}

/** The product's users over HTTP; it refuses a question whose signature is not right. */
export async function userStore(secret, people) {
  const refused = [];
  const seen = new Set();
  const account = (p) => ({ id: p.id, username: p.username, email: p.email, name: p.name, locale: 'en' });
  const answers = {
    '/ligature/v1/find': ({ by, value }) => ({ accounts: people.filter((p) => String(p[by]).toLowerCase() === value.toLowerCase()).map(account) }),
    '/ligature/v1/verify': ({ id, identifier, password }) => {
      const person = people.find((p) => (id ? p.id === id : [p.username, p.email].includes(identifier)));
      if (!person) return { outcome: 'not_found', account: null };
      return person.password === password ? { outcome: 'match', account: account(person) } : { outcome: 'wrong_password', account: null };
    },
  };
  const server = http.createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const [stamp, nonce, signature] = ['timestamp', 'nonce', 'signature'].map((name) => request.headers[`ligature-${name}`] ?? '');
    const signed = [stamp, nonce, request.method, request.url, createHash('sha256').update(body).digest('hex')].join('\n');
    const want = Buffer.from(`v1=${createHmac('sha256', secret).update(signed).digest('hex')}`);
    const got = Buffer.from(signature);
    const fresh = Math.abs(Date.now() / 1000 - Number(stamp)) < 300 && !seen.has(nonce);
    seen.add(nonce);
    if (!fresh || got.length !== want.length || !timingSafeEqual(got, want) || !answers[request.url]) {
      refused.push(`${request.method} ${request.url}`);
      response.writeHead(401).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answers[request.url](JSON.parse(body))));
  });
  const port = await listening(server);
  return { url: `http://127.0.0.1:${port}`, refused, stop: () => { server.closeAllConnections(); server.close(); } };
}

/** A mail server that keeps what it gets: just enough SMTP (RFC 5321) for a client that means well. */
export async function mailServer() {
  const mails = [];
  const server = net.createServer((socket) => {
    let rest = '';
    let data = null;
    const say = (line) => socket.write(`${line}\r\n`);
    say('220 mail.test ESMTP');
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      rest += bytes.toString('latin1');
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (data !== null) {
          if (line === '.') {
            mails.push(data.join('\r\n'));
            data = null;
            say('250 kept');
          } else {
            data.push(line.startsWith('..') ? line.slice(1) : line);
          }
        } else if (/^DATA/i.test(line)) {
          data = [];
          say('354 go on');
        } else if (/^QUIT/i.test(line)) {
          say('221 bye');
          socket.end();
        } else {
          say('250 ok');
        }
      }
    });
  });
  const port = await listening(server);
  return { address: `127.0.0.1:${port}`, mails, stop: () => server.close() };
}

/** The text of a quoted-printable mail. */
export const unquoted = (raw) => raw.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
