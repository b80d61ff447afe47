/** Fixture of the threat tests: web pages of another origin, in a browser that has access.
 *
 *  Every name under `.test` leads to this computer, as a name of an attacker's would after DNS rebinding. A page on a
 *  host name over plain http is the hard case: its requests carry no `Sec-Fetch-*`, as on a network. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { WebSocketServer } from 'ws';
import type { PairAnswer, PairRequest, Sharing } from '../../src/wire/wire';
import { ownerOf, type Owner } from '../owner.mjs';
import { test as base } from './agent';

/** A site that is not the machine's. */
export interface Site {
  port: number;
  /** Requests that would have changed something: `POST /path`. */
  written: string[];
}

interface Fixtures {
  owner: Owner;
  /** Another site; its page under `/sandboxed` has the origin `null`. It allows everyone to read and write: what an attack
   *  is able to do is seen on it. */
  site: Site;
}

export const test = base.extend<Fixtures, object>({
  launchOptions: [
    async ({ launchOptions }, use) => {
      await use({ ...launchOptions, args: [...(launchOptions.args ?? []), '--host-resolver-rules=MAP *.test 127.0.0.1'] });
    },
    { scope: 'worker' },
  ],
  // A page that is refused logs errors, which is expected.
  // eslint-disable-next-line no-empty-pattern
  complaints: async ({}, use) => {
    await use([]);
  },
  owner: async ({ agent }, use) => {
    const owner = await ownerOf(agent);
    await use(owner);
    owner.close();
  },
  // eslint-disable-next-line no-empty-pattern
  site: async ({}, use) => {
    const written: string[] = [];
    const server = createServer((request, response) => {
      const { method = '', url = '', headers } = request;
      request.resume();
      if (method !== 'GET' && method !== 'OPTIONS') written.push(`${method} ${url}`);
      response.setHeader('access-control-allow-origin', headers.origin ?? '*');
      response.setHeader('access-control-allow-credentials', 'true');
      response.setHeader('access-control-allow-methods', 'GET, POST, DELETE');
      response.setHeader('access-control-allow-headers', 'authorization, content-type');
      if (url === '/sandboxed') response.setHeader('content-security-policy', 'sandbox allow-scripts allow-forms');
      const [kind, body] = ANSWERS.find(([end]) => url.replace(/\?.*/, '').endsWith(end))?.slice(1) ?? ['text/html', '<!doctype html><title>Elsewhere</title><p>Elsewhere'];
      response.setHeader('content-type', headers.accept === 'text/event-stream' ? headers.accept : (kind ?? ''));
      response.end(headers.accept === 'text/event-stream' ? 'data: 1\n\n' : body);
    });
    const sockets = new WebSocketServer({ server });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await use({ port: (server.address() as AddressInfo).port, written });
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  },
});

const ANSWERS: readonly (readonly [end: string, kind: string, body: string])[] = [
  ['.js', 'text/javascript', 'void 0;'],
  ['.css', 'text/css', 'p { color: red; }'],
  ['.svg', 'image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'],
];

/** Pairs the browser of `page` with the machine at `origin`, by digits and the owner's approval. The page stays there. */
export async function paired(page: Page, origin: string, owner: Owner): Promise<void> {
  await page.goto(`${origin}/health`);
  const ask = (request: PairRequest) =>
    page.evaluate(async (body) => {
      const response = await fetch('/api/v1/pair', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      return (await response.json()) as PairAnswer;
    }, JSON.stringify(request));
  const { invitation } = await owner.ask<Sharing>('pairing.invite', { scope: 'processes' });
  const waiting = await ask({ with: 'digits', digits: invitation?.digits ?? '', name: 'A browser' });
  if (waiting.state !== 'waiting') throw new Error(`not asked: ${JSON.stringify(waiting)}`);
  const { requests } = await owner.ask<Sharing>('sharing.read');
  await owner.ask('pairing.answer', { id: requests[0]?.id, allow: true });
  const answer = await ask({ with: 'request', request: waiting.request });
  if (answer.state !== 'paired') throw new Error(`not paired: ${JSON.stringify(answer)}`);
}

/** The part of the sharing state that another origin must not change, without what viewers change. */
export async function unchanging(owner: Owner): Promise<unknown> {
  const { invitation, viewers, recent, viewing: _viewing, ...rest } = await owner.ask<Sharing>('sharing.read');
  return {
    ...rest,
    digits: invitation?.digits,
    viewers: viewers.map(({ id, name, kind, scope }) => ({ id, name, kind, scope })),
    recent: recent.filter(({ what }) => what !== 'came').map(({ what, count }) => `${what} ${count}`),
  };
}
