/** Sharing: what the owner sees and changes in the page, and its effect on the machine. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { networkInterfaces } from 'node:os';
import type { Page } from '@playwright/test';
import type { Invitation, PairAnswer, PairRequest, Sharing } from '../../src/wire/wire';
import type { Agent } from '../agent.mjs';
import { lack } from '../lack.mjs';
import { expect, open, test } from './agent';
import { asOwner, ownerToken, Program } from './owner';

/** The page of sharing, once the machine's state has arrived. */
async function sharing(page: Page, agent: Agent): Promise<void> {
  await asOwner(page, agent);
  await page.goto(`${agent.url}/#/settings/sharing`);
  await expect(page.getByRole('heading', { name: 'Share on this network' })).toBeVisible();
}

/** The machine sends a close reason. Detection by silence would take 20 s. */
const AT_ONCE_MS = 5_000;

const device = (page: Page, name: string) => page.getByRole('list', { name: /^Paired devices/ }).getByRole('listitem').filter({ hasText: name });
const said = (page: Page) => page.locator('[aria-live=polite]');

/** A program that connects with a token made in the page. */
async function script(page: Page, agent: Agent, name: string): Promise<{ program: Program; token: string }> {
  await page.getByRole('button', { name: 'New token for a script' }).click();
  await page.getByLabel('What it is for').fill(name);
  await page.getByRole('button', { name: 'Make token' }).click();
  const token = await page.getByLabel('Token', { exact: true }).inputValue();
  await expect(page.getByLabel('Header of a request')).toHaveValue(`Authorization: Bearer ${token}`);
  await page.getByRole('button', { name: 'Done' }).click();
  return { program: await Program.connect(agent, token), token };
}

async function pair(agent: Agent, request: PairRequest): Promise<{ status: number; answer: PairAnswer }> {
  const response = await fetch(`${agent.url}/api/v1/pair`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(request) });
  return { status: response.status, answer: (await response.json()) as PairAnswer };
}

test('the owner sees the exposure, and why the machine refuses a change', async ({ page, agent }) => {
  await asOwner(page, agent);
  await open(page, agent);
  await page.getByRole('link', { name: /^Shared on this computer/ }).click();
  await expect(page.getByRole('group', { name: 'How far it is shared' }).getByRole('button', { pressed: true })).toHaveText('This computer');
  await expect(page.getByText('Nobody on the network can connect.')).toBeVisible();

  const port = page.getByRole('textbox', { name: 'Port' });
  await port.fill('65536');
  await port.press('Enter');
  await expect(page.getByText('A port is a whole number from 1 to 65535.')).toBeVisible();
  await port.fill('7000');
  await port.press('Enter');
  await expect(page.getByText(/The port was set where this program was started/)).toBeVisible();
  await port.press('Escape');
  await expect(port).toHaveValue(String(agent.port));

  const name = page.getByRole('textbox', { name: 'Add a host name' });
  await name.fill('a b');
  await name.press('Enter');
  await expect(page.getByText('“a b” is no host name')).toBeVisible();
  const origin = page.getByRole('textbox', { name: 'Add an origin' });
  await origin.fill('https://dashboard.example');
  await origin.press('Enter');
  await expect(page.getByRole('list', { name: 'Allowed origins' })).toHaveText('https://dashboard.example');
  await page.getByRole('button', { name: 'Remove https://dashboard.example' }).click();
  await expect(page.getByRole('list', { name: 'Allowed origins' })).toHaveCount(0);
  await expect(page.getByRole('list', { name: 'Recent access' })).toContainText('Sharing settings were changed');
});

test('links are encrypted by a self-signed certificate, or by provided files', async ({ page, agent }) => {
  await sharing(page, agent);
  const encryption = page.getByRole('combobox', { name: 'Encryption of links' });
  await encryption.selectOption('selfSigned');
  await expect(page.getByText(/^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/)).toBeVisible();
  await encryption.selectOption('own');
  await page.getByLabel('Certificate', { exact: true }).fill(`${agent.dataDir}/no-certificate.pem`);
  await page.getByLabel('Private key').fill(`${agent.dataDir}/no-key.pem`);
  await page.getByRole('region', { name: 'Network' }).getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('region', { name: 'Network' }).getByRole('alert')).toContainText('no-certificate.pem');
  await encryption.selectOption('off');
  await expect(page.getByText(/^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/)).toHaveCount(0);
});

