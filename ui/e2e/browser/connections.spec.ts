/** Connections: the channel for the machine's owner, and HTTP for a page on the machine itself. */
import type { Page } from '@playwright/test';
import WebSocket from 'ws';
import type { Agent } from '../agent.mjs';
import { expect, test } from './agent';
import { asOwner } from './owner';

const rows = (page: Page) => page.getByRole('table', { name: 'Connections' }).locator('tbody tr');

/** A viewer like any other. */
async function viewer(agent: Agent, channels: string[]): Promise<WebSocket> {
  const socket = new WebSocket(`${agent.url.replace('http', 'ws')}/api/v1/stream`, 'sightline.v1');
  await new Promise((resolve) => socket.once('message', resolve));
  socket.send(JSON.stringify({ type: 'subscribe', channels }));
  return socket;
}

test('the owner sees viewers connect and disconnect, with their channels and traffic', async ({ page, agent }) => {
  await asOwner(page, agent);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const other = await viewer(agent, ['processes']);
  try {
    await page.goto(`${agent.url}/#/connections`);
    await expect(rows(page)).toHaveCount(2);
    await expect(rows(page).filter({ hasText: 'you' })).toContainText('alerts, overview, sessions');
    await expect(rows(page).filter({ hasText: 'you' })).toContainText('Control');
    const theirs = rows(page).filter({ hasNotText: 'you' });
    await expect(theirs).toContainText('Native stream');
    await expect(theirs).toContainText('processes');
    await expect(theirs.locator('td.rate')).toHaveText(/[1-9]/);

    const third = await viewer(agent, []);
    await expect(rows(page)).toHaveCount(3);
    await expect(rows(page).last()).toContainText('nothing');
    third.close();
    await expect(rows(page)).toHaveCount(2);

    const head = page.getByRole('columnheader', { name: 'Sent' });
    await head.getByRole('button').click();
    await expect(head).toHaveAttribute('aria-sort', 'descending');
    expect(asked.filter((url) => url.includes('/ws/stats'))).toEqual([]);
  } finally {
    other.close();
  }
});

test('a page on the machine itself polls over HTTP', async ({ page, agent }) => {
  await page.goto(`${agent.url}/#/overview`);
  await page.getByRole('link', { name: 'Connections' }).click();
  await expect(rows(page).filter({ hasText: 'you' })).toContainText('on this machine');
  await expect(page.getByText('Nobody else is connected.')).toBeVisible();
  const other = await viewer(agent, ['top']);
  await expect(rows(page)).toHaveCount(2);
  other.close();
  await page.setViewportSize({ width: 390, height: 844 });
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  await expect(rows(page).first()).toBeVisible();
});

test('a page without the scope shows what would be needed', async ({ page, agent }) => {
  await page.route('**/api/v1/ws/stats', (route) => route.fulfill({ json: { enabled: true, totalConnections: 3, activeConnections: 2, messagesSent: 1, bytesSent: 1, clients: [] } }));
  await page.goto(`${agent.url}/#/connections`);
  await expect(page.getByRole('heading', { name: /^Only .+'s owner can see who is connected$/ })).toBeVisible();
  await expect(page.getByText(/Open the Sightline window on/)).toBeVisible();
});
