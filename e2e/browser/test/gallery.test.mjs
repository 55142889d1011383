// Every state of every page, as eyes, fingers, keyboards and screen readers meet it. The list of states is the server's
// own, made from its page structs: a state that this file does not visit cannot exist.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inLanes, profile, quit, withoutWindows } from '../chromium.mjs';
import { gallery } from '../gallery.mjs';
import * as measure from '../measure.mjs';
import { account } from '../seed.mjs';

const brands = ['#FFCC00', '#E4002B', '#00A3E0', '#222222', '#6B2FBF', '#2EE6A6'];
const weight = 15 * 1024;
let shown;

before(async () => {
  withoutWindows();
  shown = await gallery(brands);
});
after(async () => {
  await quit();
  await shown?.stop();
});

const desk = { width: 1280, height: 900 };
const phone = { width: 320, height: 256 };

/** Visits every state once, in two lanes with a profile each, and holds every look that is given to it as a test of its own. */
async function everyState(t, options, looks, { site = shown.sites[0], states = shown.states, query = '' } = {}) {
  const visited = new Set();
  const complaints = new Map(Object.keys(looks).map((name) => [name, []]));
  const refused = [];
  const lanes = [states.filter((_, i) => i % 2 === 0), states.filter((_, i) => i % 2 === 1)];
  await inLanes(2, lanes.map((lane) => async () => {
    const context = await profile(options);
    const page = await context.newPage();
    let now = '';
    page.on('console', (m) => { if (['error', 'warning'].includes(m.type()) && !/Failed to load resource.*404/.test(m.text())) refused.push(`${now}: ${m.text()}`); });
    page.on('pageerror', (err) => refused.push(`${now}: ${err.message}`));
    for (const state of lane) {
      now = state;
      const answer = await page.goto(`${site.url}/${state}${query}`);
      assert.equal(answer.status(), 200, state);
      for (const [name, look] of Object.entries(looks)) {
        for (const complaint of await look(page, state)) complaints.get(name).push(`${state}: ${complaint}`);
      }
      visited.add(state);
    }
    await context.close();
  }));
  for (const [name, found] of complaints) {
    await t.test(name, () => assert.equal(found.length, 0, `${found.length} complaints:\n${found.slice(0, 20).join('\n')}`));
  }
  await t.test('every state was visited, and the console is empty', () => {
    assert.ok(states.length > 0, 'there is no state');
    assert.deepEqual(states.filter((s) => !visited.has(s)), []);
    assert.deepEqual(refused, []);
  });
}

test('there are states of every page', () => {
  const pages = (states) => [...new Set(states.map((s) => s.split('.')[0]))].sort();
  assert.ok(shown.faces.length > 60 && shown.faces.length <= shown.states.length, `${shown.faces.length} of ${shown.states.length}`);
  assert.ok(pages(shown.faces).length > 30, `only ${pages(shown.faces)} look different`);
  for (const name of ['signin-identifier', 'signin-password', 'signin-email', 'signin-inbox', 'mailbox-here', 'mailbox-elsewhere', 'mailbox-notme', 'account-linked']) {
    assert.ok(shown.states.some((s) => s === name || s.startsWith(`${name}.`)), name);
  }
});

for (const colorScheme of ['light', 'dark']) {
  // What differs in the dark are colours, and those differ at every width alike.
  test(`every state, ${colorScheme}`, (t) => everyState(t, { colorScheme, viewport: desk }, {
    ...(colorScheme === 'light' ? atDesk : {}),
    'check 1: axe, 1280 px': async (page, state) => {
      if (!shown.faces.includes(state)) return []; // states of one make differ in their words
      return colorScheme === 'light' ? measure.axe(page) : measure.colours(page);
    },
    'check 18: contrast': (page) => measure.contrast(page, colorScheme),
  }, colorScheme === 'light' ? {} : { states: shown.faces }));

  test(`check 18: contrast in six brand colours, ${colorScheme}`, async (t) => {
    const states = ['signin-identifier', 'signin-password.wrong', 'signin-inbox.code_wrong', 'mailbox-here', 'account-linked', 'site-problem.timed_out'];
    for (const site of shown.sites.slice(1)) {
      await everyState(t, { colorScheme }, { [site.primary]: (page) => measure.contrast(page, `${colorScheme} ${site.primary}`) }, { site, states });
    }
  });
}