test('a script gets access by a token, is limited, and disconnected at once when revoked', async ({ page, agent }) => {
  await sharing(page, agent);
  await expect(page.getByText('No device is paired.')).toBeVisible();
  const first = await script(page, agent, 'backup');
  expect(first.program.scope).toBe('view');
  await expect(device(page, 'backup')).toContainText('viewing now');

  await device(page, 'backup').getByRole('combobox').selectOption('processes');
  expect(await first.program.ended).not.toBeNull();
  const second = await Program.connect(agent, first.token);
  expect(second.scope).toBe('processes');

  await page.getByRole('button', { name: 'Rename backup' }).press('F2');
  await page.getByLabel('Name of the device').fill('nightly');
  await page.getByLabel('Name of the device').press('Enter');
  await expect(device(page, 'nightly')).toContainText('viewing now');

  await page.getByRole('button', { name: 'Revoke nightly' }).click();
  const dialog = page.getByRole('dialog', { name: 'Revoke nightly?' });
  const began = Date.now();
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  expect(await second.ended).toBe('revoked');
  expect(Date.now() - began).toBeLessThan(AT_ONCE_MS);
  await expect(said(page)).toHaveText('Revoked. nightly sees nothing any more.');
  await expect(page.getByText('No device is paired.')).toBeVisible();
  await expect(Program.connect(agent, first.token)).rejects.toThrow();

  await page.getByRole('button', { name: 'Whole log' }).click();
  await expect(page.getByRole('dialog').getByRole('list', { name: 'Events' })).toContainText('Access of nightly was revoked');
});

test('a device that typed the digits is asked about in every view, and waits for the answer', async ({ page, agent }) => {
  const owner = await Program.connect(agent, await ownerToken(agent));
  try {
    await asOwner(page, agent);
    await open(page, agent);
    const digits = async () => ((await owner.ask<Sharing>('pairing.invite', { scope: 'view' })).invitation as Invitation).digits;
    const waits = async (name: string) => {
      const { answer } = await pair(agent, { with: 'digits', digits: await digits(), name });
      if (answer.state !== 'waiting') throw new Error(`not waiting: ${JSON.stringify(answer)}`);
      return answer.request;
    };
    const [phone, stranger] = [await waits('Phone'), await waits('Stranger \u202e')];
    const asked = page.getByRole('region', { name: 'Devices that ask to pair' });
    await expect(asked).toContainText('Phone');
    await expect(asked).toContainText('Stranger');
    await expect(said(page)).toContainText('typed the code. Allow it?');
    await page.keyboard.press('Escape');
    await expect(asked.getByRole('listitem')).toHaveCount(2);

    await asked.getByRole('button', { name: 'Allow Phone' }).click();
    expect(await pair(agent, { with: 'request', request: phone })).toMatchObject({ status: 200, answer: { state: 'paired', scope: 'view' } });
    await asked.getByRole('button', { name: /^Refuse Stranger/ }).click();
    expect((await pair(agent, { with: 'request', request: stranger })).status).toBe(403);
    await expect(asked).toHaveCount(0);
    await page.goto(`${agent.url}/#/settings/sharing`);
    await expect(device(page, 'Phone')).toBeVisible();
    await expect(page.getByRole('list', { name: 'Paired devices' }).getByRole('listitem')).toHaveCount(1);
  } finally {
    owner.close();
  }
});

