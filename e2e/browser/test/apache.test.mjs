// A real site that others wrote: Apache with mod_auth_openidc protects a page, a person signs in to it through
// `ligature serve`, and signing out here ends the session there. Apache runs from a folder of the test, on loopback, whether
// the system's own runs or not.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { profile, quit } from '../chromium.mjs';
import { freePort } from '../product.mjs';
import { ends, person, press, serve, signInFirst } from '../provider.mjs';
import { texts } from '../seed.mjs';
import { ask } from '../world.mjs';

const modules = '/usr/lib/apache2/modules';
const program = process.env.APACHE ?? '/usr/sbin/apache2';

after(async () => {
  await quit();
  for (const end of ends.reverse()) await end();
});

/** Starts Apache with a site that only people of our tenant may see. */
async function apache(port, issuer, secret) {
  assert.ok(existsSync(program) && existsSync(`${modules}/mod_auth_openidc.so`), 'Apache with mod_auth_openidc is missing: apt-get install apache2-bin libapache2-mod-auth-openidc');
  const dir = await mkdtemp(join(tmpdir(), 'ligature-apache-'));
  await mkdir(join(dir, 'site/bye'), { recursive: true });
  await writeFile(join(dir, 'site/index.html'), '<title>Inside</title><h1>Inside</h1>');
  await writeFile(join(dir, 'site/bye/index.html'), '<title>Bye</title><h1>Bye</h1>');
  const load = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'mime', 'headers', 'auth_openidc'];
  await writeFile(join(dir, 'apache.conf'), `
ServerRoot "${dir}"
DefaultRuntimeDir "${dir}"
PidFile "${dir}/pid"
ErrorLog "${dir}/error.log"
LogLevel warn
Listen 127.0.0.1:${port}
ServerName 127.0.0.1:${port}
User #${process.getuid() || 33}
Group #${process.getgid() || 33}
StartServers 1
${load.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n')}
TypesConfig /etc/mime.types
DocumentRoot "${dir}/site"
DirectoryIndex index.html
OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration
OIDCClientID bench
OIDCClientSecret ${secret}
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCRedirectURI http://127.0.0.1:${port}/callback
OIDCCryptoPassphrase ${randomBytes(16).toString('hex')}
OIDCPKCEMethod S256
OIDCScope "openid email profile"
OIDCRemoteUserClaim email
OIDCSessionType server-cache
<Location />
  AuthType openid-connect
  Require claim tenant:north
  Header set X-Person "expr=%{REMOTE_USER}"
</Location>
<Location /bye>
  AuthType none
  Require all granted
</Location>
`);
  ends.push(() => rm(dir, { recursive: true, force: true }));
  if (process.getuid() === 0) await chmod(dir, 0o755);
  const child = spawn(program, ['-D', 'FOREGROUND', '-f', join(dir, 'apache.conf')], { stdio: ['ignore', 'inherit', 'inherit'] });
  const ended = once(child, 'exit');
  ends.push(async () => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await ended;
  });
  const log = () => readFile(join(dir, 'error.log'), 'utf8').catch(() => '');
  for (let i = 0; ; i++) {
    if ((await ask(`http://127.0.0.1:${port}/bye/`).catch(() => null))?.status === 200) break;
    assert.ok(child.exitCode === null && i < 1200, `Apache is not ready:\n${await log()}`);
    await pause(50);
  }
  return log;
}

test('Apache with mod_auth_openidc, a protected site, and ligature serve', async () => {
  const port = await freePort();
  const site = `http://127.0.0.1:${port}`;
  const { issuer, secret, post } = await serve(`${site}/callback`, `${site}/bye/`,
    `, backchannel_logout_uri: "${site}/callback?logout=backchannel", backchannel_logout_private: true`);
  const log = await apache(port, issuer, secret);
  const context = await profile();
  const page = await context.newPage();

  await page.goto(`${site}/`);
  await signInFirst(page, post, (at) => at.href === `${site}/`);
  assert.equal(await page.title(), 'Inside', await log());
  const inside = await page.reload();
  assert.equal(inside.headers()['x-person'], person.email);

  // Signing out there leads here and back; and signing out here, in another tab, ends the session there.
  await page.goto(`${site}/callback?logout=${encodeURIComponent(`${site}/bye/`)}`);
  await page.waitForURL(`${site}/bye/`);
  await page.goto(`${site}/`);
  assert.equal(new URL(page.url()).origin, issuer, 'the session here outlived signing out there');
  await page.getByLabel(texts.login.label, { exact: true }).fill(person.email);
  await press(page, texts.login.submit);
  await page.getByLabel(texts.password.label, { exact: true }).fill(person.password);
  await press(page, texts.password.submit);
  await page.waitForURL(`${site}/`);

  const tab = await context.newPage();
  await tab.goto(`${issuer}/end_session`);
  await press(tab, 'Sign out');
  await tab.waitForURL(`${issuer}/end_session/done`);
  for (let i = 0; ; i++) {
    await page.goto(`${site}/`);
    if (new URL(page.url()).origin === issuer) break;
    assert.ok(i < 300, `the session there lives on:\n${await log()}`);
    await pause(100);
  }
});
