/** The protocol console: the messages on each path of the server are shown as they are, counted, and explained. */
import { readFile } from 'node:fs/promises';
import type { Locator, Page, WebSocketRoute } from '@playwright/test';
import { type Agent } from '../agent.mjs';
import { expect, test } from './agent';

const list = (page: Page): Locator => page.getByRole('grid', { name: 'Messages' });
const rows = (page: Page, text: string | RegExp): Locator => list(page).getByRole('row').filter({ hasText: text });
const figure = (page: Page, name: string): Locator => page.getByLabel('Figures of this connection').locator('div').filter({ hasText: name }).locator('dd').first();
const pill = (page: Page): Locator => page.locator('header .pill');
const editor = (page: Page): Locator => page.getByRole('textbox', { name: 'Message' });
const send = (page: Page): Promise<void> => page.getByRole('region', { name: 'Send' }).getByRole('button', { name: 'Send' }).click();
const count = async (of: Locator): Promise<number> => Number((await of.textContent())?.replace(/\D/g, ''));

async function connect(page: Page, agent: Agent, target = 'native', state: RegExp = /Connected/): Promise<void> {
  await page.goto(`${agent.url}/console`);
  await expect(page.locator('header .machine')).not.toHaveText('');
  await page.getByLabel('Protocol', { exact: true }).selectOption(target);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(pill(page)).toHaveText(state);
}

/** The server's end of the stream, which the test plays once the page connects. */
async function serverEnd(page: Page): Promise<{ taken: Promise<WebSocketRoute> }> {
  let take: (route: WebSocketRoute) => void;
  const taken = new Promise<WebSocketRoute>((resolve) => (take = resolve));
  await page.routeWebSocket(/\/api\/v1\/stream$/, (route) => take(route));
  return { taken };
}

test('frames are counted while a channel is subscribed, and cease when it is not', async ({ page, agent }) => {
  await connect(page, agent);
  await expect(rows(page, 'connected').first()).toBeVisible();
  await expect(editor(page)).toHaveValue(/"channels": \["overview"\]/);
  await send(page);
  await expect.poll(() => rows(page, /frame\s*overview/).count()).toBeGreaterThan(2);
  await expect(figure(page, 'Skipped')).toHaveText('0');
  await expect(figure(page, 'Messages in')).toHaveText(/[1-9]/);

  await page.getByRole('button', { name: 'Unsubscribe' }).click();
  await expect(editor(page)).toHaveValue(/"unsubscribe"/);
  await send(page);
  // With the pong, all messages before it have arrived.
  await page.getByRole('button', { name: 'Ping', exact: true }).first().click();
  await expect(rows(page, 'pong')).toHaveCount(1);
  await expect(figure(page, 'Round trip')).toHaveText(/\d\s*ms/);
  const before = await rows(page, /frame\s*overview/).count();
  await page.getByRole('button', { name: 'Request' }).click();
  await send(page);
  await expect(rows(page, 'response')).toHaveCount(1);
  expect(await rows(page, /frame\s*overview/).count()).toBe(before);
});

test('a message is shown in full, copied out as JSON Lines, and found by a filter', async ({ page, agent }) => {
  await connect(page, agent);
  await rows(page, 'connected').nth(1).click();
  const detail = page.getByRole('article', { name: 'Selected message' });
  await expect(detail.locator('.key').filter({ hasText: '"machine"' })).toBeVisible();
  await expect(detail.locator('.string').filter({ hasText: 'processes' }).first()).toBeVisible();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export' }).click();
  const lines = (await readFile((await (await saved).path()) ?? '', 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line) as { direction: string; message: unknown });
  expect(lines).toContainEqual(expect.objectContaining({ direction: 'in', message: expect.objectContaining({ type: 'connected', protocol: 1 }) as unknown }));
  await page.keyboard.press('/');
  await page.keyboard.type('no such text');
  await expect(list(page)).toContainText('No message matches.');
  await page.keyboard.press('Escape');
  await expect(rows(page, 'connected').first()).toBeVisible();
});

test('the selected row stays visible, though its message takes room and others arrive', async ({ page, agent }) => {
  const { taken } = await serverEnd(page);
  await connect(page, agent);
  const route = await taken;
  for (let id = 1; id <= 60; id += 1) route.send(JSON.stringify({ type: 'pong', id }));
  const last = rows(page, 'pong').filter({ hasText: '#60' });
  await last.click();
  await expect(page.getByRole('article', { name: 'Selected message' })).toBeVisible();
  await expect(last).toBeInViewport({ ratio: 0.9 });
  for (let id = 61; id <= 120; id += 1) route.send(JSON.stringify({ type: 'pong', id }));
  await expect.poll(() => count(figure(page, 'Received'))).toBe(120);
  await expect(last).toBeInViewport({ ratio: 0.9 });
  await page.getByRole('button', { name: 'Newest' }).click();
  await expect(rows(page, 'pong').filter({ hasText: '#120' })).toBeInViewport({ ratio: 0.9 });
});

test('MessagePack is decoded, by a decoder that is loaded only then', async ({ page, agent }) => {
  const loaded: string[] = [];
  page.on('request', (request) => loaded.push(request.url()));
  await connect(page, agent);
  const before = loaded.length;
  await page.getByRole('group', { name: 'Encoding' }).getByRole('button', { name: 'MessagePack' }).click();
  await send(page);
  const frame = rows(page, /frame\s*overview/).first();
  await expect(frame).toContainText('bin');
  await expect(frame).toContainText('"seq":');
  expect(loaded.slice(before).filter((url) => url.endsWith('.js')).length).toBe(1);
  await frame.click();
  await expect(page.getByRole('article', { name: 'Selected message' })).toContainText('received as MessagePack');
});

