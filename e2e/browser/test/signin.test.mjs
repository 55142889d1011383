// What goes wrong on the way, and that the person always can go on.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { products, texts } from '../seed.mjs';
import { getsFocus } from '../measure.mjs';
import { address, field, finish, hasFailed, heading, identify, isIn, isOn, link, open, press, prove, says, saysNot, toEmail, toInbox } from '../pages.mjs';
import { end, world } from '../world.mjs';

after(end);

for (const javaScriptEnabled of [true, false]) {
  test(`checks 4, 5, 6: mistakes on S1, S2 and S3, JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, async () => {
    const w = await world();
    const dana = w.who('dana', 'pim');
    const page = await w.tab({ javaScriptEnabled });
    await open(w, page, 'pim');

    assert.equal((await press(page, texts.login.submit)).status(), 422);
    await hasFailed(page, texts.login.h1, texts.login.empty);
    await page.getByRole('alert').getByRole('link').first().click();
    assert.ok(await getsFocus(field(page, texts.login.label)));
    await identify(w, page, 'dana@');
    await hasFailed(page, texts.login.h1, texts.login.malformed);
    assert.equal(await field(page, texts.login.label).inputValue(), 'dana@', 'what was typed is gone');
    await identify(w, page, `  ${dana.identifier}  `);
    await isOn(page, texts.password.h1);

    await press(page, texts.password.submit);
    await hasFailed(page, texts.password.h1, texts.password.empty);
    assert.equal((await prove(w, page, 'certainly not hers 1')).status(), 422);
    await hasFailed(page, texts.password.h1, texts.password.wrong);
    assert.equal(await field(page, texts.password.label).inputValue(), '', 'the password came back');
    assert.equal(await page.locator('#username').inputValue(), dana.identifier);
    await says(page, texts.password.instead(products.sdm));
    await prove(w, page, dana.password);
    await isOn(page, texts.email.h1);

    await address(w, page, '');
    await hasFailed(page, texts.email.h1, texts.email.empty);
    await address(w, page, 'dana@acme');
    await hasFailed(page, texts.email.h1, texts.email.malformed);
    assert.equal(await field(page, texts.email.label).inputValue(), 'dana@acme');
    await address(w, page, dana.email);
    await isOn(page, texts.inbox.h1);
    await w.stop();
  });
}

test('nobody of that name: the same page and status until the password, then "User not found"', async () => {
  const w = await world();
  const page = await w.tab();
  await open(w, page, 'pim');
  await identify(w, page, 'nobody.known@acme.example');
  await isOn(page, texts.password.h1);
  assert.equal((await prove(w, page, 'whatever it may be')).status(), 422);
  await hasFailed(page, texts.password.h1, texts.password.unknown);
  await says(page, texts.password.unknownDetail);
  assert.equal((await w.mails()).length, 0);
  await w.stop();
});

test('a product that is down is not a wrong password, and the place is kept', async () => {
  const w = await world();
  const dana = w.who('dana', 'pim');
  const page = await w.tab();
  await open(w, page, 'pim');
  await identify(w, page, dana.identifier);
  await w.store('pim', 'down');
  const answer = await prove(w, page, dana.password);
  assert.equal(answer.status(), 503);
  await isOn(page, texts.down(products.pim));
  await says(page, texts.persists);
  await saysNot(page, texts.password.unknown);
  await w.store('pim', 'up');
  await w.advance('2m'); // past the breaker
  await link(page, 'Try again').click();
  await isOn(page, texts.password.h1);
  await prove(w, page, dana.password);
  await isOn(page, texts.email.h1);
  await w.stop();
});

test('a flow that ran out says so, changes nothing, and keeps the address', async () => {
  const w = await world();
  const dana = w.who('dana', 'pim');
  const page = await w.tab();
  await toEmail(w, page, dana);
  await w.advance('46m');
  const answer = await address(w, page, dana.email);
  assert.equal(answer.status(), 410);
  await isOn(page, texts.timedOut);
  await link(page, 'Start again').click();
  await isOn(page, texts.login.h1);
  assert.equal(await field(page, texts.login.label).inputValue(), dana.identifier);
  assert.equal((await w.mails()).length, 0);
  await w.stop();
});

test('"Restart the sign-in" starts over and comes through', async () => {
  const w = await world();
  const dana = w.who('dana', 'pim');
  const context = await w.profile();
  const page = await context.newPage();
  await toInbox(w, page, dana);
  for (let i = 0; i < 3; i++) {
    await w.advance('61s');
    await press(page, texts.inbox.resend);
  }
  await link(page, texts.inbox.restart).click();
  await isOn(page, texts.login.h1);
  await w.advance('61s');
  await identify(w, page, dana.identifier);
  await prove(w, page, dana.password);
  await isOn(page, texts.email.h1);
  await address(w, page, dana.email);
  const mail = await w.mail(dana.email, { count: 5 });
  const second = await context.newPage();
  await second.goto(mail.confirmURL);
  await press(page, texts.inbox.submit);
  await finish(w, page, 'pim', dana, products.pim);
  await w.stop();
});

test('a tab left behind is told where the other one is', async () => {
  const w = await world();
  const dana = w.who('dana', 'pim');
  const context = await w.profile();
  const left = await context.newPage();
  await open(w, left, 'pim');
  await identify(w, left, dana.identifier);
  await isOn(left, texts.password.h1);
  const ahead = await context.newPage();
  await ahead.goto(left.url());
  await isOn(ahead, texts.password.h1);
  await prove(w, ahead, dana.password);
  await isOn(ahead, texts.email.h1);
  await prove(w, left, dana.password); // the same step once more
  const at = await heading(left);
  assert.ok([texts.email.h1, texts.outOfDate].includes(at), `the tab left behind shows "${at}"`);
  if (at === texts.outOfDate) {
    await link(left, 'Go to the current step').click();
    await isOn(left, texts.email.h1);
  }
  await w.stop();
});

test('a tenant that is off: the product\'s own login, as before', async () => {
  const w = await world();
  const dana = w.who('dana', 'pim');
  await w.rollout('acme', 'off');
  const page = await w.tab();
  await page.goto(`${w.product('pim')}/`);
  await page.waitForURL((url) => url.origin === new URL(w.product('pim')).origin);
  await page.locator('input[type=password]').fill(dana.password);
  await page.locator('input[type=text], input[type=email]').first().fill(dana.identifier);
  await page.locator('input[type=password]').press('Enter');
  await isIn(w, page, 'pim', dana);
  await w.rollout('acme', 'on');
  const fresh = await w.tab();
  await open(w, fresh, 'pim');
  await w.stop();
});

test('an address that an account owns already looks like any other until it is proven, and then says nothing of whose it is', async () => {
  const w = await world();
  const dana = w.who('dana', 'pim');
  const rita = w.who('rita', 'pim');
  const context = await w.profile();
  const first = await context.newPage();
  const mail = await toInbox(w, first, dana);
  const opened = await context.newPage();
  await opened.goto(mail.confirmURL);
  await press(first, texts.inbox.submit);
  await finish(w, first, 'pim', dana, products.pim);

  const other = await w.profile();
  const page = await other.newPage();
  await toEmail(w, page, rita);
  await address(w, page, dana.email);
  await isOn(page, texts.inbox.h1); // the same page as for an address that nobody owns
  const second = await w.mail(dana.email, { subject: /^(Confirm your email|Link )/, count: 2 });
  const link2 = await other.newPage();
  await link2.goto(second.confirmURL);
  await press(page, texts.inbox.submit);
  await isOn(page, texts.pending.h1);
  await says(page, texts.pending.text(dana.email, products.pim));
  await saysNot(page, 'Dana', 'dpetrov');
  await w.stop();
});
