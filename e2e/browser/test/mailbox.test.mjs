// The link in the mail: opened here, elsewhere, by machines and by the wrong person. Looking never changes anything, and
// whoever opens the link gets nothing by it.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { account, products, texts } from '../seed.mjs';
import {
  address, button, enter, field, finish, hasFailed, heading, identify, isIn, isOn, isSignedOut, link, press, prove, says, showCode, toInbox,
} from '../pages.mjs';
import { ask, end, world } from '../world.mjs';

after(end);

/** Continue goes nowhere; once somebody has been shown a code, it asks for that. */
const refuses = async (w, page, email, { coded = false } = {}) => {
  await press(page, texts.inbox.submit);
  await hasFailed(page, texts.inbox.h1, coded ? texts.inbox.codeEmpty : texts.inbox.early(email));
};

test('Continue before the link was opened', async () => {
  const w = await world();
  const dana = w.who('dana', 'pim');
  const page = await w.tab();
  await toInbox(w, page, dana);
  await refuses(w, page, dana.email);
  await w.stop();
});

test('check 23: another browser shows a code, and the first tab takes it', async () => {
  const w = await world();
  const dana = w.who('dana', 'pim');
  const t = await w.tab();
  const mail = await toInbox(w, t, dana);
  const k = await w.profile();
  const opened = await k.newPage();
  await opened.goto(mail.confirmURL);
  await isOn(opened, texts.elsewhere.h1, { path: '/email/confirm' });
  await says(opened, products.pim, 'Chrome');
  const hint = await opened.locator('main').innerText();
  assert.ok(!hint.includes(dana.identifier.split('@')[0]), 'the account is not masked');
  await refuses(w, t, dana.email); // looking has confirmed nothing
  const otc = await showCode(opened, mail.confirmURL);
  w.typed(otc, otc.replace(/\W/g, ''));
  await refuses(w, t, dana.email, { coded: true }); // nor has showing the code
  await enter(t, '');
  await hasFailed(t, texts.inbox.h1, texts.inbox.codeEmpty);
  await enter(t, '22222222');
  await hasFailed(t, texts.inbox.h1, texts.inbox.codeWrong);
  await enter(t, ` ${otc.replace(/\W/g, '').toLowerCase().replace(/(.{3})/g, '$1-')} `); // as somebody reads it out
  await finish(w, t, 'pim', dana, products.pim);
  await isSignedOut(w, k);
  await w.stop();
});

