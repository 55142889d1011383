// What every page of a journey is held to on the way, besides its words, and the steps that several journeys take.
import assert from 'node:assert/strict';
import * as measure from './measure.mjs';
import { button, field, heading, isIn, isOn, link, press, says } from './pages.mjs';
import { products, texts } from './seed.mjs';

const wide = { width: 1280, height: 900 };
const narrow = { width: 320, height: 640 };

/** Somebody at a browser. `seen` holds the pages that were measured, for all walkers of a world. */
export async function walker(w, { javaScriptEnabled, seen }) {
  const context = await w.profile({ javaScriptEnabled });
  const noise = [];
  context.on('console', (m) => {
    // The browser reports each page that comes with a status of 4xx or 5xx.
    if (m.type() === 'error' && !/Failed to load resource: the server responded with a status of (4|503)/.test(m.text())) noise.push(m.text());
  });
  context.on('weberror', (e) => noise.push(e.error().message));
  return new Walker(w, context, await context.newPage(), javaScriptEnabled, seen, noise);
}

class Walker {
  constructor(w, context, page, scripts, seen, noise) {
    Object.assign(this, { w, context, page, scripts, seen, noise });
  }

  /** Wants to be on a page of the provider, and looks it over. */
  async at(h1, options) {
    await isOn(this.page, h1, options);
    await this.look();
  }

  /** A way onwards and a silent console; for whoever comes to the page first, narrow screens and axe. */
  async look() {
    const where = `${await this.page.title()} (${new URL(this.page.url()).pathname})`;
    if (!this.seen.has(where)) {
      this.seen.add(where);
      await this.page.setViewportSize(narrow);
      assert.deepEqual(await measure.overflow(this.page, where), []);
      await this.page.setViewportSize(wide);
      if (this.scripts) assert.deepEqual(await measure.axe(this.page), [], where);
    }
    const onwards = await this.page.locator('main').locator('a[href], button, summary').filter({ visible: true }).count();
    assert.ok(onwards > 0, `${where} is a dead end`);
    assert.deepEqual([...this.noise, ...this.context.refused], [], where);
  }

  /** Wants a field to hold what was typed before. */
  async holds(label, value) {
    assert.equal(await field(this.page, label).inputValue(), value, `on "${await heading(this.page)}" the person would type it again`);
  }

  async fill(label, value) {
    this.w.typed(value);
    await field(this.page, label).fill(value);
  }

  /** Presses a button that leads to a page with this heading. */
  async press(name, h1, options) {
    const answer = await press(this.page, name);
    if (h1) await this.at(h1, options);
    return answer;
  }

  /** Follows a link that leads to a page with this heading. */
  async follow(name, h1, options) {
    await link(this.page, name).click();
    await this.at(h1, options);
  }

  /** The seed's steps 1 and 2: a product's URL, the username or email, Continue. */
  async identify(product, identifier, { held } = {}) {
    await this.page.goto(`${this.w.product(product)}/`);
    await this.at(texts.login.h1, { path: '/login' });
    await says(this.page, `to continue to ${products[product]}`);
    if (held) await this.holds(texts.login.label, held);
    await this.fill(texts.login.label, identifier);
    await this.press(texts.login.submit, texts.password.h1, { path: '/login/password' });
    assert.equal(await this.page.locator('#username').inputValue(), identifier);
  }

  /** Step 3: the password, Login. */
  async prove(password, h1, options) {
    await this.fill(texts.password.label, password);
    await this.press(texts.password.submit, h1, options);
  }

  /** Steps 1 to 4; gives the mail. */
  async toInbox(product, person, email = person.email) {
    await this.identify(product, person.identifier);
    await this.prove(person.password, texts.email.h1);
    return this.confirm(product, person, email);
  }

