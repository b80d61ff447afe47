/**
 * Application managers and device dashboards as pages: scripts that know nothing of us, written as their authors
 * write them: a WebSocket, JSON.parse, and a new connection when the old one closes.
 */
import { expect, test as base, type Page } from '@playwright/test';
import { type Agent, startAgent } from '../agent.mjs';
import { ownAgent } from './agent';

const ENV = { WS_METRICS_INTERVAL: '500' };

interface Fixtures {
  agent: Agent;
  /** Errors of their scripts, which fail the test. */
  mistakes: string[];
}

const test = base.extend<Fixtures>({
  agent: ownAgent({ env: ENV }),
  mistakes: [
    async ({ page }, use) => {
      const mistakes: string[] = [];
      page.on('pageerror', (error) => mistakes.push(error.message));
      await use(mistakes);
      expect(mistakes).toEqual([]);
    },
    { auto: true },
  ],
  // Their pages do not come with our policy.
  bypassCSP: true,
});

const MANAGER = `<!doctype html>
<title>Applications</title>
<p id="state">connecting</p>
<p><b id="host"></b>: CPU <b id="cpu"></b> %, memory <b id="memory"></b> of <b id="total"></b> MB, up <b id="uptime"></b> s</p>
<ol id="processes"></ol>
<ul id="links"></ul>
<p>updates: <b id="updates">0</b>, connections: <b id="connections">0</b></p>
<p id="error"></p><p id="pong"></p>
<script>
  const show = (id, text) => (document.getElementById(id).textContent = text);
  const count = (id) => show(id, Number(document.getElementById(id).textContent) + 1);
  let socket;
  function connect() {
    socket = new WebSocket('ws://' + location.host + '/ws/metrics');
    socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      switch (message.type) {
        case 'connected':
          count('connections');
          show('state', 'connected as ' + message.data.clientId + ' since ' + new Date(message.timestamp).getFullYear());
          break;
        case 'metrics': {
          const m = message.data;
          count('updates');
          show('host', m.hostname);
          show('cpu', m.cpu_usage.toFixed(1));
          show('memory', m.memory_usage.toFixed(0));
          show('total', m.memory_total.toFixed(0));
          show('uptime', m.uptime);
          document.getElementById('processes').replaceChildren(...m.top_processes.map((p) => {
            const item = document.createElement('li');
            item.textContent = p.pid + ' ' + p.name + ' ' + p.cpu.toFixed(1) + ' % ' + p.mem.toFixed(1) + ' % ' + (p.command || '');
            return item;
          }));
          document.getElementById('links').replaceChildren(...m.network_interfaces.map((n) => {
            const item = document.createElement('li');
            item.textContent = n.name + ' ' + n.operstate + ' ' + (n.rx_sec / 1024).toFixed(1) + ' KB/s of ' + n.rx_bytes;
            return item;
          }));
          break;
        }
        case 'pong': show('pong', 'pong at ' + message.timestamp); break;
        case 'error': show('error', message.message); break;
      }
    };
    socket.onclose = (event) => {
      show('state', 'closed ' + event.code);
      setTimeout(connect, 500);
    };
  }
  connect();
</script>`;

const DASHBOARD = `<!doctype html>
<title>Device</title>
<p id="state">connecting</p>
<p id="system"></p><p id="points"></p><p id="top"></p><p id="links"></p><p id="cpu"></p><p id="pong"></p>
<script>
  const show = (id, text) => (document.getElementById(id).textContent = text);
  const device = new URLSearchParams(location.search).get('device');
  const socket = new WebSocket('ws://' + location.host + '/api/v1/devices/' + device + '/ws');
  const send = (message) => socket.send(JSON.stringify(message));
  const handlers = {
    'connected': (data) => {
      show('state', 'connected to ' + data.deviceUuid);
      send({ type: 'subscribe', channels: ['system-info', 'processes', 'history', 'network-interfaces', 'metrics'] });
    },
    'system-info': (data) => show('system', data.hostname + ': ' + data.os + ' on ' + data.architecture),
    'processes': (data) => show('top', data.top_processes.map((p) => p.name).join(', ')),
    'history': (data) => show('points', data.memory.map((p) => p.time + ' ' + (p.used / (p.used + p.available)).toFixed(2)).join(', ')),
    'network-interfaces': (data) => show('links', data.interfaces.map((i) => i.name).join(', ')),
    'metrics': (data) => show('cpu', data.cpu_usage.toFixed(1) + ' % of ' + data.cpu_cores),
    'pong': (data) => show('pong', 'pong at ' + data.timestamp),
  };
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
    handlers[message.type](message.data);
  };
  socket.onerror = () => show('state', 'error');
</script>`;

