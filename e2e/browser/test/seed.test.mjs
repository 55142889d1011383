// The seed page walked by people, from top to bottom, with JavaScript and without. One demo tells several stories, each with
// people of its own; its clock only moves forward.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { button, field, hasFailed, isIn, link, says, saysNot } from '../pages.mjs';
import { products, texts } from '../seed.mjs';
import { inviteInPIM, mailWith, setAtProduct, walker } from '../walk.mjs';
import { end, world } from '../world.mjs';

after(end);

for (const javaScriptEnabled of [true, false]) {
  const how = `JavaScript ${javaScriptEnabled ? 'on' : 'off'}`;

  test(`the three situations, both sections' steps, and the next day, ${how}`, async (t) => {
    const w = await world();
    const seen = new Set();
    const somebody = () => walker(w, { javaScriptEnabled, seen });
    const [dana, rita, elsewhere] = [w.who('dana', 'pim'), w.who('rita', 'pim'), w.who('rita', 'sdm')];
    const fresh = 'Pebble-Orchard-Lantern-7';

    await t.test('one product account: the six steps', async () => {
      const walk = await somebody();
      await walk.firstSignIn('pim', dana);
      await walk.enter('pim', dana);
    });

    await t.test('several accounts under one address: merged after the email is verified', async () => {
      const [pim, sdm] = [w.who('sam', 'pim'), w.who('sam', 'sdm')];
      const walk = await somebody();
      await walk.firstSignIn('pim', pim);
      await says(walk.page, texts.offers.h2, products.sdm);
      await walk.enter('pim', pim);
      await walk.goesIn('sdm', sdm);
    });

    await t.test('an account under the same address that is somebody else\'s: Not mine', async () => {
      const li = w.who('li', 'pim');
      const walk = await somebody();
      await walk.firstSignIn('pim', li);
      await field(walk.page, texts.offers.notMine(products.sdm, w.who('li', 'sdm').identifier)).check();
      await walk.enter('pim', li);
      await walk.toLink('sdm');
    });

    await t.test('an address nobody knows: User not found, an invitation, an account', async () => {
      const [mona, chosen] = ['mona@acme.example', 'Walnut-Harbour-71-Kite'];
      const walk = await somebody();
      await walk.identify('pim', mona);
      await walk.prove('whatever it may be', texts.password.h1, { failed: true });
      await hasFailed(walk.page, texts.password.h1, texts.password.unknown);
      await says(walk.page, texts.password.unknownDetail);
      const julia = await somebody();
      await inviteInPIM(julia, mona);
      await walk.page.goto(await mailWith(w, mona, /http:\/\/\S+\/invitation\?t=[\w-]+/));
      await walk.at(texts.invitation.h1(products.pim));
      assert.equal(await walk.page.locator('#username').inputValue(), mona);
      await walk.fill(texts.invitation.label, chosen);
      await walk.press(texts.invitation.submit);
      await isIn(w, walk.page, 'pim', { identifier: mona });
      await julia.page.reload();
      await saysNot(julia.page, 'Invite pending');
      await (await somebody()).signIn('pim', mona, chosen, { identifier: mona });
    });

    await t.test('an address that another account owns: it waits, and the owner\'s password links it', async () => {
      const noor = w.who('noor', 'sdm');
      const walk = await somebody();
      const mail = await walk.toInbox('sdm', noor, dana.email);
      assert.equal(mail.subject, texts.pending.mail(products.sdm));
      await walk.open(mail, texts.pending.h1);
      await says(walk.page, texts.pending.text(dana.email, products.sdm));
      await walk.enter('sdm', noor);
      await walk.identify('pim', dana.email);
      await walk.prove(noor.password, texts.password.h1, { failed: true });
      await walk.prove(dana.password, texts.waiting.h1);
      await says(walk.page, texts.waiting.h2, products.sdm, noor.email);
      await walk.press(texts.waiting.submit);
      await isIn(w, walk.page, 'pim', dana);
      await walk.goesIn('sdm', noor);
    });

    await t.test('Link your account.: the five steps', async () => {
      const walk = await somebody();
      await walk.firstSignIn('pim', rita);
      await walk.enter('pim', rita);
      await walk.toLink('sdm');
      await walk.fill(texts.link.login, elsewhere.identifier);
      await walk.fill(texts.link.password, 'wrong this time');
      await walk.press(texts.link.submit, texts.link.h1, { failed: true });
      await hasFailed(walk.page, texts.link.h1, texts.link.wrong(products.sdm));
      await walk.holds(texts.link.login, elsewhere.identifier);
      await walk.fill(texts.link.password, elsewhere.password);
      await walk.press(texts.link.submit);
      await isIn(w, walk.page, 'sdm', elsewhere);
      await walk.goesIn('pim', rita);
      await walk.goesIn('sdm', elsewhere);
    });

    await t.test('the next day: the account\'s password, by email and by the old username', async () => {
      await w.advance('24h');
      await (await somebody()).signIn('pim', dana.email, dana.password, dana);
      await (await somebody()).signIn('pim', 'dpetrov', dana.password, dana);
      await (await somebody()).signIn('sdm', rita.email, rita.password, elsewhere);
    });

    await t.test('Your sign-in: unlinked, and taken back', async () => {
      const walk = await somebody();
      await walk.signIn('pim', rita.email, rita.password, rita);
      await walk.page.goto(`${w.issuer}/me`);
      await walk.at(texts.me.h1);
      await walk.follow(texts.me.unlink(products.sdm, elsewhere.identifier), texts.me.unlinkH1(products.sdm));
      await walk.fill(texts.me.password, rita.password);
      await walk.press(texts.me.unlinkSubmit, texts.me.h1);
      await says(walk.page, texts.me.unlinked);
      await walk.page.getByRole('link', { name: /^Undo…/ }).click();
      await walk.at(texts.me.undoH1);
      await walk.fill(texts.me.password, rita.password);
      await walk.press(texts.me.undoSubmit, texts.me.h1);
      await says(walk.page, texts.me.undone);
      await walk.goesIn('sdm', elsewhere);
      for (const name of ['Where you are signed in', 'Recent activity', 'Merge another account of yours', 'Close your account']) {
        await walk.page.goto(`${w.issuer}/me`);
        await link(walk.page, name).click();
        await walk.look();
      }
    });

    await t.test('a forgotten account password: a link by mail, and a new one', async () => {
      const walk = await somebody();
      await walk.identify('pim', rita.email);
      await walk.follow(texts.password.forgot, texts.reset.h1);
      await walk.holds(texts.reset.label, rita.email);
      await walk.press(texts.reset.submit, texts.reset.sentH1);
      await walk.page.goto(await mailWith(w, rita.email, /http:\/\/\S+\/reset\/confirm\?t=[\w-]+/));
      await walk.at(texts.reset.setH1);
      assert.equal(await walk.page.locator('#username').inputValue(), rita.email);
      await walk.fill(texts.reset.set, fresh);
      await walk.press(texts.reset.save, texts.login.h1);
      await says(walk.page, texts.reset.done);
      await walk.holds(texts.login.label, rita.email);
      await walk.press(texts.login.submit, texts.password.h1);
      await walk.prove(fresh, texts.waiting.h1);
      await walk.press(texts.waiting.submit);
      await isIn(w, walk.page, 'pim', rita);
    });
    await w.stop();
  });

  test(`a forgotten product password, and linking that fails, ${how}`, async (t) => {
    const w = await world();
    const seen = new Set();
    const somebody = () => walker(w, { javaScriptEnabled, seen });

    for (const [from, to, name, login] of [['sdm', 'pim', 'omar', 'omar.haddad@acme.example'], ['pim', 'sdm', 'rita', 'rita.m@suppliers.example']]) {
      await t.test(`${texts.link.forgot(products[to])}: the six steps`, async () => {
        const renewed = 'Entirely-New-Pass-77!';
        const walk = await somebody();
        await walk.firstSignIn(from, w.who(name, from));
        await walk.enter(from, w.who(name, from));
        await walk.toLink(to);
        await walk.follow(texts.link.forgot(products[to]), texts.forgot.h1(products[to])); // 1
        await walk.fill(texts.forgot.label, login); // 2
        await walk.press(texts.forgot.submit, texts.forgot.sentH1);
        await says(walk.page, texts.forgot.sent); // 3
        await setAtProduct(walk, to, login, renewed); // 4
        await walk.press(texts.forgot.back, texts.link.h1); // 5
        await walk.holds(texts.link.login, login); // 6
        await walk.fill(texts.link.password, renewed);
        await walk.press(texts.link.submit);
        await isIn(w, walk.page, to, w.who(name, to));
        await walk.goesIn(from, w.who(name, from));
      });
    }

    await t.test('the verification email did not arrive', async () => {
      const dana = w.who('dana', 'pim');
      const walk = await somebody();
      await walk.toInbox('pim', dana);
      await walk.press(texts.inbox.resend, texts.inbox.h1, { failed: true });
      await hasFailed(walk.page, texts.inbox.h1, texts.inbox.soon);
      for (const left of [2, 1, 0]) {
        await w.advance('61s');
        await walk.press(texts.inbox.resend, texts.inbox.h1);
        if (left) await says(walk.page, texts.inbox.left(left));
      }
      assert.equal(await button(walk.page, texts.inbox.resend).count(), 0);
      await says(walk.page, texts.inbox.exhausted);
      await walk.follow(texts.inbox.restart, texts.login.h1);
      await walk.holds(texts.login.label, dana.identifier);
      await w.advance('61s');
      await walk.press(texts.login.submit, texts.password.h1);
      await walk.prove(dana.password, texts.email.h1);
      await walk.open(await walk.confirm('pim', dana));
      await walk.enter('pim', dana);
    });

    await t.test('the verification link returns an error', async () => {
      const noor = w.who('noor', 'sdm');
      const walk = await somebody();
      const mail = await walk.toInbox('sdm', noor);
      await w.advance('16m');
      await walk.page.goto(mail.confirmURL);
      const [h1, text] = texts.dead.expired;
      await walk.at(h1);
      await says(walk.page, text, texts.persists);
      await walk.follow(texts.inbox.restart, texts.login.h1);
      await walk.holds(texts.login.label, noor.identifier);
      await walk.press(texts.login.submit, texts.password.h1);
      await walk.prove(noor.password, texts.email.h1);
      await walk.open(await walk.confirm('sdm', noor));
      await walk.enter('sdm', noor);
    });

    await t.test('the wrong password: Reset your password, at the product', async () => {
      const vera = w.who('vera', 'pim');
      const walk = await somebody();
      const renewed = 'Another-New-Pass-78!';
      await walk.identify('pim', vera.identifier);
      await walk.prove('not the one 1', texts.password.h1, { failed: true });
      await hasFailed(walk.page, texts.password.h1, texts.password.wrong);
      await walk.follow('reset it', texts.reset.h1);
      await walk.holds(texts.reset.label, vera.identifier);
      await walk.press(texts.reset.submit, texts.reset.sentH1);
      await says(walk.page, texts.reset.own(products.pim));
      await setAtProduct(walk, 'pim', vera.email, renewed);
      await walk.follow(texts.reset.back, texts.password.h1);
      assert.equal(await walk.page.locator('#username').inputValue(), vera.identifier);
      await walk.prove(renewed, texts.email.h1);
      await walk.open(await walk.confirm('pim', vera));
      await walk.enter('pim', vera);
    });

    await t.test('User not found, and whom to ask', async () => {
      const walk = await somebody();
      await walk.identify('sdm', 'nobody.known@acme.example');
      await walk.prove('whatever it may be', texts.password.h1, { failed: true });
      await hasFailed(walk.page, texts.password.h1, texts.password.unknown);
      await says(walk.page, texts.password.unknownDetail);
      await walk.follow(texts.password.change, texts.login.h1);
      await walk.holds(texts.login.label, 'nobody.known@acme.example');
      await walk.page.getByRole('link', { name: 'Get help signing in' }).click();
      await walk.at('Get help signing in');
      await says(walk.page, texts.persists);
      await walk.page.goBack();
      await walk.at(texts.login.h1);
      await walk.page.goto(`${w.issuer}/nothing-here`);
      await walk.at('Page not found');
      await says(walk.page, texts.persists);
    });
    await w.stop();
  });
}
