// The first sign-in, step by step as the help page tells it, from a product's URL back into the product.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { account, products, texts } from '../seed.mjs';
import { address, arrives, button, field, finish, identify, isIn, isOn, link, open, press, prove, says, saysNot, toInbox } from '../pages.mjs';
import { end, world } from '../world.mjs';

after(end);

for (const javaScriptEnabled of [true, false]) {
  test(`checks 2, 10, 21, 26: the journey with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, async () => {
    const w = await world();
    const dana = w.who('dana', 'pim');
    const context = await w.profile({ javaScriptEnabled });
    const page = await context.newPage();

    // 1. Open the URL of any product. You are redirected to the login page.
    await open(w, page, 'pim');
    assert.equal(new URL(page.url()).origin, w.issuer);
    await says(page, `to continue to ${products.pim}`, texts.login.hint);
    assert.equal(await page.locator('input:not([type=hidden]):visible').count(), 1);

    // 2. Enter the username or email in the Email field and click Continue.
    await identify(w, page, dana.identifier);
    await isOn(page, texts.password.h1, { path: '/login/password' });
    await says(page, texts.password.first(products.pim));
    assert.equal(await page.locator('input[autocomplete=username]').inputValue(), dana.identifier);
    assert.equal(await page.locator('input[autocomplete=username]').getAttribute('readonly'), '');

    // 3. Enter the password and click Login.
    await prove(w, page, dana.password);
    await isOn(page, texts.email.h1, { path: '/email' });
    await says(page, texts.email.hint, texts.email.promise);
    assert.equal(await field(page, texts.email.label).inputValue(), dana.email, 'the address would have to be typed again');

    // 4. On the Confirm your email address screen, enter the work email and click Confirm & Continue.
    await address(w, page, dana.email);
    await isOn(page, texts.inbox.h1, { path: '/email/sent' });
    await says(page, dana.email, texts.inbox.missing, texts.inbox.left(3));
    assert.equal(await button(page, texts.inbox.resend).count(), 1);

    // 5. Open the verification email and click the verification link inside.
    const mail = await w.mail(dana.email);
    assert.equal(mail.subject, texts.mail.confirm);
    const reference = (await page.locator('main').innerText()).match(/Request\s+(\S+)/)[1];
    assert.ok(mail.text.includes(reference), 'the number on the screen is not in the mail');
    const second = await context.newPage();
    await second.goto(mail.confirmURL);
    await isOn(second, texts.here.h1, { path: '/email/confirm' });
    await says(second, dana.email, products.pim, texts.here.back);
    await second.close();

    // 6. Return to the tab where you started and click Continue.
    await press(page, texts.inbox.submit);
    await finish(w, page, 'pim', dana, products.pim);
    assert.deepEqual(context.refused, [], 'the browser refused something');

    // Everybody who has the address is told, and the product does not ask again.
    const told = await w.mail(dana.email, { subject: /is now linked/ });
    assert.equal(told.subject, texts.mail.linked(products.pim));
    await page.goto(`${w.product('pim')}/`);
    await isIn(w, page, 'pim', dana);
    await w.stop();
  });
}

test('later: the same password opens the account, in a browser that never was here', async () => {
  const w = await world();
  const dana = w.who('dana', 'pim');
  const context = await w.profile();
  const page = await context.newPage();
  const mail = await toInbox(w, page, dana);
  const second = await context.newPage();
  await second.goto(mail.confirmURL);
  await press(second, texts.here.submit); // Continue in the tab of the mail
  await finish(w, second, 'pim', dana, products.pim);

  const elsewhere = await w.tab();
  await open(w, elsewhere, 'pim');
  await identify(w, elsewhere, dana.email);
  await prove(w, elsewhere, dana.password);
  await isIn(w, elsewhere, 'pim', dana);
  assert.equal((await w.mails()).filter((m) => m.subject === texts.mail.confirm).length, 1, 'a second confirmation was sent');
  await w.stop();
});

test('a username is enough: the address comes from the product or the person', async () => {
  const w = await world();
  const rita = w.who('rita', 'pim');
  assert.ok(!rita.identifier.includes('@'), 'the demo should have a PIM user without an address for a name');
  const page = await w.tab();
  await open(w, page, 'pim');
  await identify(w, page, rita.identifier);
  await prove(w, page, rita.password);
  await isOn(page, texts.email.h1);
  await w.stop();
});

test('check 12: the keyboard alone', async () => {
  const w = await world();
  const dana = w.who('dana', 'pim');
  const context = await w.profile();
  const page = await context.newPage();
  const typeInto = async (id, value) => {
    for (let i = 0; (await page.evaluate(() => document.activeElement.id)) !== id; i++) {
      assert.ok(i < 30, `#${id} cannot be reached`);
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Control+A');
    await page.keyboard.type(value);
  };
  const pressOn = async (name, key) => {
    for (let i = 0; (await page.evaluate(() => document.activeElement.textContent.trim())) !== name; i++) {
      assert.ok(i < 30, `"${name}" cannot be reached`);
      await page.keyboard.press('Tab');
    }
    const moved = page.waitForEvent('framenavigated');
    await page.keyboard.press(key);
    await moved;
    await page.waitForLoadState('load');
  };
  w.typed(dana.identifier, dana.password, dana.email);
  await open(w, page, 'pim');
  await typeInto('email', dana.identifier);
  await pressOn(texts.login.submit, 'Enter');
  await isOn(page, texts.password.h1);
  await typeInto('current-password', dana.password);
  await pressOn(texts.password.submit, 'Space');
  await isOn(page, texts.email.h1);
  await typeInto('work-email', dana.email);
  await pressOn(texts.email.submit, 'Enter');
  await isOn(page, texts.inbox.h1);
  const mail = await w.mail(dana.email);
  const second = await context.newPage();
  await second.goto(mail.confirmURL);
  await second.close();
  await pressOn(texts.inbox.submit, 'Space');
  if (new URL(page.url()).pathname === '/linked') await pressOn(texts.linked.submit(products.pim), 'Enter');
  await isIn(w, page, 'pim', dana);
  await w.stop();
});

