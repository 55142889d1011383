// Every mail as its reader gets it: as text, as a page in light and dark, and as headers.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { profile } from '../chromium.mjs';
import * as measure from '../measure.mjs';
import { account, products, texts } from '../seed.mjs';
import { finish, press, toInbox } from '../pages.mjs';
import { ask, end, world } from '../world.mjs';

after(end);

/** The raw mail: its headers unfolded, by lower-case name. */
async function headers(w, mail) {
  const answer = await ask(`${w.inbox}/messages/${mail.id}/raw`);
  assert.equal(answer.status, 200);
  const head = answer.body.split(/\r?\n\r?\n/)[0].replace(/\r?\n[ \t]+/g, ' ');
  return new Map(head.split(/\r?\n/).map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
}

/** What holds for every mail. */
async function isSound(w, mail) {
  const head = await headers(w, mail);
  const host = new URL(w.issuer).host;
  assert.ok(head.get('from').includes(account), head.get('from'));
  assert.equal(head.get('auto-submitted'), 'auto-generated');
  assert.equal(head.get('x-auto-response-suppress'), 'All');
  assert.ok(head.get('content-language'));
  assert.ok(head.get('message-id'));
  assert.ok(head.get('date'));
  assert.match(head.get('content-type'), /^multipart\/alternative/);
  for (const name of ['list-unsubscribe', 'precedence']) assert.ok(!head.has(name), name);

  const lines = mail.text.split(/\r?\n/);
  assert.ok(lines.every((line) => line.length <= 78 || /^https?:\/\/\S+$/.test(line.trim())), 'a line of the text is too long');
  const urls = [...`${mail.text}\n${mail.html}`.matchAll(/https?:\/\/[^\s"'<>]+/g)].map((found) => found[0].replace(/&amp;/g, '&'));
  assert.deepEqual(urls.filter((url) => new URL(url).host !== host && !/^http:\/\/www\.w3\.org\//.test(url)), [], 'an address that is not ours');
  assert.ok(mail.text.replace(/\s+/g, ' ').includes(texts.mail.password));
  for (const secret of [...w.people.map((p) => p.password)]) assert.ok(!mail.text.includes(secret) && !mail.html.includes(secret), 'a password in a mail');

  for (const colorScheme of ['light', 'dark']) {
    const context = await profile({ colorScheme, viewport: { width: 640, height: 900 } });
    const page = await context.newPage();
    const loaded = [];
    page.on('request', (r) => { if (!/^(data:|about:)/.test(r.url())) loaded.push(r.url()); });
    await page.setContent(mail.html, { waitUntil: 'load' });
    assert.equal(await page.title(), mail.subject);
    const lang = await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]);
    assert.ok(lang[0] && lang[1], 'the mail has no lang or dir');
    // A mail is an article inside somebody's mail program, which has the landmarks.
    assert.deepEqual(await measure.axe(page, ['landmark-one-main', 'region']), [], `${mail.subject} ${colorScheme}`);
    // The brand's colour stays what it is in a mail, because mail programs recolour as they like; its text is readable.
    assert.deepEqual(await measure.contrast(page, colorScheme, { edges: false }), []);
    await page.setViewportSize({ width: 320, height: 600 });
    assert.deepEqual(await measure.overflow(page, '320 px'), []);
    assert.deepEqual(loaded, [], 'the mail loads something');
    await context.close();
  }
}

test('check 30: confirmation, resend and link mails', async () => {
  const w = await world();
  const dana = w.who('dana', 'pim');
  const context = await w.profile();
  const page = await context.newPage();
  const first = await toInbox(w, page, dana);
  const reference = (await page.locator('main').innerText()).match(/Request\s+(\S+)/)[1];
  const flat = first.text.replace(/\s+/g, ' ');
  assert.equal(first.subject, texts.mail.confirm);
  for (const part of [products.pim, 'Acme', reference, 'Chrome', texts.mail.warning, texts.notMe.reasons.replace(':', ''), texts.notMe.colleague, texts.notMe.administrator]) {
    assert.ok(flat.includes(part), `"${part}" is not in the mail:\n${first.text}`);
  }
  assert.ok(first.confirmURL && first.notMeURL, 'the addresses do not stand alone on their lines');
  assert.equal(first.text.split(first.confirmURL).length, 2, 'the link is there more than once');
  assert.notEqual(new URL(first.confirmURL).searchParams.get('t'), new URL(first.notMeURL).searchParams.get('t'), 'one token confirms and stops');
  assert.ok(!flat.includes('127.0.0.1'), 'the whole address of the person who began');
  await isSound(w, first);

  await w.advance('61s');
  await press(page, texts.inbox.resend);
  const again = await w.mail(dana.email, { count: 2 });
  assert.equal(again.subject, first.subject);
  assert.ok(again.text.includes(reference), 'another request number');
  assert.ok(`${again.html}`.includes('Sent again at'), 'nothing says that it was sent again');
  await isSound(w, again);

  const second = await context.newPage();
  await second.goto(first.confirmURL);
  await press(page, texts.inbox.submit);
  await finish(w, page, 'pim', dana, products.pim);
  const linked = await w.mail(dana.email, { subject: /is now linked/ });
  assert.ok(linked.notMeURL, 'no way to say that it was somebody else');
  assert.ok(!linked.confirmURL);
  await isSound(w, linked);
  await w.stop();
});
