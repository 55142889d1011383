// The screens by their words: what a person reads is how a test finds things. A changed label is a failed test.
import assert from 'node:assert/strict';
import { getsFocus } from './measure.mjs';
import { texts, title } from './seed.mjs';

/** The heading, as it is read. */
export const heading = (page) => page.locator('h1').innerText();

/** Wants a page: its heading, its title, and no sideways path. */
export async function isOn(page, h1, { failed = false, path } = {}) {
  await page.locator('h1', { hasText: h1 }).first().waitFor().catch(async () => {
    assert.fail(`on ${page.url()} the page is "${await heading(page).catch(() => '?')}", not "${h1}": ${(await page.locator('main').innerText().catch(() => '')).slice(0, 400)}`);
  });
  assert.equal(await heading(page), h1);
  assert.equal(await page.title(), title(h1, failed));
  if (path) assert.equal(new URL(page.url()).pathname, path);
}

/** Wants the summary and the field to say this, and the focus on the summary. */
export async function hasFailed(page, h1, text) {
  await isOn(page, h1, { failed: true });
  const summary = page.getByRole('alert');
  assert.equal(await summary.getByRole('heading').innerText(), texts.summary);
  assert.equal((await summary.getByRole('link').first().innerText()).trim(), text);
  assert.ok(await getsFocus(summary), 'the focus is not on the summary');
}

/** Wants these words to be read on the page. */
export async function says(page, ...sentences) {
  const body = (await page.locator('body').innerText()).replace(/\s+/g, ' ');
  for (const sentence of sentences) assert.ok(body.includes(sentence), `"${sentence}" is not on ${page.url()}: ${body.slice(0, 900)}`);
}

/** Wants these words nowhere on the page. */
export async function saysNot(page, ...sentences) {
  const body = (await page.locator('body').innerText()).replace(/\s+/g, ' ');
  for (const sentence of sentences) assert.ok(!body.includes(sentence), `"${sentence}" is on ${page.url()}`);
}

export const button = (page, name) => page.getByRole('main').getByRole('button', { name, exact: true });
export const link = (page, name) => page.getByRole('main').getByRole('link', { name, exact: true });
export const field = (page, label) => page.getByLabel(label, { exact: true });

/** Sends a form, waits for the page that comes of it, and gives its answer: the last one of the redirects. */
export async function press(page, name) {
  const answers = [];
  const keep = (r) => { if (r.request().isNavigationRequest() && r.frame() === page.mainFrame()) answers.push(r); };
  page.on('response', keep);
  try {
    const arrived = page.waitForEvent('framenavigated', (frame) => frame === page.mainFrame());
    await button(page, name).click({ noWaitAfter: true });
    await arrived;
    await page.waitForLoadState('load');
  } finally {
    page.off('response', keep);
  }
  return answers.at(-1);
}

/** Opens a product signed out: the product sends the person to S1. */
export async function open(w, page, product) {
  await page.goto(`${w.product(product)}/`);
  await isOn(page, texts.login.h1, { path: '/login' });
}

/** S1. */
export async function identify(w, page, identifier) {
  w.typed(identifier);
  await field(page, texts.login.label).fill(identifier);
  return press(page, texts.login.submit);
}

/** S2. */
export async function prove(w, page, password) {
  w.typed(password);
  await field(page, texts.password.label).fill(password);
  return press(page, texts.password.submit);
}

/** S3. */
export async function address(w, page, email) {
  w.typed(email);
  await field(page, texts.email.label).fill(email);
  return press(page, texts.email.submit);
}

/** From the product to S3. */
export async function toEmail(w, page, person, product = 'pim') {
  await open(w, page, product);
  await identify(w, page, person.identifier);
  await isOn(page, texts.password.h1, { path: '/login/password' });
  await prove(w, page, person.password);
  await isOn(page, texts.email.h1, { path: '/email' });
}

/** From the product to S4; gives the mail. */
export async function toInbox(w, page, person, { product = 'pim', email = person.email } = {}) {
  await toEmail(w, page, person, product);
  const before = (await w.mails(email)).length;
  await address(w, page, email);
  await isOn(page, texts.inbox.h1, { path: '/email/sent' });
  return w.mail(email, { count: before + 1 });
}

/** S4: the code from the other device. */
export async function enter(page, otc) {
  const box = field(page, texts.inbox.codeLabel);
  if (!(await box.isVisible())) await page.locator('summary', { hasText: texts.inbox.codeOpen }).click();
  await box.fill(otc);
  return press(page, texts.inbox.codeSubmit);
}

/** S5 in another browser: Show code; gives the code as it is shown. */
export async function showCode(page, url) {
  await page.goto(url);
  await isOn(page, texts.elsewhere.h1, { path: '/email/confirm' });
  await press(page, texts.elsewhere.submit);
  await isOn(page, texts.elsewhere.codeH1);
  return (await page.locator('#code').innerText()).trim();
}

/**
 * Waits until the page is where it should be. A second click takes back what the first one had begun, on its way to the
 * same place: that is no failure, and page.waitForURL would call it one.
 */
export async function arrives(page, isThere) {
  while (!isThere(new URL(page.url()))) await page.waitForEvent('framenavigated', (frame) => frame === page.mainFrame());
  await page.waitForLoadState('load');
}

/** Wants the browser to be in the product, signed in. */
export async function isIn(w, page, product, person) {
  await arrives(page, (url) => url.origin === new URL(w.product(product)).origin);
  const body = await page.locator('body').innerText();
  const name = person.identifier.split('@')[0].split('.')[0];
  assert.ok(body.toLowerCase().includes(name.toLowerCase()), `the product does not know ${name}: ${body.slice(0, 400)}`);
}

/** From S4 or the product's callback on: S6 when it is shown, then the product. */
export async function finish(w, page, product, person, name) {
  if (new URL(page.url()).pathname === '/linked') {
    await isOn(page, texts.linked.h1);
    await press(page, texts.linked.submit(name));
  }
  await isIn(w, page, product, person);
}

/** Wants no session at the provider in this profile: opening a product asks for the identifier. */
export async function isSignedOut(w, context, product = 'pim') {
  const page = await context.newPage();
  await page.goto(`${w.product(product)}/`);
  await isOn(page, texts.login.h1, { path: '/login' });
  await page.close();
}
