/** Alerts of the machine, in a visible and in a hidden page. */
import type { Locator, Page } from '@playwright/test';
import type { Agent } from '../agent.mjs';
import { expect, open, test } from './agent';

const said = (page: Page): Locator => page.getByRole('status');
const marks = (page: Page): Locator => page.getByRole('contentinfo', { name: 'Time' }).locator('.alert');
const here = (page: Page): Locator => page.getByRole('list', { name: 'Alerts here' }).getByRole('listitem');

async function broadcast(page: Page, agent: Agent, severity: string, title: string): Promise<void> {
  const answer = await page.request.post(`${agent.url}/api/ws/broadcast/alert`, { data: { severity, title, message: 'Free 4 GB or move it.' } });
  expect(answer.status()).toBe(200);
}

/** As when another tab lies over this one. */
async function hide(page: Page): Promise<void> {
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
    document.dispatchEvent(new Event('visibilitychange'));
  });
}

test('an alert is announced and shown beside the lanes and in the time bar, also in a page that is opened later', async ({ page, agent }) => {
  await open(page, agent);
  await expect(here(page)).toHaveText('None in these 15 min.');
  await broadcast(page, agent, 'warning', '/home is 91 % full');
  await expect(said(page)).toHaveText('Warning: /home is 91 % full. Free 4 GB or move it.');
  await expect(here(page)).toHaveText(/\/home is 91 % full.*\d\d:\d\d:\d\d.*Free 4 GB/);
  await broadcast(page, agent, 'critical', '<b>/home</b> is full');
  await expect(here(page).first()).toContainText('<b>/home</b> is full');
  await broadcast(page, agent, 'info', 'Backup done');
  await expect(here(page)).toHaveCount(3);
  await expect(marks(page)).toHaveCount(2);
  await page.reload();
  await expect(here(page)).toHaveCount(3);
  await page.getByRole('link', { name: 'Processes' }).first().click();
  await expect(page.getByRole('grid')).toBeVisible();
  await expect(marks(page)).toHaveCount(2);
});

test('a hidden page receives alerts and nothing else', async ({ page, agent }) => {
  await open(page, agent);
  await hide(page);
  const channels = async () => {
    const stats = (await (await page.request.get(`${agent.url}/api/v1/ws/stats`)).json()) as { clients: { subscribedChannels: string[] }[] };
    return stats.clients.map(({ subscribedChannels }) => subscribedChannels);
  };
  await expect.poll(channels).toEqual([['alerts']]);
  await broadcast(page, agent, 'critical', '/home is full');
  await expect(said(page)).toHaveText(/^Critical: \/home is full/);
});
