// The help page walked in a browser, with JavaScript on and off: its three situations, both sections of steps, a forgotten
// product password, what it says to do when linking fails, and the next day. The first sign-in itself is journey.test.mjs.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { account, products, texts } from '../seed.mjs';
import { address, field, finish, hasFailed, identify, isIn, isOn, link, open, press, prove, says, saysNot, toInbox } from '../pages.mjs';
import { end, world } from '../world.mjs';

after(end);

/** Links a person's first product in a profile, up to S6 or the product. */
async function first(w, context, person, product) {
  const page = await context.newPage();
  const mail = await toInbox(w, page, person, { product });
  const second = await context.newPage();
  await second.goto(mail.confirmURL);
  await second.close();
  await press(page, texts.inbox.submit);
  await isOn(page, texts.linked.h1, { path: '/linked' });
  return page;
}

/** The link in a mail that a product sent itself. */
async function resetURL(w, to) {
  const mail = await w.mail(to, { subject: /password/i });
  return mail.text.match(/http:\/\/\S+reset\S+/)[0].replace(/[.)>]+$/, '');
}

/** Signs in with the account's password, from a product. */
async function later(w, identifier, password, product) {
  const page = await w.tab();
  await open(w, page, product);
  await identify(w, page, identifier);
  await prove(w, page, password);
  return page;
}

/** Nothing is wider than a small telephone. */
async function fits(page) {
  const size = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 320), `${page.url()} is wider than 320 px`);
  await page.setViewportSize(size);
}