test('a page without the scope shows what would be needed', async ({ page, agent }) => {
  await page.goto(`${agent.url}/#/settings/sharing`);
  await expect(page.getByRole('heading', { name: /^Only .+'s owner can manage sharing$/ })).toBeVisible();
  await expect(page.getByRole('link', { name: /^Shared on/ })).toHaveCount(0);
});

/** An address of this machine that only its network reaches. A test listens on no network that is not its own:
 *  it runs in a namespace where `home0` is one end of a veth pair without a peer. */
const HOME = networkInterfaces()['home0']?.find(({ family }) => family === 'IPv4')?.address;
const AT_HOME = `ip link set lo up && ip link add home0 type veth peer name far0 && ip address add 192.168.77.2/24 dev home0 &&
  ip link set far0 up && ip link set home0 up && mount -t sysfs none /sys`;

/** Runs a command in that namespace; its exit code and output. */
async function atHome(command: string, ...args: string[]): Promise<{ code: number | null; text: string }> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(TEST_|PW_|PLAYWRIGHT_|FORCE_COLOR)/.test(name)));
  const child = spawn('unshare', ['--map-root-user', '--net', '--mount', 'sh', '-c', `${AT_HOME} && exec "$@"`, 'sh', command, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', (error) => resolve(((text += error.message), null)));
    child.once('exit', resolve);
  });
  return { code, text };
}

if (HOME === undefined) test('at home, tests that need a network hold', async () => {
  test.skip(process.platform !== 'linux', 'namespaces are of Linux');
  const ready = await atHome('true');
  if (ready.code !== 0) test.skip(true, lack(`a namespace: ${ready.text}`));
  const playwright = createRequire(import.meta.url).resolve('@playwright/test/cli');
  const { code, text } = await atHome(process.execPath, playwright, 'test', 'sharing.spec', '--grep', 'on a network', '--output', 'test-results/at-home');
  expect(code, text).toBe(0);
  expect(text).toMatch(/[1-9]\d* passed/);
});

// These are the tests that the one above runs.
if (HOME !== undefined) test.describe('on a network', () => {
  test('a phone follows the link and watches; revoked, it sees nothing', async ({ page, agent, browser }) => {
    await sharing(page, agent);
    await page.getByRole('switch', { name: 'Share on this network' }).click();
    const owner = await Program.connect(agent, await ownerToken(agent));
    await expect(page.getByRole('img', { name: /^QR code/ })).toBeVisible();
    const { link } = (await owner.ask<Sharing>('sharing.read', {})).invitation as Invitation;
    owner.close();
    const phone = await browser.newContext({ viewport: { width: 390, height: 844 } });
    try {
      const theirs = await phone.newPage();
      await theirs.goto(link ?? '');
      await expect(theirs.getByRole('article', { name: 'CPU', exact: true })).toBeVisible();
      await expect(theirs.getByRole('link', { name: /^Shared on/ })).toHaveCount(0);
      const row = page.getByRole('list', { name: /^Paired devices/ }).getByRole('listitem');
      await expect(row).toContainText('viewing now');
      await expect(page.getByText(/used this code\.$/)).toBeVisible();
      await expect(page.getByRole('list', { name: 'Recent access' })).toContainText('paired from');

      await row.getByRole('button', { name: /^Revoke/ }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
      await expect(theirs.getByRole('article', { name: 'CPU', exact: true })).toHaveCount(0);
      await expect(page.getByText('No device is paired.')).toBeVisible();
    } finally {
      await phone.close();
    }
  });

  test('turning the switch on shows a link, a code and its QR code', async ({ page, agent }) => {
    await sharing(page, agent);
    await page.getByRole('switch', { name: 'Share on this network' }).click();
    await expect(page.getByRole('textbox', { name: 'Link' })).toHaveValue(`http://${HOME}:${agent.port}`);
    await expect(page.getByRole('img', { name: /^QR code/ })).toBeVisible();
    await expect(page.getByText('Browsers get http.', { exact: false }).first()).toBeVisible();
    const digits = page.getByRole('img', { name: /^\d \d \d, \d \d \d$/ });
    const before = await digits.getAttribute('aria-label');
    await page.getByRole('button', { name: 'New code' }).click();
    await expect(digits).not.toHaveAttribute('aria-label', before ?? '');
    await expect(page.getByRole('link', { name: /^Shared on LAN/ })).toBeVisible();
    expect((await fetch(`http://${HOME}:${agent.port}/`)).status).toBe(200);

    await page.getByRole('button', { name: 'This computer' }).click();
    await expect(digits).toHaveCount(0);
    await expect(fetch(`http://${HOME}:${agent.port}/`)).rejects.toThrow();
  });
});
