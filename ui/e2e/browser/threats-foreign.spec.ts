/** Pages of other sites in a browser that has access: they read nothing, change nothing, and show nothing of the machine.
 *  Its cookie goes along only to a page of the same host name on another port, and is of no use there. */
import { expect, type Page } from '@playwright/test';
import type { Owner } from '../owner.mjs';
import { frame, read, write, type Target, type Write } from './attacks';
import { paired, test, unchanging, type Site } from './elsewhere';

/** A host name of the machine; with one, programs of this computer need a token, too. */
const NAMED = 'ours.test';
/** Files of the page, beside the described routes. */
const FILES = ['/', '/console', '/theme.js', '/docs.css', '/icon.svg'];
const WRITES: Write[] = [
  { method: 'POST', path: '/api/ws/broadcast/alert', body: '{"severity":"critical","title":"From elsewhere","message":"Not meant","source":""}' },
  { method: 'POST', path: '/api/v1/pair', body: '{"with":"digits","digits":"000000","name":""}' },
  { method: 'DELETE', path: '/api/v1/session', body: '{"a":""}' },
];

interface Description {
  paths: Record<string, Record<string, unknown>>;
  'x-websockets': { path: string }[];
}

/** Every address that answers GET and every socket, as the machine describes them to its owner. */
async function described(page: Page, origin: string): Promise<Target> {
  const { document, uuid } = await page.evaluate(async () => {
    const of = async <T>(path: string): Promise<T> => (await fetch(path)).json();
    const { devices } = await of<{ devices: { uuid: string }[] }>('/api/v1/devices');
    return { document: await of<Description>('/api/openapi.json'), uuid: devices[0]?.uuid ?? '' };
  });
  const filled = (path: string) => path.replace('{uuid}', uuid).replace('{metric}', 'cpu').replace(/history$/, 'history?series=cpu.busy');
  const routes = Object.entries(document.paths).flatMap(([path, methods]) => ('get' in methods ? [filled(path)] : []));
  return { origin, routes: [...routes, ...FILES], sockets: document['x-websockets'].map(({ path }) => filled(path)) };
}

/** Alerts of the machine, which all viewers receive. */
const alerts = (owner: Owner): Promise<unknown> => owner.ask('alerts.list', {});

/** Pages, and where the machine is for them. */
const PAGES: { from: string; to: string; about: string }[] = [
  { from: 'evil.test', to: '127.0.0.1', about: 'another site, this computer' },
  { from: '127.0.0.1', to: '127.0.0.1', about: 'another port of this computer' },
  { from: '127.0.0.1/sandboxed', to: '127.0.0.1', about: 'a page without an origin' },
  { from: 'evil.test', to: NAMED, about: 'another site, a machine with a name' },
  { from: NAMED, to: NAMED, about: 'another port of a machine with a name' },
  { from: `evil.${NAMED}`, to: NAMED, about: 'a name below that of the machine' },
];

const addressOf = (site: Site, from: string) => `http://${from.replace(/(?=\/|$)/, `:${site.port}`)}`;

for (const { from, to, about } of PAGES) {
  test(`a foreign page reads and changes nothing: ${about}`, async ({ context, page, agent, owner, site }) => {
    const origin = `http://${to}:${agent.port}`;
    if (to === NAMED) await owner.ask('sharing.set', { hostNames: [NAMED] });
    await paired(page, origin, owner);
    const cookies = await context.cookies(origin);
    expect(cookies.map(({ httpOnly, sameSite }) => [httpOnly, sameSite])).toEqual([[true, 'Strict']]);
    const target = await described(page, origin);
    expect([target.routes.length > 15, target.sockets.length > 5]).toEqual([true, true]);
    await owner.ask('pairing.invite', { scope: 'view' });
    const before = [await unchanging(owner), await alerts(owner)];

    await page.goto(addressOf(site, from));
    expect(await page.evaluate(read, target)).toEqual([]);
    await page.evaluate(frame, { ...target, routes: ['/', '/console', '/api/docs', '/api/v1/processes', '/icon.svg'] });
    expect(page.frames().length).toBeGreaterThan(5);
    expect(page.frames().map((it) => it.url()).filter((url) => url.startsWith(origin))).toEqual([]);
    await page.evaluate(write, { origin, writes: WRITES });

    // The machine has handled all requests once it answers the last one.
    await page.goto(`${origin}/health`);
    expect([await unchanging(owner), await alerts(owner)]).toEqual(before);
    // The cookie is still good, so it was not what failed.
    expect(await page.evaluate(async () => (await fetch('/api/v1/processes')).status)).toBe(200);
  });
}

test('the attacks work against a server without protection', async ({ page, site }) => {
  const origin = `http://careless.test:${site.port}`;
  await page.goto(`http://evil.test:${site.port}/`);
  const target = { origin, routes: ['/a.js', '/a.css', '/a.svg', '/a'], sockets: ['/ws'] };
  const got = new Set((await page.evaluate(read, target)).map((line) => line.replace(/ \S+$/, '')));
  expect([...got].sort()).toEqual(['EventSource', 'WebSocket', 'fetch', 'fetch with a token', 'fetch with cookies', 'img', 'import', 'script', 'style sheet']);
  await page.evaluate(frame, target);
  await expect.poll(() => page.frames().filter((it) => it.url().startsWith(origin)).length).toBeGreaterThanOrEqual(8);
  await page.evaluate(write, { origin, writes: WRITES });
  await expect.poll(() => site.written.filter((line) => line === 'POST /api/v1/pair').length).toBe(12);
  expect(site.written).toContain('DELETE /api/v1/session');
});