test('the reason why a connection ended is shown', async ({ page, agent }) => {
  await connect(page, agent);
  await agent.stop();
  await expect(pill(page)).toHaveText(/Closed/);
  await expect(page.locator('.ended')).toContainText('1001 going away');
  await expect(rows(page, /goodbye\s*shutdown/)).toHaveCount(1);
});

test('for a path without a WebSocket its HTTP answer is shown', async ({ page, agent, complaints }) => {
  await page.goto(`${agent.url}/console`);
  await page.getByLabel('Protocol', { exact: true }).selectOption('free');
  await page.getByLabel('Path').fill('no/such/path');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(page.locator('.ended')).toContainText('To plain HTTP it answers 404');
  // The browser logs the failed request on the console.
  for (let at = complaints.length - 1; at >= 0; at -= 1) if (/Failed to load resource/.test(complaints[at] ?? '')) complaints.splice(at, 1);
});

for (const [target, first] of [
  ['applications', 'metrics'],
  ['devices', 'connected'],
] as const) {
  test(`the family ${target} is connected to, subscribed to and pinged in its own protocol`, async ({ page, agent }) => {
    await connect(page, agent, target);
    await expect(rows(page, first).first()).toBeVisible();
    if (target === 'devices') {
      await send(page);
      await expect(rows(page, 'system-info').last()).toBeVisible();
    }
    await page.getByRole('button', { name: 'Ping', exact: true }).first().click();
    await expect(rows(page, 'pong')).toHaveCount(1);
    await expect(figure(page, 'Round trip')).toHaveText(/\d\s*ms/);
  });
}

test('10 000 messages are drawn once a frame at most, in a short list, and counted right', async ({ page, agent }) => {
  // Made in the page: sending so many through Playwright would measure Playwright. They come in many short tasks, as those
  // of a WebSocket do.
  await page.addInitScript(() => {
    class Flood {
      static readonly OPEN = 1;
      readyState = 1;
      protocol = 'sightline.v1';
      onopen: (() => void) | null = null;
      onmessage: ((event: { data: string }) => void) | null = null;
      constructor() {
        setTimeout(() => this.onopen?.());
      }
      send(wanted: string): void {
        let left = Number(wanted);
        const values = JSON.stringify(Array.from({ length: 200 }, (_, index) => index / 7));
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
          for (let at = 0; at < 5 && left > 0; at += 1, left -= 1) this.onmessage?.({ data: `{"type":"frame","channel":"overview","seq":${left},"data":{"values":${values}}}` });
          if (left > 0) port2.postMessage(null);
        };
        port2.postMessage(null);
      }
      close(): void {}
    }
    Object.assign(window, { WebSocket: Flood });
  });
  await connect(page, agent);
  await list(page).evaluate((grid) => {
    const work = { frames: 0, draws: 0 };
    Object.assign(window, { work });
    const frame = () => {
      work.frames += 1;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    new MutationObserver(() => (work.draws += 1)).observe(grid, { subtree: true, childList: true, characterData: true });
  });
  await editor(page).fill('10000');
  await send(page);
  await expect.poll(() => count(figure(page, 'Received')), { timeout: 40_000 }).toBe(10_000);
  expect(await list(page).getByRole('row').count()).toBeLessThan(120);
  await expect(list(page)).toHaveAttribute('aria-rowcount', '1000');
  // Counted, not timed: a busy machine has fewer frames, and draws less. New messages are one drawing a frame; scrolling
  // to the newest may be a second.
  const { frames, draws } = await page.evaluate(() => (window as unknown as { work: { frames: number; draws: number } }).work);
  expect(draws).toBeGreaterThan(0);
  expect(draws).toBeLessThanOrEqual(2 * (frames + 1));
  await page.getByRole('button', { name: 'Pause' }).click();
  await editor(page).fill('1');
  await send(page);
  await expect(page.getByRole('button', { name: /Paused, 2 new/ })).toBeVisible();
  await expect.poll(() => count(figure(page, 'Received'))).toBe(10_001);
});

test('text that is meant to do harm is text', async ({ page, agent }) => {
  const { taken } = await serverEnd(page);
  const harm = '<img src=x onerror=alert(1)><script>alert(2)</script>';
  await connect(page, agent);
  const route = await taken;
  route.send(JSON.stringify({ type: harm, channel: `\u202e${harm}`, data: { [harm]: harm } }));
  await rows(page, harm).first().click();
  await expect(page.getByRole('article', { name: 'Selected message' })).toContainText(`"${harm}": "${harm}"`);
  await expect(rows(page, harm).first()).toContainText('\\u202e');
  await expect(page.locator('img')).toHaveCount(0);
  route.send('{"broken');
  await expect(rows(page, '{"broken')).toHaveCount(1);
});

test('it works by keyboard, and fits a phone', async ({ page, agent }) => {
  await connect(page, agent);
  // The list is drawn a frame after a message arrives; in an empty one the keys select nothing.
  await expect(rows(page, /connected/)).toHaveCount(1);
  await list(page).focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('article', { name: 'Selected message' })).toContainText('connected');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('article', { name: 'Selected message' })).toHaveCount(0);
  await editor(page).press('Control+Enter');
  await expect(rows(page, /subscribe\s*overview/)).toHaveCount(1);
  for (const width of [1024, 390]) {
    await page.setViewportSize({ width, height: 700 });
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  }
  await page.getByRole('group', { name: 'Shown' }).getByRole('button', { name: 'Send' }).click();
  await expect(editor(page)).toBeVisible();
});
