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
  return { sites, states, stop: async () => { child.stdin.end(); await ended; } };
}
