/** Pairing of a browser: by digits or by a link, with every refusal, revocation, and removal of its own access.
 *  With a further host name the agent asks programs of this computer for a token, too: so all of it happens on loopback. */
import { networkInterfaces } from 'node:os';
import type { Page } from '@playwright/test';
import type { Sharing } from '../../src/wire/wire';
import type { Agent } from '../agent.mjs';
import { lack } from '../lack.mjs';
import { ownerOf, type Owner } from '../owner.mjs';
import { expect, pill, test as base } from './agent';

const test = base.extend<{ owner: Owner }>({
  owner: async ({ agent }, use) => {
    const owner = await ownerOf(agent);
    await owner.ask('sharing.set', { hostNames: ['sightline.test'] });
    await use(owner);
    owner.close();
  },
});

const invited = async (owner: Owner, scope = 'view') => {
  const { invitation } = await owner.ask<Sharing>('pairing.invite', { scope });
  if (!invitation) throw new Error('no code is shown');
  return invitation;
};
const code = (page: Page) => page.getByLabel('Code, six digits');
const heading = (page: Page, text: string | RegExp) => page.getByRole('heading', { level: 1, name: text });

async function type(page: Page, digits: string): Promise<void> {
  await code(page).fill(`${digits.slice(0, 3)} ${digits.slice(3)}`);
  await page.getByRole('button', { name: 'Pair', exact: true }).click();
}

/** Approves or refuses the one device that waits. */
async function answer(owner: Owner, allow: boolean): Promise<void> {
  await expect.poll(async () => (await owner.ask<Sharing>('sharing.read')).requests.length).toBe(1);
  const { requests } = await owner.ask<Sharing>('sharing.read');
  await owner.ask('pairing.answer', { id: requests[0]?.id, allow });
}

async function pair(page: Page, agent: Agent, owner: Owner, scope = 'view'): Promise<void> {
  const { digits } = await invited(owner, scope);
  await page.goto(agent.url);
  await type(page, digits);
  await expect(heading(page, /^Waiting for approval/)).toBeVisible();
  await answer(owner, true);
  await expect(pill(page)).toHaveText(/Live/);
}

/** Another number of six digits. */
const wrong = (digits: string) => (digits === '000000' ? '000001' : '000000');

/** A recognisable code, which no address, console or message of the page may contain. */
async function linked(owner: Owner, agent: Agent): Promise<{ url: string; secret: string } | null> {
  const [outside] = Object.entries(networkInterfaces()).flatMap(([name, all]) => (all?.some((address) => !address.internal && address.family === 'IPv4') ? [name] : []));
  if (outside === undefined) return null;
  await owner.ask('sharing.set', { reach: 'lan', interfaces: [outside] });
  await invited(owner);
  const read = async () => (await owner.ask<Sharing>('sharing.read')).invitation?.link ?? null;
  await expect.poll(read).not.toBeNull();
  const secret = /#p=(.+)$/.exec((await read()) ?? '')?.[1] ?? '';
  return { url: `${agent.url}/#p=${secret}`, secret };
}

test('six digits and an approval there show the live machine, and it stays so', async ({ page, agent, owner }) => {
  await pair(page, agent, owner);
  await page.reload();
  await expect(pill(page)).toHaveText(/Live/);
  const { viewers } = await owner.ask<Sharing>('sharing.read');
  expect(viewers.map(({ name, scope }) => [name, scope])).toEqual([['Chrome on Linux', 'view']]);
});

test('a refusal there is shown', async ({ page, agent, owner }) => {
  const { digits } = await invited(owner);
  await page.goto(agent.url);
  await type(page, digits);
  await answer(owner, false);
  await expect(page.getByRole('alert')).toContainText('said no');
});

test('after a wrong code the tries left are shown, then the waiting time', async ({ page, agent, owner }) => {
  const { digits } = await invited(owner);
  await page.goto(agent.url);
  for (const left of [4, 3, 2, 1]) {
    await type(page, wrong(digits));
    await expect(page.getByText(left === 1 ? '1 try left' : `${left} tries left`, { exact: true })).toBeVisible();
    await expect(code(page)).toHaveValue('');
  }
  await type(page, wrong(digits));
  await expect(page.getByRole('alert')).toContainText(/wait|Too many/);
});