  /** Step 4: the address is there when the product knows it. */
  async confirm(product, person, email = person.email) {
    await this.holds(texts.email.label, person.email);
    const before = (await this.w.mails(email)).length;
    await this.fill(texts.email.label, email);
    await this.press(texts.email.submit, texts.inbox.h1, { path: '/email/sent' });
    await says(this.page, email, texts.inbox.missing);
    return this.w.mail(email, { count: before + 1 });
  }

  /** Steps 5 and 6: the link in the mail, and Continue in the first tab. */
  async open(mail, h1 = texts.linked.h1) {
    const first = this.page;
    this.page = await this.context.newPage();
    await this.page.goto(mail.confirmURL);
    await this.at(texts.here.h1, { path: '/email/confirm' });
    await says(this.page, texts.here.back);
    await this.page.close();
    this.page = first;
    await this.press(texts.inbox.submit, h1);
  }

  /** The six steps, as far as the page that names what is linked. */
  async firstSignIn(product, person) {
    await this.open(await this.toInbox(product, person));
    await says(this.page, texts.linked.next(person.email), texts.linked.kept);
  }

  /** Goes on to the product. */
  async enter(product, person) {
    await press(this.page, texts.linked.submit(products[product]));
    await isIn(this.w, this.page, product, person);
  }

  /** Opens a product directly. */
  async goesIn(product, person) {
    await this.page.goto(`${this.w.product(product)}/`);
    await isIn(this.w, this.page, product, person);
  }

  /** Signs in with the account's password. */
  async signIn(product, identifier, password, person) {
    await this.identify(product, identifier);
    await this.prove(password);
    await isIn(this.w, this.page, product, person);
  }

  /** Opens a product that is asked for its own login once. */
  async toLink(product) {
    await this.page.goto(`${this.w.product(product)}/`);
    await this.at(texts.link.h1);
    await says(this.page, texts.link.message(products[product]));
    assert.equal(await this.page.locator('main img').count(), 2, 'not the two logos');
    await link(this.page, texts.link.forgot(products[product])).waitFor();
    await button(this.page, texts.link.submit).waitFor();
  }

  /** Somebody else at the same world. */
  other() {
    return walker(this.w, { javaScriptEnabled: this.scripts, seen: this.seen });
  }
}

const resetPaths = { pim: /http:\/\/\S+\/user\/reset\/[0-9a-z]+/, sdm: /http:\/\/\S+\/reset-password\/[\w-]+/ };

/** The product's own mail and its own page: a new password there. */
export async function setAtProduct(walk, product, to, password) {
  const mail = await mailWith(walk.w, to, resetPaths[product]);
  walk.w.typed(password);
  const page = await walk.context.newPage();
  await page.goto(mail);
  assert.equal(new URL(page.url()).origin, new URL(walk.w.product(product)).origin);
  for (const box of await page.locator('input[type=password]').all()) await box.fill(password);
  await page.locator('main button[type=submit]').click();
  await page.waitForURL((url) => url.pathname.includes('login'));
  await page.close();
}

/** The first address of that shape in the newest mail that has one. */
export async function mailWith(w, to, shape) {
  for (let count = 1; ; count++) {
    await w.mail(to, { count });
    const found = (await w.mails(to)).map((m) => m.text.match(shape)?.[0]).find(Boolean);
    if (found) return found;
  }
}

/** Signs an administrator of the PIM in to the PIM itself, and sends an invitation from System > Users. */
export async function inviteInPIM(walk, email) {
  const { w, page } = walk;
  const julia = w.who('julia', 'pim');
  await page.goto(w.products.find((p) => p.id === 'pim').legacy_login);
  await page.locator('[name=_username]').fill(julia.identifier);
  await page.locator('[name=_password]').fill(julia.password);
  await press(page, 'Login');
  await page.goto(`${w.product('pim')}/system/users`);
  await link(page, 'Invite user').click();
  await field(page, 'Email').fill(email);
  await press(page, 'Send invitation');
  await says(page, 'The invitation is on its way.', 'Invite pending');
}