for (const javaScriptEnabled of [true, false]) {
  const mode = `JavaScript ${javaScriptEnabled ? 'on' : 'off'}`;

  test(`several product accounts under the same address, ${mode}`, async () => {
    const w = await world();
    const sam = w.who('sam', 'pim');
    const context = await w.profile({ javaScriptEnabled });
    const page = await first(w, context, sam, 'pim');
    await says(page, products.sdm, sam.email, 'Not mine');
    await fits(page);
    await press(page, texts.linked.submit(products.pim));
    await isIn(w, page, 'pim', sam);
    await page.goto(`${w.product('sdm')}/`);
    await isIn(w, page, 'sdm', sam);

    // What is somebody else's is refused, and stays out.
    const li = w.who('li', 'pim');
    const other = await w.profile({ javaScriptEnabled });
    const tab = await first(w, other, li, 'pim');
    await tab.getByRole('checkbox').check();
    await press(tab, texts.linked.submit(products.pim));
    await isIn(w, tab, 'pim', li);
    await tab.goto(`${w.product('sdm')}/`);
    await isOn(tab, 'Link your account.');
    await w.stop();
  });

  test(`an address that no product knows, ${mode}`, async () => {
    const w = await world();
    const page = await (await w.profile({ javaScriptEnabled })).newPage();
    await open(w, page, 'pim');
    await identify(w, page, 'stranger@nowhere.example');
    await prove(w, page, 'whatever it may be');
    await hasFailed(page, texts.password.h1, texts.password.unknown);
    await says(page, texts.password.unknownDetail);
    assert.equal(await page.locator('input[autocomplete=username]').inputValue(), 'stranger@nowhere.example');
    assert.equal(await link(page, texts.password.change).count(), 1, 'a dead end');
    await w.stop();
  });

  test(`an address that has an account already, ${mode}`, async () => {
    const w = await world();
    const [dana, noor] = [w.who('dana', 'pim'), w.who('noor', 'sdm')];
    await finish(w, await first(w, await w.profile(), dana, 'pim'), 'pim', dana, products.pim);
    const context = await w.profile({ javaScriptEnabled });
    const page = await context.newPage();
    const mail = await toInbox(w, page, noor, { product: 'sdm', email: dana.email });
    assert.equal(mail.subject, `Link ${products.sdm} to your ${account} account?`);
    const second = await context.newPage();
    await second.goto(mail.confirmURL);
    await second.close();
    await press(page, texts.inbox.submit);
    await isOn(page, 'Your email is confirmed');
    await says(page, dana.email, 'use the password of that account');
    await fits(page);
    await press(page, texts.linked.submit(products.sdm));
    await isIn(w, page, 'sdm', noor);
    // The next sign-in in this browser, with the password of the account that owned the address first.
    await page.goto(`${w.product('pim')}/`);
    await isOn(page, texts.login.h1);
    await identify(w, page, dana.email);
    await prove(w, page, dana.password);
    await isOn(page, 'Link these accounts?');
    await says(page, products.sdm, 'Not mine');
    await press(page, 'Link accounts');
    await isIn(w, page, 'pim', dana);
    await w.stop();
  });

  test(`Link your account., its five steps, ${mode}`, async () => {
    const w = await world();
    const [rita, other] = [w.who('rita', 'pim'), w.who('rita', 'sdm')];
    const context = await w.profile({ javaScriptEnabled });
    // 1. Sign in as you usually do. 2. Open the additional product's URL.
    const page = await first(w, context, rita, 'pim');
    await press(page, texts.linked.submit(products.pim));
    await page.goto(`${w.product('sdm')}/`);
    // 3. The screen and its message.
    await isOn(page, 'Link your account.', { path: '/link' });
    await says(page, `Sign in with your ${products.sdm} login details one last time to merge your accounts. After that, your new unified ${account} account takes over.`,
      `Forgot your ${products.sdm} password?`);
    assert.equal(await page.locator('main img').count(), 2, 'two logos');
    await fits(page);
    // 4. Email or username, password, CONTINUE. A mistake keeps what was typed.
    w.typed(other.identifier);
    await field(page, 'Email').fill(other.identifier);
    await field(page, 'Password').fill('not that one');
    await press(page, 'CONTINUE');
    assert.equal(await field(page, 'Email').inputValue(), other.identifier, 'it would have to be typed twice');
    await field(page, 'Password').fill(other.password);
    await press(page, 'CONTINUE');
    // 5. The product is merged.
    await isIn(w, page, 'sdm', other);
    // The next day, with the account's password: by the address, and by the old username.
    await w.advance('24h');
    for (const identifier of [rita.email, rita.identifier]) {
      await isIn(w, await later(w, identifier, rita.password, 'pim'), 'pim', rita);
    }
    await isIn(w, await later(w, rita.email, rita.password, 'sdm'), 'sdm', other);
    await w.stop();
  });

  for (const [from, to] of [['sdm', 'pim'], ['pim', 'sdm']]) {
    test(`the forgotten ${products[to]} password, its six steps, ${mode}`, async () => {
      const w = await world();
      const [omar, other] = [w.who('omar', from), w.who('omar', to)];
      const context = await w.profile({ javaScriptEnabled });
      const page = await first(w, context, omar, from);
      await press(page, texts.linked.submit(products[from]));
      await page.goto(`${w.product(to)}/`);
      // 1. The link below the password field.
      await link(page, `Forgot your ${products[to]} password?`).click();
      await isOn(page, `Reset your ${products[to]} password`);
      await fits(page);
      // 2. The address, SEND RESET LINK. 3. The message.
      w.typed(other.email);
      await field(page, 'Email').fill(other.email);
      await press(page, 'SEND RESET LINK');
      await isOn(page, 'Check your inbox');
      await says(page, 'A password reset email has been sent. Reset your password, then click below to link your account.');
      await fits(page);
      // 4. The product mails and hosts its own page.
      const fresh = 'Entirely-New-Pass-77!';
      const mailbox = await context.newPage();
      await mailbox.goto(await resetURL(w, other.email));
      assert.equal(new URL(mailbox.url()).origin, new URL(w.product(to)).origin);
      for (const box of await mailbox.locator('input[type=password]').all()) await box.fill(fresh);
      await mailbox.locator('form button, form input[type=submit]').last().click();
      await mailbox.waitForLoadState('load');
      await mailbox.close();
      // 5. Back. 6. The address is there; the new password finishes.
      await press(page, 'Back');
      await isOn(page, 'Link your account.');
      assert.equal(await field(page, 'Email').inputValue(), other.email, 'pre-filled');
      w.typed(fresh);
      await field(page, 'Password').fill(fresh);
      await press(page, 'CONTINUE');
      await isIn(w, page, to, other);
      await w.stop();
    });
  }

  test(`what to do if account linking fails, ${mode}`, async () => {
    const w = await world();
    const dana = w.who('dana', 'pim');
    const context = await w.profile({ javaScriptEnabled });
    const page = await context.newPage();
    // The wrong password: Reset your password.
    await open(w, page, 'pim');
    await identify(w, page, dana.identifier);
    await prove(w, page, 'surely not this one');
    await hasFailed(page, texts.password.h1, texts.password.wrong);
    await link(page, texts.password.forgot).click();
    await isOn(page, 'Reset your password');
    assert.equal(await field(page, 'Email').inputValue(), dana.identifier, 'the address would have to be typed twice');
    await fits(page);
    await press(page, 'Send reset link');
    await isOn(page, 'Check your inbox');
    await fits(page);
    // The mail did not arrive: three resends a minute apart, then restart.
    await open(w, page, 'pim');
    await identify(w, page, dana.identifier);
    await prove(w, page, dana.password);
    await address(w, page, dana.email);
    await says(page, texts.inbox.missing, 'Check your spam or junk folder.');
    await press(page, texts.inbox.resend);
    await says(page, texts.inbox.soon);
    for (let i = 0; i < 3; i++) {
      await w.advance('61s');
      await press(page, texts.inbox.resend);
    }
    await says(page, texts.inbox.exhausted);
    // The link returns an error: it expires; restart, with the address.
    const mail = await w.mail(dana.email, { subject: /Confirm/ });
    await w.advance('16m');
    await page.goto(mail.confirmURL);
    await isOn(page, texts.dead.expired[0]);
    await says(page, texts.dead.expired[1]);
    await link(page, texts.inbox.restart).click();
    await isOn(page, texts.login.h1);
    assert.equal(await field(page, texts.login.label).inputValue(), dana.identifier, 'the address would have to be typed twice');
    // If the issue persists.
    await page.goto(`${w.issuer}/nothing-here`);
    await says(page, texts.persists);
    assert.ok(await page.getByRole('main').getByRole('link').count(), 'a dead end');
    assert.deepEqual(context.refused, [], 'the browser refused something');
    await w.stop();
  });
}

