/** A browser whose access is revoked: it is told at once in every view, has no access to anything, and sends no requests. */
import { expect, type Page } from '@playwright/test';
import type { Sharing } from '../../src/wire/wire';
import { pill } from './agent';
import { paired, test } from './elsewhere';

const NAMED = 'ours.test';
/** A page that reconnected automatically would have done so within its first two waits. */
const QUIET_MS = 3_000;
/** The machine sends a close reason. Detection by silence would take 20 s. */
const AT_ONCE_MS = 5_000;

/** Requests and sockets of the page from now on. */
function listening(page: Page): string[] {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('websocket', (socket) => asked.push(socket.url()));
  return asked;
}

/** When the page shows that the access was revoked; this computer's clock, Unix milliseconds. */
const revocationShown = (page: Page): Promise<number> =>
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

test('a revoked browser is told at once in every tab, and does not reconnect', async ({ context, page, agent, owner }) => {
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
  const shownAt = Promise.all([revocationShown(page), revocationShown(other)]);
  const revokedAt = Date.now();
  await owner.ask('viewers.revoke', { id: viewers[0]?.id });
  expect(Math.max(...(await shownAt)) - revokedAt).toBeLessThan(AT_ONCE_MS);
  await expect.poll(() => Date.now() - revokedAt, { timeout: 2 * QUIET_MS }).toBeGreaterThan(QUIET_MS);
  // The pairing page is loaded once; nothing else is requested.
  for (const urls of asked) expect(urls.filter((url) => !url.includes('/assets/'))).toEqual([]);

  // The cookie is invalid, in this browser and copied.
  const tried = await page.evaluate(async () => {
    const statuses = [];
    for (const path of ['/api/v1/snapshot', '/api/v1/processes', '/metrics', '/api/v1/metrics', '/api/openapi.json']) statuses.push((await fetch(path)).status);
    return statuses;
  });
  expect(tried).toEqual([401, 401, 401, 401, 401]);
  expect(await copied()).toBe(401);
});

test('a code that another one replaced has expired, and the page shows so', async ({ page, agent, owner }) => {
  await owner.ask('sharing.set', { hostNames: [NAMED] });
  const first = await owner.ask<Sharing>('pairing.invite', { scope: 'view' });
  await owner.ask('pairing.invite', { scope: 'view' });
  await page.goto(`http://${NAMED}:${agent.port}/`);
  await page.getByLabel('Code, six digits').fill(first.invitation?.digits ?? '');
  await page.getByRole('button', { name: 'Pair', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('has ended');
  expect((await owner.ask<Sharing>('sharing.read')).requests).toEqual([]);
});