test('for a code that is not shown, and for a used one, the page shows what to do', async ({ page, agent, owner, context }) => {
  await owner.ask('pairing.cancel');
  await page.goto(agent.url);
  await type(page, '417902');
  await expect(page.getByRole('alert')).toContainText('shows no code now');
  const { digits } = await invited(owner);
  await type(page, digits);
  await expect(heading(page, /^Waiting/)).toBeVisible();
  const other = await context.newPage();
  await other.goto(agent.url);
  await type(other, digits);
  await expect(other.getByRole('alert')).toContainText('used already');
});

test('a link is enough: the code is removed from the address, sent once, and pairs', async ({ page, agent, owner }) => {
  const link = await linked(owner, agent);
  if (link === null) return test.skip(true, lack('a network beside loopback'));
  const sent: string[] = [];
  page.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`));
  const logged: string[] = [];
  page.on('console', (message) => logged.push(message.text()));
  await page.goto(link.url);
  await expect(pill(page)).toHaveText(/Live/);
  expect(page.url()).not.toContain(link.secret);
  expect(sent.filter((line) => line.includes(link.secret)).map((line) => new URL(line.split(' ')[0] ?? '').pathname)).toEqual(['/api/v1/pair']);
  expect(logged.filter((line) => line.includes(link.secret))).toEqual([]);
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toContain(link.secret);
});

test('a browser that is paired already leaves the code of a link unused', async ({ page, agent, owner }) => {
  await pair(page, agent, owner);
  const link = await linked(owner, agent);
  if (link === null) return test.skip(true, lack('a network beside loopback'));
  await page.goto('about:blank');
  await page.goto(link.url);
  await expect(pill(page)).toHaveText(/Live/);
  expect(page.url()).not.toContain(link.secret);
  const after = await owner.ask<Sharing>('sharing.read');
  expect([after.invitation !== null, after.viewers.length]).toEqual([true, 1]);
});

test('a browser whose access is revoked is told at once, and again when it connects again', async ({ page, agent, owner }) => {
  await pair(page, agent, owner);
  const { viewers } = await owner.ask<Sharing>('sharing.read');
  await owner.ask('viewers.revoke', { id: viewers[0]?.id });
  await expect(page.getByText(/was revoked at \d\d:\d\d\. Its owner can pair it again\./)).toBeVisible();
  await expect(page.locator('canvas')).toHaveCount(0);
  await page.reload();
  await expect(page.getByText(/was revoked\. Its owner can pair it again\./)).toBeVisible();
  await page.getByRole('button', { name: 'Pair again' }).click();
  const { digits } = await invited(owner);
  await type(page, digits);
  await answer(owner, true);
  await expect(pill(page)).toHaveText(/Live/);
});

test('after a change of scope the session is opened again, and hidden data appears', async ({ page, agent, owner }) => {
  await pair(page, agent, owner);
  await page.goto(`${agent.url}/#/processes`);
  await expect(page.getByText(/^Users and command lines need View \+ processes/)).toBeVisible();
  await expect(page.getByRole('columnheader', { name: /User/ })).toHaveCount(0);
  const { viewers } = await owner.ask<Sharing>('sharing.read');
  await owner.ask('viewers.change', { id: viewers[0]?.id, scope: 'processes' });
  await expect(page.getByRole('columnheader', { name: /User/ })).toBeVisible();
  await expect(page.getByText(/^Users and command lines need/)).toHaveCount(0);
});

test('a browser that lost its cookie shows so', async ({ page, agent, owner, context }) => {
  await pair(page, agent, owner);
  await context.clearCookies();
  await page.reload();
  await expect(page.getByText('This browser is not paired any more, or its cookies were cleared.')).toBeVisible();
});

test('a browser that keeps no cookies shows what to do', async ({ page, agent, owner }) => {
  await page.route('**/api/v1/pair', async (route) => {
    const response = await route.fetch();
    const headers = response.headers();
    delete headers['set-cookie'];
    await page.context().clearCookies();
    await route.fulfill({ response, headers });
  });
  const { digits } = await invited(owner);
  await page.goto(agent.url);
  await type(page, digits);
  await answer(owner, true);
  await expect(page.getByRole('alert')).toContainText('keeps no cookies of this page');
});
