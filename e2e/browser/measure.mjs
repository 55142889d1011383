// What a person's eyes, fingers and keyboard meet, measured in the page. Every function returns a list of complaints.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const axeTags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe-core finds; `without` names rules that do not apply. */
export async function axe(page, without = [], tags = axeTags) {
  if (!(await page.evaluate('typeof window.axe === "object"'))) await page.evaluate(axeSource);
  const found = await page.evaluate(([tags, rules]) => window.axe.run(document, { runOnly: { type: 'tag', values: tags }, rules, resultTypes: ['violations'] }),
    [tags, Object.fromEntries(without.map((rule) => [rule, { enabled: false }]))]);
  return found.violations.flatMap((v) => v.nodes.map((n) => `axe ${v.id}: ${v.help}: ${n.target.join(' ')}`));
}

/** axe's rules about colours alone, for a page that the others were held against in another scheme. */
export function colours(page) {
  return axe(page, [], ['cat.color']);
}

/** Whether the element gets the focus: browsers give it with a frame, which may come after the load. */
export async function getsFocus(element) {
  for (let i = 0; i < 200; i++) {
    if (await element.evaluate((e) => e === document.activeElement)) return true;
    await pause(50);
  }
  return false;
}

/** Title, heading, summary and fields that belong together. */
export async function structure(page, account) {
  const summary = page.locator('main [role=alert]');
  if (await summary.count()) await getsFocus(summary.first());
  return page.evaluate((account) => {
    const complaints = [];
    const want = (ok, text) => ok || complaints.push(text);
    const words = (e) => e.textContent.trim().replace(/\s+/g, ' ');
    const h1 = [...document.querySelectorAll('h1')];
    want(h1.length === 1, `${h1.length} h1`);
    const summary = document.querySelector('main [role=alert]');
    want(document.title === `${summary ? 'Error: ' : ''}${words(h1[0])} – ${account}`, `title is "${document.title}"`);
    want(document.documentElement.lang && document.documentElement.dir, 'no lang or dir');
    want(document.querySelector('body > a.skip[href="#main"], body > a[href="#main"]'), 'no skip link');
    want(document.querySelector('main#main'), 'no main');
    want(!document.querySelector('[tabindex]:not([tabindex="-1"]):not([tabindex="0"])'), 'a positive tabindex');
    want(!document.querySelector('[required], [placeholder], button[disabled], [style], [onclick]'), 'required, placeholder, disabled, style or onclick');
    const forms = [...document.querySelectorAll('form')];
    want(forms.every((f) => f.method === 'get' || f.noValidate), 'a form that the browser validates');
    const focus = [...document.querySelectorAll('[autofocus]')];
    want(focus.every((e) => e === summary || e.tagName === 'H1'), 'autofocus on something other than the summary or the heading');
    for (const e of document.querySelectorAll('input:not([type=hidden]):not([type=radio]):not([type=checkbox]), textarea, select')) {
      want(document.querySelector(`label[for="${e.id}"]`), `#${e.id} has no label`);
      for (const id of (e.getAttribute('aria-describedby') || '').split(' ').filter(Boolean)) want(document.getElementById(id), `#${e.id} is described by nothing called ${id}`);
    }
    if (summary) {
      want(document.querySelector('main').firstElementChild === summary, 'the summary is not first in main');
      want(document.activeElement === summary, `the focus is on ${document.activeElement.tagName}, not on the summary`);
      const links = [...summary.querySelectorAll('a')];
      want(links.length > 0, 'the summary leads nowhere');
      for (const a of links) {
        const target = document.getElementById(a.hash.slice(1));
        want(target, `the summary leads to ${a.hash}, which is not there`);
        const said = document.getElementById(`${a.hash.slice(1)}-error`);
        want(said && words(said) === words(a), `summary says "${words(a)}", the field "${said ? words(said) : 'nothing'}"`);
        if (target && /^(INPUT|TEXTAREA)$/.test(target.tagName) && !/^(radio|checkbox)$/.test(target.type)) want(target.getAttribute('aria-invalid') === 'true', `${a.hash} is not aria-invalid`);
      }
    } else {
      want(!document.querySelector('[aria-invalid]'), 'aria-invalid without a summary');
    }
    return complaints;
  }, account);
}

