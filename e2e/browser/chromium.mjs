// One Chromium for a test file. It is Debian's, started without anything that would look for a network.
import { chromium } from 'playwright-core';

const flags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

let launched;
let executable = process.env.CHROMIUM || '/usr/bin/chromium';

/** For a test file that measures pages and drives no journeys: Chromium without its own windows, where there is one, does half
 * the work for the same page. */
export function withoutWindows() {
  executable = process.env.CHROMIUM_SHELL || executable;
}

/** The browser; launched by the first who asks. */
export function browser() {
  launched ??= chromium.launch({ executablePath: executable, args: flags }).catch((err) => {
    throw new Error(`Chromium does not start (apt-get install chromium, or set CHROMIUM): ${err.message}`);
  });
  return launched;
}

/** Ends the browser: in `after` of every test file. */
export async function quit() {
  const running = launched;
  launched = undefined;
  if (running) await (await running).close();
}

/** A browser profile of its own: cookies, cache and clipboard are nobody else's. */
export async function profile(options = {}) {
  const context = await (await browser()).newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB', ...options });
  context.setDefaultTimeout(20_000);
  context.setDefaultNavigationTimeout(30_000);
  return context;
}

/** Runs the jobs, at most `lanes` at a time, and waits for all; the first failure is thrown at the end. */
export async function inLanes(lanes, jobs) {
  const failures = [];
  const queue = [...jobs];
  const lane = async () => {
    for (let job = queue.shift(); job; job = queue.shift()) await job().catch((err) => failures.push(err));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failures.length) throw failures[0];
}