/**
 * Opens a page of somebody else at the agent's own origin, as other origins have no access. It takes the place of a
 * real answer: Chromium lets no page that a test makes up itself connect to this computer.
 */
async function visit(page: Page, agent: Agent, html: string, query = ''): Promise<void> {
  await page.goto(`${agent.url}/health${query}`);
  await page.setContent(html);
}

const text = (page: Page, id: string) => page.locator(`#${id}`);

async function uuid(agent: Agent): Promise<string> {
  const answer = (await (await fetch(`${agent.url}/api/v1/devices`)).json()) as { devices: { uuid: string }[] };
  return answer.devices[0]?.uuid ?? '';
}

test('an application manager shows the machine, and connects again when the agent comes back', async ({ page, agent }) => {
  await visit(page, agent, MANAGER);
  await expect(text(page, 'state')).toHaveText(/^connected as \S+ since 20\d\d$/);
  await expect(text(page, 'host')).not.toBeEmpty();
  await expect(text(page, 'cpu')).toHaveText(/^\d+\.\d$/);
  await expect(text(page, 'total')).toHaveText(/^[1-9]\d+$/);
  await expect(page.locator('#processes li')).not.toHaveCount(0);
  await expect.poll(async () => Number(await text(page, 'updates').textContent())).toBeGreaterThan(2);

  const { port } = agent;
  await agent.stop();
  await expect(text(page, 'state')).toHaveText(/^closed 100[16]$/);
  const again = await startAgent({ port, env: ENV });
  await expect(text(page, 'connections')).toHaveText('2');
  const before = Number(await text(page, 'updates').textContent());
  await expect.poll(async () => Number(await text(page, 'updates').textContent())).toBeGreaterThan(before + 1);
  await again.stop();
});

test('an application manager gets an error for an invalid message, and stays connected', async ({ page, agent }) => {
  await visit(page, agent, MANAGER);
  await expect(text(page, 'state')).toHaveText(/^connected/);
  const wrong = ['not JSON', '{"type":"subscribe","channel":"kitchen"}', '{"type":"reboot"}'];
  for (const message of wrong) {
    await page.evaluate(`show('error', ''); socket.send(${JSON.stringify(message)})`);
    await expect(text(page, 'error')).not.toBeEmpty();
  }
  await page.evaluate(`show('error', ''); socket.send(new Uint8Array([0, 159, 146, 150]))`);
  await expect(text(page, 'error')).toHaveText(/binary/);
  await page.evaluate(`socket.send(JSON.stringify({ type: 'ping' }))`);
  await expect(text(page, 'pong')).toHaveText(/^pong at 20\d\d-.*Z$/);
  await expect(text(page, 'connections')).toHaveText('1');
});

test('a device dashboard shows every channel, and invalid messages are ignored', async ({ page, agent }) => {
  const device = await uuid(agent);
  await visit(page, agent, DASHBOARD, `?device=${device}`);
  await expect(text(page, 'state')).toHaveText(`connected to ${device}`);
  for (const part of ['system', 'top', 'links']) await expect(text(page, part)).not.toBeEmpty();
  await expect(text(page, 'points')).toHaveText(/\d\d:\d\d [AP]M 0\.\d\d/);
  await expect(text(page, 'cpu')).toHaveText(/^\d+\.\d % of \d+$/);
  await page.evaluate(`socket.send('not JSON'); socket.send(new Uint8Array([1, 2, 3])); send({ type: 'subscribe', channels: ['kitchen'] }); send({ type: 'ping' })`);
  await expect(text(page, 'pong')).toHaveText(/^pong at 20\d\d-.*Z$/);
});

test('a dashboard of another device gets an error, not a socket', async ({ page, agent }) => {
  await visit(page, agent, DASHBOARD, '?device=00000000-0000-4000-8000-000000000000');
  await expect(text(page, 'state')).toHaveText('error');
});

test('where sockets are switched off a page polls instead', async ({ page }) => {
  const agent = await startAgent({ env: { WS_ENABLED: 'false' } });
  await visit(page, agent, MANAGER);
  await expect(text(page, 'state')).toHaveText('closed 1006');
  const polled = await page.evaluate(`fetch('/api/v1/metrics').then((answer) => answer.json())`);
  expect(polled).toHaveProperty('cpu_usage');
  await agent.stop();
});