test('check 4: the summary has the focus without JavaScript', async () => {
  const context = await profile({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${shown.sites[0].url}/signin-identifier.empty`);
  // The page runs no script, so the browser is asked, not the document.
  assert.ok(await measure.getsFocus(page.locator('[role=alert]')));
  await context.close();
});

// What a password manager keys on. It never changes between releases: somebody's saved password depends on it.
const managed = {
  'signin-identifier': ['email email text username webauthn'],
  'signin-password': ['username email text username', 'current-password password password current-password'],
  'signin-email': ['work-email email email email'],
  'signin-inbox': ['otc otc text one-time-code'],
  'mailbox-here': [],
  'mailbox-elsewhere': [],
  'mailbox-code': [],
  'mailbox-dead': [],
  'mailbox-notme': ['recognise-no recognise radio', 'recognise-known recognise radio'],
  'mailbox-stopped': [],
  'account-linked': [],
  'account-forgot.own': [],
  'account-linked.offers': ['not_mine_0 not_mine_0 checkbox'],
  'account-linked.waiting': ['not_mine_0 not_mine_0 checkbox'],
  'account-link': ['legacy-login email text section-legacy username', 'legacy-password password password section-legacy current-password'],
  'account-choose': [],
  'account-forgot': ['reset-email email email email'],
  'account-forgot.own': [],
  'account-forgotsent': [],
  'account-password': ['username email text username', 'new-password password password new-password'],
  'reset-ask': ['reset-email email email email'],
  'reset-sent': [],
  'account-change': ['username email text username', 'current-password password password current-password', 'new-password new_password password new-password'],
  'account-email': ['username username text username', 'new-email email email email', 'current-password password password current-password'],
  'account-inbox': [],
  'account-elsewhere': [],
  'account-stop': ['recognise-no recognise radio', 'recognise-known recognise radio'],
  'account-news': [],
  'account-signout': [],
  'account-signedout': [],
  'account-return': [],
  'invitation-new': ['username email text username', 'new-password password password new-password'],
  'invitation-owned': ['username email text username', 'current-password password password current-password'],
  'invitation-ended': [],
  'me-own': [],
  'me-sessions': [],
  'me-activity': [],
  'me-unlink': ['username email text username', 'current-password password password current-password'],
  'me-unlink.last': [],
  'me-unlink.reported': [],
  'me-undo': ['username email text username', 'current-password password password current-password'],
  'me-undo.merge': ['username email text username', 'current-password password password current-password', 'new-password new_password password section-other new-password'],
  'me-undo.new_empty': ['username email text username', 'current-password password password current-password', 'new-password new_password password section-other new-password'],
  'me-undo.new_short': ['username email text username', 'current-password password password current-password', 'new-password new_password password section-other new-password'],
  'me-undo.new_long': ['username email text username', 'current-password password password current-password', 'new-password new_password password section-other new-password'],
  'me-undo.new_common': ['username email text username', 'current-password password password current-password', 'new-password new_password password section-other new-password'],
  'me-undo.later': [],
  'me-undo.linked': [],
  'me-undo.taken': [],
  'me-undo.moved': [],
  'me-undo.reset': [],
  'me-undo.expired': [],
  'me-close': ['sure sure checkbox', 'username email text username', 'current-password password password current-password'],
  'me-closed': [],
  'me-merge': ['other-email email text section-other username', 'other-password password password section-other current-password'],
  'me-merge.stale': ['other-email email text section-other username', 'other-password password password section-other current-password', 'current-password own_password password current-password'],
  'me-merge.own_empty': ['other-email email text section-other username', 'other-password password password section-other current-password', 'current-password own_password password current-password'],
  'me-merge.own_wrong': ['other-email email text section-other username', 'other-password password password section-other current-password', 'current-password own_password password current-password'],
  'me-plan': [],
  'site-problem': [],
  'site-help': [],
};

// What one visit at 1280 px is enough for.
const atDesk = {
  'checks 3, 4, 5: title, summary, focus, labels': (page) => measure.structure(page, account),
  'checks 7, 8: fields as password managers see them': async (page, state) => {
    const want = managed[state] ?? managed[state.split('.')[0]];
    if (!want) return ['say in this test which fields the page has'];
    const got = await measure.fields(page);
    return JSON.stringify(got) === JSON.stringify(want) ? [] : [`fields are ${JSON.stringify(got)}`];
  },
  'check 17: nothing too small to hit, 1280 px': (page) => measure.targets(page),
  'check 5: the link of the summary puts the cursor into its field': async (page) => {
    const link = page.locator('[role=alert] a').first();
    if (!(await link.count())) return [];
    const id = (await link.getAttribute('href')).slice(1);
    await link.click();
    await measure.getsFocus(page.locator(`#${id}`));
    const there = await page.evaluate(() => document.activeElement.id);
    return there === id ? [] : [`the focus is on #${there}, not on #${id}`];
  },
};

test('check 11: Show and Hide', async () => {
  const still = await profile({ javaScriptEnabled: false });
  const quiet = await still.newPage();
  await quiet.goto(`${shown.sites[0].url}/signin-password`);
  assert.equal(await quiet.getByRole('button', { name: 'Show password' }).count(), 0, 'a button that does nothing without JavaScript');
  await still.close();

  const context = await profile();
  const page = await context.newPage();
  for (const [state, id] of [['signin-password', 'current-password'], ['account-password', 'new-password']]) {
    await page.goto(`${shown.sites[0].url}/${state}`);
    const field = page.locator(`#${id}`);
    await field.fill('correct horse battery');
    await page.getByRole('button', { name: 'Show password' }).click();
    assert.equal(await field.getAttribute('type'), 'text');
    assert.equal(await field.inputValue(), 'correct horse battery');
    assert.ok(await page.getByRole('status').getByText('Your password is visible').count());
    await page.getByRole('button', { name: 'Hide password' }).click();
    assert.equal(await field.getAttribute('type'), 'password');
    assert.ok(await page.getByRole('status').getByText('Your password is hidden').count());
    await page.getByRole('button', { name: 'Show password' }).click();
    await page.goto(`${shown.sites[0].url}/site-help`);
    await page.goBack();
    assert.equal(await field.getAttribute('type'), 'password', 'after Back');
    await page.getByRole('button', { name: 'Show password' }).click();
    await field.evaluate((e) => { e.form.addEventListener('submit', (s) => { s.preventDefault(); window.sentAs = e.type; }); });
    await field.press('Enter');
    assert.equal(await page.evaluate('window.sentAs'), 'password', 'when sent');
  }
  await context.close();
});

const large = 'html { font-size: 200% !important }';
const sheets = { '': '', '200 % text': large, 'text spacing': measure.spacing };

test('every state, 320 px', (t) => everyState(t, { viewport: phone }, {
  'check 17: nothing too small to hit, 320 px': (page) => measure.targets(page),
  'checks 14, 15, 16: reflow, zoom, large text, text spacing': async (page) => {
    const complaints = await measure.overflow(page, '320 px', { ...sheets, 'text spacing and 200 % text': measure.spacing + large });
    await page.setViewportSize({ width: 640, height: 450 });
    complaints.push(...await measure.overflow(page, '200 % zoom'));
    await page.setViewportSize(desk);
    complaints.push(...await measure.overflow(page, '1280 px', sheets));
    await page.setViewportSize(phone);
    return complaints;
  },
}));

test('checks 12, 13: one tab after the other, 320 px', (t) => everyState(t, { viewport: { width: 320, height: 480 } }, {
  'in order, visible, covered by nothing': (page) => measure.keyboard(page),
}, { states: shown.faces }));

test('check 1: axe, 320 px', (t) => everyState(t, { viewport: { width: 320, height: 900 } }, { axe: (page) => measure.axe(page) }, { states: shown.pages }));

test('every state, as the system asks', (t) => everyState(t, { forcedColors: 'active', reducedMotion: 'reduce' }, {
  'check 18: forced colours leave every button an edge': (page) => page.evaluate(() =>
    [...document.querySelectorAll('button, a.button')].filter((e) => e.checkVisibility()).flatMap((e) => {
      const style = getComputedStyle(e);
      return style.borderTopStyle !== 'none' && parseFloat(style.borderTopWidth) >= 1 ? [] : [`"${e.textContent.trim()}" has no edge`];
    })),
  'check 19: nothing moves': async (page) => {
    await page.locator('a, button').last().hover();
    const moving = await page.evaluate(() => document.getAnimations().length);
    return moving ? [`${moving} animations`] : [];
  },
}, { states: shown.faces }));

test('check 20: right to left', (t) => everyState(t, {}, { 'directions, and nothing too wide': async (page) => {
  const complaints = await page.evaluate(() => {
    const found = document.documentElement.dir === 'rtl' ? [] : [`dir is ${document.documentElement.dir}`];
    for (const e of document.querySelectorAll('main *')) {
      const text = [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).join('');
      if (/^\s*[^\s@]+@[^\s@]+\.[a-z]+\s*$/.test(text) && getComputedStyle(e).direction !== 'ltr') found.push(`an address runs from right to left: ${text.trim()}`);
    }
    for (const e of document.querySelectorAll('input:not([type=hidden]):not([type=radio]):not([type=checkbox])')) {
      if (getComputedStyle(e).direction !== 'ltr') found.push(`#${e.id} runs from right to left`);
    }
    return found;
  });
  await page.setViewportSize(phone);
  return [...complaints, ...await measure.overflow(page, 'ar-XB at 320 px')];
} }, { query: '?ui_locales=ar-XB', states: shown.faces }));

test('check 20: no text is hard-coded', (t) => everyState(t, {}, { 'every text comes from the catalogue, and longer ones fit': async (page) => {
  const complaints = await page.evaluate(() => {
    const copy = document.body.cloneNode(true);
    copy.querySelectorAll('bdi, script, option, textarea').forEach((e) => e.remove());
    const visible = [copy.textContent, ...[...document.querySelectorAll('[aria-label], [title], [alt]')]
      .flatMap((e) => ['aria-label', 'title', 'alt'].map((a) => e.getAttribute(a) ?? ''))].join('\n');
    let depth = 0;
    let outside = '';
    for (const c of visible) {
      if (c === '⟦') depth++;
      else if (c === '⟧') depth--;
      else if (depth === 0) outside += c;
    }
    return /\p{L}/u.test(outside) ? [`not from the catalogue: ${outside.replace(/\s+/g, ' ').trim().slice(0, 100)}`] : [];
  });
  await page.setViewportSize(phone);
  return [...complaints, ...await measure.overflow(page, 'en-XA at 320 px')];
} }, { query: '?ui_locales=en-XA' }));

test('check 29: the button stays above the keyboard of a phone', async () => {
  const context = await profile({ viewport: { width: 390, height: 508 }, isMobile: true, hasTouch: true });
  const page = await context.newPage();
  for (const [state, id] of [['signin-identifier', 'email'], ['signin-password', 'current-password'], ['signin-email', 'work-email']]) {
    await page.goto(`${shown.sites[0].url}/${state}`);
    await page.locator(`#${id}`).tap();
    const box = await page.locator('main form').last().locator('button').last().boundingBox();
    assert.ok(box.y >= 0 && box.y + box.height <= 508, `${state}: the button is at ${box.y} to ${box.y + box.height}`);
  }
  await context.close();
});

test('no page weighs more than 15 KB', () => {
  assert.equal(shown.weights.length, shown.states.length);
  for (const { state, bytes } of shown.weights) assert.ok(bytes > 1000 && bytes <= weight, `${state}: ${bytes} bytes`);
});
