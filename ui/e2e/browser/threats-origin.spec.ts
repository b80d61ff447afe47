/** A page of another origin that the owner added: it has scope `view`, and only while it is on the list. */
import { expect, type Page } from '@playwright/test';
import type { Agent } from '../agent.mjs';
import type { Owner } from '../owner.mjs';
import { read, write } from './attacks';
import { test, unchanging } from './elsewhere';

const DASHBOARD = 'dashboard.test';

/** Messages of the native stream to the page of another origin: its scope and a key frame of processes. */
function looked(origin: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/api/v1/stream`, 'sightline.v1');
    const received: string[] = [];
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      received.push(data);
      if (received.length === 1) socket.send(JSON.stringify({ type: 'subscribe', channels: ['processes', 'top', 'overview'] }));
      if (['processes', 'top', 'overview'].every((channel) => received.some((line) => line.includes(`"channel":"${channel}"`)))) socket.close();
    };
    socket.onclose = () => resolve(received.join('\n'));
  });
}

async function reading(page: Page, agent: Agent): Promise<{ snapshot: string; processes: string; stream: string; openMetrics: string }> {
  const { url } = agent;
  const text = (path: string) => page.evaluate(async (address) => (await fetch(address)).text(), url + path);
  return { snapshot: await text('/api/v1/snapshot'), processes: await text('/api/v1/processes?limit=1000'), openMetrics: await text('/metrics'), stream: await page.evaluate(looked, url) };
}

const target = (agent: Agent) => ({ origin: agent.url, routes: ['/api/v1/snapshot', '/api/v1/processes'], sockets: ['/api/v1/stream', '/ws/metrics', '/ws'] });
const allow = (owner: Owner, origins: string[]) => owner.ask('sharing.set', { origins });

test('an added origin views, without users and command lines, until it is removed from the list', async ({ page, agent, owner, site }) => {
  const dashboard = `http://${DASHBOARD}:${site.port}`;
  await page.goto(dashboard);
  expect(await page.evaluate(read, target(agent))).toEqual([]);

  await allow(owner, [dashboard]);
  const seen = await reading(page, agent);
  expect(JSON.parse(seen.snapshot)).toHaveProperty('facts');
  expect(seen.stream).toContain('"scope":"view"');
  const { processes } = JSON.parse(seen.processes) as { processes: { pid: number; name: string }[] };
  expect(processes.find(({ pid }) => pid === agent.pid)?.name).toBe('sightline-agent');
  // The agent's own command line names its folder, which is in no other place.
  const own = (await (await fetch(`${agent.url}/api/v1/processes?limit=1000`)).text()) as string;
  expect(own).toContain(agent.dataDir);
  for (const [where, text] of Object.entries(seen)) {
    expect(text.includes(agent.dataDir), where).toBe(false);
    expect(text, where).not.toMatch(/"(user|command|cwd)":\s*"/);
  }
  expect(/"columns":\[([^\]]*)\]/.exec(seen.stream)?.[1]).not.toMatch(/user|command/);

  // It has scope `view`, and may change nothing.
  const before = await unchanging(owner);
  await page.evaluate(write, { origin: agent.url, writes: [{ method: 'POST', path: '/api/v1/pair', body: '{"with":"digits","digits":"000000","name":""}' }] });
  expect(await unchanging(owner)).toEqual(before);
  // Nor may another port, scheme or name beside it.
  for (const other of [`http://sub.${DASHBOARD}:${site.port}`, `http://evil.test:${site.port}`, `http://127.0.0.1:${site.port}`]) {
    await page.goto(other);
    expect(await page.evaluate(read, target(agent)), other).toEqual([]);
  }

  await page.goto(dashboard);
  await allow(owner, []);
  expect(await page.evaluate(read, target(agent))).toEqual([]);
});

test('a session of an added origin ends when it is removed from the list', async ({ page, agent, owner, site }) => {
  const dashboard = `http://${DASHBOARD}:${site.port}`;
  await allow(owner, [dashboard]);
  await page.goto(dashboard);
  const ended = page.evaluate(
    (address) =>
      new Promise<number>((resolve) => {
        const socket = new WebSocket(address, 'sightline.v1');
        socket.onmessage = () => {
          document.title = 'looking';
        };
        socket.onclose = ({ code }) => resolve(code);
        // Still open.
        setTimeout(() => resolve(0), 5_000);
      }),
    `${agent.url.replace('http', 'ws')}/api/v1/stream`,
  );
  await expect(page).toHaveTitle('looking');
  await allow(owner, []);
  // Opened again: which it tries, and is refused.
  expect(await ended).toBe(1012);
});