test('check 9: passwords and the code can be pasted', async () => {
  const w = await world();
  const dana = w.who('dana', 'pim');
  const context = await w.profile({ permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  const paste = async (box, value) => {
    await page.evaluate((text) => navigator.clipboard.writeText(text), value);
    await box.focus();
    await page.keyboard.press('Control+V');
    assert.equal(await box.inputValue(), value);
  };
  await page.goto(`${w.product('pim')}/`);
  await identify(w, page, dana.identifier);
  await paste(field(page, texts.password.label), dana.password);
  await press(page, texts.password.submit);
  await isOn(page, texts.email.h1);
  await address(w, page, dana.email);
  await page.locator('summary', { hasText: texts.inbox.codeOpen }).click();
  await paste(field(page, texts.inbox.codeLabel), 'K7Q4 MDX9');
  await w.stop();
});

test('check 23: the first tab is closed, and the other browser starts again', async () => {
  const w = await world();
  const dana = w.who('dana', 'pim');
  const t = await w.tab();
  const mail = await toInbox(w, t, dana);
  await t.context().close();
  const k = await w.tab();
  await showCode(k, mail.confirmURL);
  await link(k, texts.elsewhere.again).click();
  await isOn(k, texts.login.h1, { path: '/login' });
  assert.equal(await field(k, texts.login.label).inputValue(), dana.email);
  await identify(w, k, dana.identifier);
  await prove(w, k, dana.password);
  await address(w, k, dana.email);
  await isOn(k, texts.here.h1, { path: '/email/confirm' });
  assert.equal((await w.mails(dana.email)).length, 1, 'the link that was opened here needs no second mail');
  await press(k, texts.here.submit);
  await finish(w, k, 'pim', dana, products.pim);
  await w.stop();
});

// pressAll presses every button of a page, each in a tab of its own: where a press leads must not cut off the next look.
async function pressAll(scanner, url) {
  for (let i = 0, buttons = 1; i < buttons; i++) {
    const tab = await scanner.newPage();
    await tab.goto(url);
    buttons = await tab.getByRole('button').count();
    if (i < buttons) await tab.getByRole('button').nth(i).click({ timeout: 1000 }).catch(() => {});
    await tab.waitForLoadState('load').catch(() => {});
    await tab.close();
  }
}

test('check 22: a scanner that looks, follows and presses everything changes nothing', async () => {
  const w = await world();
  const dana = w.who('dana', 'pim');
  const t = await w.tab();
  const mail = await toInbox(w, t, dana);
  assert.ok(mail.notMeURL, 'the mail has no way to stop the request');
  for (const url of [mail.confirmURL, mail.notMeURL]) {
    for (let i = 0; i < 5; i++) {
      for (const method of ['HEAD', 'GET', 'OPTIONS']) {
        const answer = await ask(url, { method, headers: { 'user-agent': 'MailScanner/1.0' } });
        assert.ok(method === 'OPTIONS' || answer.status === 200, `${method} ${url}: ${answer.status}`);
        assert.equal(answer.headers['set-cookie'], undefined, `${method} left a cookie`);
      }
    }
    await ask(url, { headers: { 'sec-purpose': 'prefetch;prerender' } });
  }
  await refuses(w, t, dana.email); // looking has changed nothing at all
  const scanner = await w.profile();
  for (const url of [mail.confirmURL, mail.notMeURL]) {
    const look = await scanner.newPage();
    await look.goto(url);
    const links = await look.locator('a[href]').evaluateAll((all) => all.map((a) => a.href));
    await look.close();
    await pressAll(scanner, url);
    for (const target of new Set(links.filter((link) => link.startsWith(w.issuer)))) await pressAll(scanner, target);
  }
  await isSignedOut(w, scanner);
  await refuses(w, t, dana.email, { coded: true });
  assert.equal((await w.mails(dana.email)).length, 1, 'the scanner made a mail go out');

  // Then the person comes, in the browser that began.
  const real = await t.context().newPage();
  await real.goto(mail.confirmURL);
  await isOn(real, texts.here.h1);
  await press(t, texts.inbox.submit);
  await finish(w, t, 'pim', dana, products.pim);
  await w.stop();
});

test('check 24: whoever starts with a stranger\'s address never gets in', async () => {
  const w = await world();
  const dana = w.who('dana', 'pim');
  const victim = 'vera.visitor@acme.example';
  const m = await w.tab(); // the attacker: own password, the victim's address
  const mail = await toInbox(w, m, dana, { email: victim });
  const v = await w.profile();
  const opened = await v.newPage();
  const before = await v.cookies();
  const otc = await showCode(opened, mail.confirmURL); // the victim does all that can be done there
  w.typed(otc);
  const left = (await v.cookies()).filter((c) => !before.some((b) => b.name === c.name)).map((c) => c.name);
  assert.ok(!left.some((name) => /session|browser/.test(name)), `the victim's browser was given ${left}`);
  await refuses(w, m, victim, { coded: true });
  for (const guess of ['22222222', '33333333', '44444444', '55555555', '66666666', '77777777']) {
    if (!(await m.locator('summary', { hasText: texts.inbox.codeOpen }).count())) break;
    await enter(m, guess);
  }
  assert.notEqual(new URL(m.url()).origin, new URL(w.product('pim')).origin);
  // Five wrong codes are the end of it: the right one comes too late.
  if (await m.locator('summary', { hasText: texts.inbox.codeOpen }).count()) {
    await enter(m, otc);
    assert.notEqual(new URL(m.url()).origin, new URL(w.product('pim')).origin, 'the sixth code was taken');
  }
  await isSignedOut(w, v);
  await w.stop();
});

test('the victim who stops the request stops it', async () => {
  const w = await world();
  const dana = w.who('dana', 'pim');
  const victim = 'vera.visitor@acme.example';
  const m = await w.tab();
  const mail = await toInbox(w, m, dana, { email: victim });
  const v = await w.tab({ javaScriptEnabled: false });
  await v.goto(mail.confirmURL);
  await link(v, texts.elsewhere.notMe).click();
  await isOn(v, texts.notMe.h1, { path: '/email/not-me' });
  await says(v, texts.notMe.reasons, texts.notMe.colleague, texts.notMe.administrator, texts.notMe.question);
  assert.equal(await v.locator('input[type=radio]:checked').count(), 0);
  await press(v, texts.notMe.submit);
  await isOn(v, texts.notMe.h1, { failed: true });
  await says(v, texts.notMe.none);
  await v.getByLabel(texts.notMe.no, { exact: true }).check();
  await press(v, texts.notMe.submit);
  await says(v, texts.notMe.done);
  // A dead link answers the same.
  await v.goto(mail.notMeURL);
  await v.getByLabel(texts.notMe.known, { exact: true }).check();
  await press(v, texts.notMe.submit);
  await says(v, texts.notMe.done);
  await v.goto(mail.confirmURL);
  assert.notEqual(await heading(v), texts.elsewhere.h1);
  await press(m, texts.inbox.submit);
  assert.notEqual(new URL(m.url()).origin, new URL(w.product('pim')).origin);
  await w.stop();
});

test('expired, used, changed and damaged links say what to do', async () => {
  const w = await world();
  const dana = w.who('dana', 'pim');
  const context = await w.profile();
  const t = await context.newPage();
  const dead = async (page, url, [h1, text]) => {
    const answer = await page.goto(url);
    assert.ok([404, 410].includes(answer.status()), `${h1}: ${answer.status()}`);
    await isOn(page, h1);
    await says(page, text, texts.persists);
  };
  const first = await toInbox(w, t, dana);
  const other = await w.tab();
  await dead(other, first.confirmURL.slice(0, -7), texts.dead.damaged);
  await dead(other, `${w.issuer}/email/confirm?t=`, texts.dead.damaged);

  // The address was changed: the earlier link is dead everywhere.
  await link(t, texts.inbox.change).click();
  await isOn(t, texts.email.h1);
  assert.equal(await field(t, texts.email.label).inputValue(), dana.email);
  await w.advance('61s');
  await address(w, t, 'dana.second@acme.example');
  await isOn(t, texts.inbox.h1);
  const second = await w.mail('dana.second@acme.example');
  await dead(other, first.confirmURL, texts.dead.changed);

  await w.advance('16m');
  await dead(other, second.confirmURL, texts.dead.expired);
  const here = await context.newPage();
  await dead(here, second.confirmURL, texts.dead.expired);
  assert.ok(await link(here, texts.inbox.restart).count(), 'no way on');

  await press(t, texts.inbox.resend);
  const third = await w.mail('dana.second@acme.example', { count: 2 });
  await here.goto(third.confirmURL);
  await press(t, texts.inbox.submit);
  await finish(w, t, 'pim', dana, products.pim);
  await dead(other, third.confirmURL, texts.dead.used);
  await w.stop();
});

test('check 25: three resends, a minute apart; every link works until one is used', async () => {
  const w = await world();
  const dana = w.who('dana', 'pim');
  const context = await w.profile();
  const t = await context.newPage();
  const first = await toInbox(w, t, dana);
  await press(t, texts.inbox.resend);
  await hasFailed(t, texts.inbox.h1, texts.inbox.soon);
  for (const left of [2, 1, 0]) {
    await w.advance('61s');
    await press(t, texts.inbox.resend);
    await isOn(t, texts.inbox.h1);
    const status = await t.getByRole('status').filter({ hasText: 'Email sent again' }).innerText();
    assert.match(status, new RegExp(`Email sent again at .*\\. ${left} resends? left\\.`));
    await w.mail(dana.email, { count: 4 - left });
  }
  assert.equal(await button(t, texts.inbox.resend).count(), 0);
  await says(t, texts.inbox.exhausted);
  await w.advance('61s');
  await t.reload();
  assert.equal((await w.mails(dana.email)).length, 4);
  // The link that came first still is a link.
  const k = await context.newPage();
  await k.goto(first.confirmURL);
  await isOn(k, texts.here.h1);
  await press(t, texts.inbox.submit);
  await finish(w, t, 'pim', dana, products.pim);
  await w.stop();
});

test('the page says by itself that the link was opened, and never goes on by itself', async () => {
  const w = await world();
  const dana = w.who('dana', 'pim');
  const context = await w.profile();
  const t = await context.newPage();
  const mail = await toInbox(w, t, dana);
  const k = await context.newPage();
  await k.goto(mail.confirmURL);
  await k.close();
  await t.bringToFront();
  await t.getByRole('status').filter({ hasText: texts.inbox.confirmed }).waitFor();
  assert.equal(new URL(t.url()).pathname, '/email/sent');
  assert.ok(account);
  await press(t, texts.inbox.submit);
  await finish(w, t, 'pim', dana, products.pim);
  await w.stop();
});