/** Nothing is wider than the window, and no text is cut off: as the page is, or under each of these style sheets in turn, which
 * are laid over it past its content security policy and taken off again. */
export async function overflow(page, what, sheets = { '': '' }) {
  return page.evaluate(([what, sheets]) => {
    const complaints = [];
    for (const [name, css] of Object.entries(sheets)) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      document.adoptedStyleSheets = css ? [sheet] : [];
      const where = `${name}${name && ' at '}${what}`;
      const width = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth > width) {
        const out = [...document.body.querySelectorAll('*')].find((e) => e.getBoundingClientRect().right > width + 1 && !e.closest('.skip'));
        complaints.push(`${where}: ${document.documentElement.scrollWidth} px wide in ${width}: ${out?.tagName} ${out?.textContent.trim().slice(0, 40)}`);
      }
      for (const e of document.body.querySelectorAll('*')) {
        const style = getComputedStyle(e);
        if (!e.textContent.trim() || style.overflow === 'visible' || /^(INPUT|TEXTAREA|SELECT|OPTION)$/.test(e.tagName)) continue;
        if (style.position === 'absolute' && style.clipPath !== 'none') continue; // for screen readers alone
        if (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1) complaints.push(`${where}: cut off: ${e.textContent.trim().slice(0, 40)}`);
      }
    }
    document.adoptedStyleSheets = [];
    return complaints;
  }, [what, sheets]);
}

/** The text spacing of WCAG 1.4.12. */
export const spacing = '* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-block-end: 2em !important }';

/** 24 × 24 px for whatever can be pressed, 44 px high for buttons and fields. */
export async function targets(page) {
  return page.evaluate(() => {
    const complaints = [];
    for (const e of document.querySelectorAll('a[href], button, input:not([type=hidden]), textarea, select, summary')) {
      if (!e.checkVisibility() || e.closest('.skip')) continue;
      let { width, height } = e.getBoundingClientRect();
      if (e.type === 'radio' || e.type === 'checkbox') {
        const label = document.querySelector(`label[for="${e.id}"]`).getBoundingClientRect();
        height = Math.max(height, label.height);
      }
      const text = (e.textContent.trim() || e.id).slice(0, 40);
      if (width < 24 || height < 24) complaints.push(`${e.tagName} "${text}" is ${Math.round(width)} × ${Math.round(height)} px`);
      if (/^(BUTTON|INPUT|TEXTAREA|SELECT)$/.test(e.tagName) && !e.matches('.small, [type=radio], [type=checkbox]') && height < 43.5) complaints.push(`${e.tagName} "${text}" is ${Math.round(height)} px high`);
    }
    return complaints;
  });
}

/** Contrast of every text, and of the edges of what can be pressed or filled, from the computed colours.
 * `edges: false` looks at the text alone. */
