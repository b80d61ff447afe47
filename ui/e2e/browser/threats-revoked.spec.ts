/** A browser whose access is taken back: told at once wherever it looks, shut out of everything, and quiet. */
import { expect, type Page } from '@playwright/test';
import type { Sharing } from '../../src/wire/wire';
import { pill } from './agent';
import { paired, test } from './elsewhere';

const NAMED = 'ours.test';
/** A page that tried again by itself would have done so within its first two waits. */
const QUIET_MS = 3_000;
/** It is told. Whoever had to notice by silence would need 20 s. */
const AT_ONCE_MS = 5_000;

/** What the page asks for from now on: requests and sockets. */
function listening(page: Page): string[] {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('websocket', (socket) => asked.push(socket.url()));
  return asked;
}

/** When the page says that the access was taken back; this computer's clock, Unix milliseconds. */
const told = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const look = (): void => {
          if (!/was revoked at \d\d:\d\d\. Its owner can pair it again\./.test(document.body.innerText)) return;
          observer.disconnect();
          resolve(Date.now());
        };
        const observer = new MutationObserver(look);
        observer.observe(document.body, { childList: true, subtree: true, characterData: true });
        look();
      }),
  );

test('a revoked browser hears of it at once in every tab, and does not come back by itself', async ({ context, page, agent, owner }) => {
  const origin = `http://${NAMED}:${agent.port}`;
  await owner.ask('sharing.set', { hostNames: [NAMED] });
  await paired(page, origin, owner);
  const other = await context.newPage();
  for (const [tab, route] of [[page, 'overview'], [other, 'processes']] as const) {
    await tab.goto(`${origin}/#/${route}`);
    await expect(pill(tab)).toHaveText(/Live/);
  }
  const [cookie] = await context.cookies(origin);
  const copied = async () => (await fetch(`${agent.url}/api/v1/snapshot`, { headers: { cookie: `${cookie?.name}=${cookie?.value}` } })).status;
  expect(await copied()).toBe(200);
  const asked = [listening(page), listening(other)];
  const { viewers } = await owner.ask<Sharing>('sharing.read');
  const heard = Promise.all([told(page), told(other)]);
  const revokedAt = Date.now();
  await owner.ask('viewers.revoke', { id: viewers[0]?.id });
  expect(Math.max(...(await heard)) - revokedAt).toBeLessThan(AT_ONCE_MS);
  await expect.poll(() => Date.now() - revokedAt, { timeout: 2 * QUIET_MS }).toBeGreaterThan(QUIET_MS);
  // The page for those outside is loaded once; nothing else is asked.
  for (const urls of asked) expect(urls.filter((url) => !url.includes('/assets/'))).toEqual([]);

  // What it had is of no use, to it and to whoever copied it.
  const tried = await page.evaluate(async () => {
    const statuses = [];
    for (const path of ['/api/v1/snapshot', '/api/v1/processes', '/metrics', '/api/v1/metrics', '/api/openapi.json']) statuses.push((await fetch(path)).status);
    return statuses;
  });
  expect(tried).toEqual([401, 401, 401, 401, 401]);
  expect(await copied()).toBe(401);
});

test('a code that another one replaced has ended, and says so', async ({ page, agent, owner }) => {
  await owner.ask('sharing.set', { hostNames: [NAMED] });
  const first = await owner.ask<Sharing>('pairing.invite', { scope: 'view' });
  await owner.ask('pairing.invite', { scope: 'view' });
  await page.goto(`http://${NAMED}:${agent.port}/`);
  await page.getByLabel('Code, six digits').fill(first.invitation?.digits ?? '');
  await page.getByRole('button', { name: 'Pair', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('has ended');
  expect((await owner.ask<Sharing>('sharing.read')).requests).toEqual([]);
});