test('an administrator invites, and whoever is invited comes in', async () => {
  const w = await world();
  const julia = w.who('julia', 'pim');
  const admin = await w.tab();
  await finish(w, await first(w, admin.context(), julia, 'pim'), 'pim', julia, products.pim);
  const page = await admin.context().newPage();
  await page.goto(`${w.product('pim')}/system/users`);
  await page.getByText('Invite user').first().click();
  await page.waitForLoadState('load');
  w.typed('newcomer@acme.example');
  await page.getByLabel('Email').fill('newcomer@acme.example');
  await page.getByRole('button', { name: 'Send invitation' }).click();
  await page.waitForLoadState('load');
  await says(page, 'Invite pending');
  const mail = await w.mail('newcomer@acme.example');
  const guest = await w.tab();
  await guest.goto(mail.text.match(/http:\/\/\S+\/invitation\S*/)[0]);
  await isOn(guest, `You have been invited to ${products.pim}`);
  await says(guest, 'newcomer@acme.example');
  await fits(guest);
  const chosen = 'A new and rather long pass phrase';
  w.typed(chosen);
  await guest.locator('input[type=password]').fill(chosen);
  await press(guest, 'Accept invitation');
  await guest.waitForURL((url) => url.origin === new URL(w.product('pim')).origin);
  await isIn(w, await later(w, 'newcomer@acme.example', chosen, 'pim'), 'pim', { identifier: 'newcomer@acme.example' });
  await page.reload();
  await saysNot(page, 'Invite pending');
  await w.stop();
});
