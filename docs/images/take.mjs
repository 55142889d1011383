// Takes the pictures of the documents from a fresh demo, light and dark. The npm packages are those of e2e/browser:
//
//	node docs/images/take.mjs
import { fileURLToPath } from 'node:url';
import { quit } from '../../e2e/browser/chromium.mjs';
import { toInbox } from '../../e2e/browser/pages.mjs';
import { world } from '../../e2e/browser/world.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));

for (const colorScheme of ['light', 'dark']) {
  const w = await world();
  const shoot = (page, name) => page.screenshot({ path: `${folder}${name}-${colorScheme}.png`, animations: 'disabled' });
  const context = await w.profile({ colorScheme, viewport: { width: 800, height: 880 } });
  const page = await context.newPage();
  const mail = await toInbox(w, page, w.who('dana', 'pim'));
  await page.evaluate(() => document.activeElement?.blur());
  await shoot(page, 'check-your-inbox');
  const opened = await context.newPage();
  await opened.goto(mail.confirmURL);
  await opened.getByRole('main').getByRole('button', { name: 'Continue', exact: true }).click();
  await opened.waitForURL(/\/linked/);
  await shoot(opened, 'linked');
  await w.stop();
}
await quit();
