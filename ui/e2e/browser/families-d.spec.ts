/** A container dashboard as its author would write one: a page that uses the WebSocket, and polls where there is none. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base, type Page } from '@playwright/test';
import { type Agent, startAgent } from '../agent.mjs';
import { ownAgent } from './agent';

interface Fixtures {
  agent: Agent;
  /** Errors of the dashboard's script, which fail the test. */
  mistakes: string[];
}

const test = base.extend<Fixtures>({
  agent: ownAgent(),
  mistakes: [
    async ({ page }, use) => {
      const mistakes: string[] = [];
      page.on('pageerror', (error) => mistakes.push(error.message));
      await use(mistakes);
      expect(mistakes).toEqual([]);
    },
    { auto: true },
  ],
  // Its page does not come with our policy.
  bypassCSP: true,
});

/** No code of ours: the browser's own WebSocket and fetch. Every message is kept, so that a test can check it. */
const DASHBOARD = `<!doctype html>
<title>Containers</title>
<p id="mode">connecting</p>
<dl>
  <dt>CPU</dt><dd id="cpu">-</dd>
  <dt>Sessions</dt><dd id="sessions">-</dd>
  <dt>Containers</dt><dd id="containers">-</dd>
  <dt>Alert</dt><dd id="alert">-</dd>
</dl>
<script>
  const show = (id, text) => (document.getElementById(id).textContent = text);
  const all = [];
  let socket, failures = 0;

  function onMessage({ data }) {
    const message = JSON.parse(data);
    all.push(message);
    if (message.type === 'connected') show('mode', 'live');
    if (message.type === 'metrics_update') show('cpu', message.data.resources.cpu_percent.toFixed(1) + ' %');
    if (message.type === 'realtime_update') {
      const { metrics, containers, sessions } = message.data;
      if (metrics) show('cpu', metrics.resources.cpu_percent.toFixed(1) + ' %');
      if (sessions) show('sessions', sessions.active_count);
      show('containers', containers ? containers.aggregated.container_count : 'none told');
    }
    if (message.type === 'session_event') show('sessions', message.data.active_count);
    if (message.type === 'system_alert') show('alert', message.data.title);
  }

  function messages() {
    return all;
  }

  function say(text) {
    socket.send(text);
  }

  function connect() {
    socket = new WebSocket('ws://' + location.host + '/ws' + location.search);
    socket.onopen = () => (failures = 0);
    socket.onmessage = onMessage;
    socket.onclose = () => {
      failures += 1;
      if (failures < 3) setTimeout(connect, 100);
      else poll();
    };
  }

  async function poll() {
    show('mode', 'polling');
    const current = await (await fetch('/api/metrics/current')).json();
    show('cpu', current.cpu_percent.toFixed(1) + ' %');
    all.push({ type: 'polled', timestamp: current.timestamp });
    const stats = await fetch('/api/containers/stats');
    const answer = await stats.json();
    show('containers', stats.ok ? answer.aggregated.container_count : stats.status + ': ' + answer.error.message);
    setTimeout(poll, 500);
  }
  connect();
</script>`;

interface Received {
  type: string;
  event?: string;
  timestamp: string;
  data?: Record<string, unknown>;
}

/** Opens the dashboard as a page of the agent's own origin: scripts of others are refused. */
async function open(page: Page, agent: Agent, query = ''): Promise<void> {
  await page.goto(`${agent.url}/health${query}`);
  await page.setContent(DASHBOARD);
}

const received = (page: Page, type: string): Promise<Received[]> =>
  page.evaluate((type) => (globalThis as unknown as { messages(): Received[] }).messages().filter((it) => it.type === type), type);

const say = (page: Page, message: unknown): Promise<void> =>
  page.evaluate((text) => (globalThis as unknown as { say(text: string): void }).say(text), typeof message === 'string' ? message : JSON.stringify(message));

const field = (page: Page, id: string) => page.locator(`#${id}`);

test('a dashboard uses the WebSocket, and values that cannot be read are left out', async ({ page, agent }) => {
  await open(page, agent);
  await expect(field(page, 'mode')).toHaveText('live');
  await expect(field(page, 'cpu')).toHaveText(/^\d+\.\d %$/);
  await expect(field(page, 'sessions')).toHaveText('1');
  await expect(field(page, 'containers')).toHaveText('none told');
  const [update] = await received(page, 'realtime_update');
  expect(Object.keys(update?.data ?? {})).toEqual(['metrics', 'sessions']);

  await page.request.post(`${agent.url}/api/ws/broadcast/alert`, { data: { severity: 'warning', title: 'Backup late', message: 'since yesterday' } });
  await expect(field(page, 'alert')).toHaveText('Backup late');
});

test('viewers that connect and disconnect are reported to the others', async ({ page, agent, context }) => {
  await open(page, agent);
  await expect(field(page, 'mode')).toHaveText('live');
  const other = await context.newPage();
  await open(other, agent);
  await expect(field(other, 'mode')).toHaveText('live');
  await expect.poll(async () => (await received(page, 'session_event')).map((it) => it.event)).toEqual(['created']);
  await other.close();
  await expect.poll(async () => (await received(page, 'session_event')).map((it) => it.event)).toEqual(['created', 'destroyed']);
  await expect(field(page, 'sessions')).toHaveText('1');
});

test('invalid messages get an error, and parts can be selected', async ({ page, agent }) => {
  await open(page, agent);
  await expect(field(page, 'mode')).toHaveText('live');
  await say(page, 'garbage');
  await say(page, { type: 'subscribe', channels: ['weather'] });
  await expect.poll(async () => (await received(page, 'error')).length).toBe(2);
  await say(page, { type: 'subscribe', channels: ['sessions'] });
  await expect
    .poll(async () => (await received(page, 'realtime_update')).map((it) => Object.keys(it.data ?? {}).join()))
    .toContain('sessions');
});

test('the older format is one message with the metrics', async ({ page, agent }) => {
  await open(page, agent, '?format=legacy');
  await expect(field(page, 'cpu')).toHaveText(/^\d+\.\d %$/);
  expect(await received(page, 'realtime_update')).toEqual([]);
});

test('where the socket is switched off a dashboard polls', async ({ page }) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sightline-test-'));
  await writeFile(join(dataDir, 'settings.json'), JSON.stringify({ version: 1, compat: { websocketEnabled: false } }));
  const agent = await startAgent({ dataDir });
  try {
    await open(page, agent);
    await expect(field(page, 'mode')).toHaveText('polling');
    await expect(field(page, 'cpu')).toHaveText(/^\d+\.\d %$/);
    await expect(field(page, 'containers')).toHaveText(/^503: .*containers/);
    // It continues with each sample.
    await expect.poll(async () => new Set((await received(page, 'polled')).map((it) => it.timestamp)).size).toBeGreaterThan(1);
    await page.close();
  } finally {
    await agent.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
});
