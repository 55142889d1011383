// A foreign relying party on a foreign product: openid-client signs a person in through `ligature serve`, started from a
// configuration file as an operator would write it.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';
import { profile, quit } from '../chromium.mjs';
import { landing } from '../product.mjs';
import { ends, keyPair, person, press, serve, signInFirst, viaLoopback } from '../provider.mjs';

after(async () => {
  await quit();
  for (const end of ends.reverse()) await end();
});

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

  // Nobody is signed in, and nobody may be asked.
  const quiet = await begin({ prompt: 'none' });
  await assert.rejects(client.authorizationCodeGrant(config, new URL(page.url()), quiet), (err) => err.error === 'login_required');

  // The first sign-in.
  const checks = await begin({ login_hint: person.username });
  await signInFirst(page, post, (at) => at.href.startsWith(callback));

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
  if (!page.url().startsWith(rp)) await press(page, 'Sign out');
  await page.waitForURL((at) => at.href.startsWith(`${rp}/bye`));
  assert.equal(new URL(page.url()).searchParams.get('state'), 'farewell');
  const gone = await begin({ prompt: 'none' });
  await assert.rejects(client.authorizationCodeGrant(config, new URL(page.url()), gone), (err) => err.error === 'login_required');
  assert.deepEqual(store.refused, [], 'the product refused a question');
});
