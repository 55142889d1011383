// Starts the gallery: every state of every page, without a server behind them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..');

/** @returns {Promise<{sites: {primary: string, url: string}[], states: string[], stop: () => Promise<void>}>} */
export async function gallery(primaries = []) {
  const args = primaries.length ? ['-primary', primaries.join(',')] : [];
  const built = process.env.LIGATURE_GALLERY;
  const child = built
    ? spawn(built, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    : spawn('go', ['run', './e2e/gallery', ...args], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended.then(([status]) => { throw new Error(`the gallery ended with ${status} before it was ready`); }),
  ]);
  const sites = JSON.parse(line);
  const states = await (await fetch(`${sites[0].url}/`)).json();
  const weights = await weigh(sites[0].url, states);
  const faces = process.env.LIGATURE_LONG ? states : firsts(weights);
  const seen = new Set();
  const pages = faces.filter((s) => !seen.has(s.split('.')[0]) && seen.add(s.split('.')[0]));
  return { sites, states, faces, pages, weights, stop: async () => { child.stdin.end(); await ended; } };
}

/** What each state is made of and weighs, without a browser: its bytes with the style sheets and scripts that it names. */
async function weigh(url, states) {
  const sizes = new Map();
  const found = [];
  for (const state of states) {
    const html = await (await fetch(`${url}/${state}`)).text();
    let bytes = Buffer.byteLength(html);
    for (const [tag] of html.matchAll(/<(?:link[^>]*rel="?stylesheet|script)[^>]*>/g)) {
      const at = tag.match(/(?:href|src)="?([^"\s>]+)/)?.[1];
      if (!at) continue;
      if (!sizes.has(at)) sizes.set(at, (await (await fetch(new URL(at, url))).arrayBuffer()).byteLength);
      bytes += sizes.get(at);
    }
    const kinds = [...html.matchAll(/<([a-z0-9]+)([^>]*)>/g)].map(([, tag, rest]) => tag + (rest.match(/class="?([^">]*)/)?.[0] ?? ''));
    found.push({ state, bytes, kinds: [...new Set(kinds)].sort().join() });
  }
  return found;
}

/** The first state of each that is made of other elements or classes than all before: those that style sheets tell apart. */
function firsts(weights) {
  const seen = new Set();
  return weights.filter(({ kinds }) => !seen.has(kinds) && seen.add(kinds)).map(({ state }) => state);
}