test('check 27: double clicks, reload and Back leave one mail and one link', async () => {
  const w = await world();
  const dana = w.who('dana', 'pim');
  const context = await w.profile();
  const page = await context.newPage();
  await open(w, page, 'pim');
  await identify(w, page, dana.identifier);
  await field(page, texts.password.label).fill(dana.password);
  await button(page, texts.password.submit).dblclick();
  await isOn(page, texts.email.h1);
  await page.reload();
  await isOn(page, texts.email.h1);
  await button(page, texts.email.submit).dblclick();
  await isOn(page, texts.inbox.h1);
  await page.reload();
  await isOn(page, texts.inbox.h1);
  const mail = await w.mail(dana.email);
  assert.equal((await w.mails(dana.email)).length, 1, 'a double click sent a second mail');

  // Back shows a step that is over; sending it again leads to where the person is.
  await page.goBack();
  await page.goBack();
  if (await button(page, texts.email.submit).count()) {
    await press(page, texts.email.submit);
    await saysNot(page, 'There is a problem with the service');
  }
  const second = await context.newPage();
  await second.goto(mail.confirmURL);
  await button(second, texts.here.submit).dblclick();
  await arrives(second, (url) => url.pathname === '/linked' || url.origin === new URL(w.product('pim')).origin);
  await finish(w, second, 'pim', dana, products.pim);
  assert.equal((await w.mails(dana.email)).filter((m) => m.subject === texts.mail.linked(products.pim)).length, 1, 'linked more than once');
  await w.stop();
});

test('check 27: two tabs with two products go each to its own', async () => {
  const w = await world();
  const [pim, sdm] = [w.who('sam', 'pim'), w.who('sam', 'sdm')];
  const context = await w.profile();
  const [one, two] = [await context.newPage(), await context.newPage()];
  await open(w, one, 'pim');
  await open(w, two, 'sdm');
  await identify(w, one, pim.identifier);
  await identify(w, two, sdm.identifier);
  await says(one, texts.password.first(products.pim));
  await says(two, texts.password.first(products.sdm));
  await prove(w, one, pim.password);
  await isOn(one, texts.email.h1);
  await address(w, one, pim.email);
  const mail = await w.mail(pim.email);
  const third = await context.newPage();
  await third.goto(mail.confirmURL);
  await says(third, products.pim);
  await press(one, texts.inbox.submit);
  await finish(w, one, 'pim', pim, products.pim);
  // The other tab still is the other product's: whatever it shows next, it is not the first one's page.
  await two.reload();
  await saysNot(two, products.pim);
  await w.stop();
});

test('S2 leads back to S1 with the address', async () => {
  const w = await world();
  const dana = w.who('dana', 'pim');
  const page = await w.tab();
  await open(w, page, 'pim');
  await identify(w, page, dana.identifier);
  await link(page, texts.password.change).click();
  await isOn(page, texts.login.h1, { path: '/login' });
  assert.equal(await field(page, texts.login.label).inputValue(), dana.identifier);
  assert.ok(account);
  await w.stop();
});