export async function contrast(page, what, { edges = true } = {}) {
  return page.evaluate(([what, edges]) => {
    const complaints = [];
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const known = new Map();
    const rgba = (colour) => {
      if (!known.has(colour)) {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
        known.set(colour, [r, g, b, a / 255]);
      }
      return known.get(colour);
    };
    const over = (top, under) => top.slice(0, 3).map((c, i) => c * top[3] + under[i] * (1 - top[3])).concat(1);
    const behind = (e) => {
      if (!e) return rgba('Canvas');
      const own = rgba(getComputedStyle(e).backgroundColor);
      return own[3] === 1 ? own : over(own, behind(e.parentElement));
    };
    const light = (c) => {
      const [r, g, b] = c.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ratio = (a, b) => {
      const [x, y] = [light(a), light(b)].sort((m, n) => n - m);
      return (x + 0.05) / (y + 0.05);
    };
    const check = (e, a, b, least, part) => {
      const r = ratio(a, b);
      if (r < least - 0.005) complaints.push(`${what}: ${part} of ${e.tagName} "${(e.textContent || e.id).trim().slice(0, 40)}" is ${r.toFixed(2)}, not ${least}`);
    };
    for (const e of document.body.querySelectorAll('*')) {
      if (!e.checkVisibility() || e.closest('.skip, [hidden], script, option')) continue;
      const style = getComputedStyle(e);
      const ownText = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
      if (ownText || e.matches('input:not([type=radio]):not([type=checkbox]), textarea, select')) {
        const size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        check(e, over(rgba(style.color), behind(e)), behind(e), large ? 3 : 4.5, 'text');
      }
      if (edges && e.matches('input:not([type=hidden]):not([type=radio]):not([type=checkbox]), textarea, select, button, a.button')) {
        const around = behind(e.parentElement);
        const line = parseFloat(style.borderTopWidth) > 0 && style.borderTopStyle !== 'none' ? over(rgba(style.borderTopColor), around) : around;
        const best = Math.max(ratio(line, around), ratio(behind(e), around));
        if (best < 2.995 && !e.matches('.show')) complaints.push(`${what}: the edge of ${e.tagName} "${(e.textContent || e.id).trim().slice(0, 40)}" is ${best.toFixed(2)}, not 3`);
      }
    }
    return complaints;
  }, [what, edges]);
}

/** Tabs once around the page: order, ring, and that nothing lies over what has the focus. */
export async function keyboard(page) {
  const complaints = [];
  const order = await page.evaluate(() => {
    const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), textarea, select, summary')].filter((e) => e.checkVisibility());
    const named = new Set();
    const stops = all.filter((e) => {
      if (e.type !== 'radio') return true;
      const first = !named.has(e.name);
      named.add(e.name);
      return first;
    });
    stops.forEach((e, i) => { e.dataset.stop = i; });
    document.activeElement?.blur?.();
    getSelection().removeAllRanges();
    window.scrollTo(0, 0);
    return stops.map((e) => (e.textContent.trim() || e.id).slice(0, 30));
  });
  // From the top, not from the summary that has the focus on load.
  await page.evaluate(() => { const top = document.createElement('span'); top.tabIndex = -1; top.id = 'top'; document.body.prepend(top); top.focus(); top.blur(); });
  await page.evaluate(() => { document.getElementById('top').focus(); });
  for (let i = 0; i < order.length; i++) {
    await page.keyboard.press('Tab');
    const seen = await page.evaluate(() => {
      const e = document.activeElement;
      const style = getComputedStyle(e);
      const box = [...e.getClientRects()][0] ?? e.getBoundingClientRect();
      // Of something tall, a tabbed-to text box say, the browser shows the part with the cursor.
      const [upper, lower] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
      const top = document.elementFromPoint(box.left + box.width / 2, (upper + lower) / 2);
      return {
        stop: e.dataset.stop,
        name: (e.textContent.trim() || e.id).slice(0, 30),
        ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        inside: lower - upper >= Math.min(box.height, 44) - 1 && box.left >= -1 && box.right <= innerWidth + 1,
        covered: !(top === e || e.contains(top) || top?.contains(e)),
      };
    });
    if (seen.stop !== String(i)) complaints.push(`tab ${i + 1} is on "${seen.name}", not on "${order[i]}"`);
    if (!seen.ring) complaints.push(`"${seen.name}" has the focus and does not show it`);
    if (!seen.inside) complaints.push(`"${seen.name}" has the focus outside of the window`);
    if (seen.covered) complaints.push(`"${seen.name}" has the focus under something else`);
    if (complaints.length > 3) break;
  }
  return complaints;
}

/** The fields of a page as a password manager sees them. */
export async function fields(page) {
  return page.evaluate(() => [...document.querySelectorAll('main input:not([type=hidden]), main textarea')]
    .map((e) => [e.id, e.name, e.type, e.getAttribute('autocomplete') ?? ''].join(' ').trim()));
}
