// @vitest-environment jsdom
/** The page of sharing as a person uses it, before a simulated server: here, above the views, for it needs a link. */
import { readFileSync } from 'node:fs';
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DemoSharing } from './demo/demo-sharing';
import { ReplayLink } from './testing/replay-link';
import { machine } from './state/machines/machine.svelte';
import { sharing } from './state/sharing/sharing.svelte';
import { status } from './state/page/status.svelte';
import { USERS_UNTOLD } from './text/sharing-messages';
import type { ClientMessage, Connected } from './wire/wire';
import PairingPrompt from './views/settings/sharing/PairingPrompt.svelte';
import Sharing from './views/settings/sharing/Sharing.svelte';

const connected = readFileSync('../src-tauri/crates/wire/golden/server.jsonl', 'utf8')
  .split('\n')
  .map((line) => (line === '' ? null : (JSON.parse(line) as { type: 'connected' } & Connected)))
  .find((message) => message?.type === 'connected') as { type: 'connected' } & Connected;

let link: ReplayLink;
let visibility: DocumentVisibilityState;
let undo: (() => void)[];

type Request = Extract<ClientMessage, { type: 'request' }>;
const asked = (method: string): Request[] => link.sent.filter((message): message is Request => message.type === 'request' && message.method === method);
const text = (): string => (document.body.textContent ?? '').replace(/\s+/g, ' ');
/** Advances the time by `ms`, and by what a request, its answer and the rendering take. */
const settle = async (ms = 0): Promise<void> => {
  await vi.advanceTimersByTimeAsync(ms);
  for (let turn = 0; turn < 4; turn += 1) {
    flushSync();
    await vi.advanceTimersByTimeAsync(1);
  }
};
function control<T extends HTMLElement = HTMLButtonElement>(label: string): T {
  const found = [...document.querySelectorAll<T>('button, input, select')].find((element) => (element.getAttribute('aria-label') ?? element.textContent?.trim()) === label);
  if (!found) throw new Error(`no control "${label}" in: ${text()}`);
  return found;
}

/** The page of a machine whose server answers as `kind` does. */
async function open(kind: string): Promise<void> {
  const demo: DemoSharing = new DemoSharing(kind, () => tell());
  let seq = 1;
  const tell = (): void => link.play({ type: 'frame', channel: 'sharing', seq: seq++, sampledAtMs: Date.now(), key: true, data: demo.report() });
  link.onSend = (message) => {
    if (message.type === 'subscribe' && (message.channels as string[]).includes('sharing')) setTimeout(tell);
    if (message.type === 'request' && demo.knows(message.method)) setTimeout(() => link.play({ type: 'response', id: message.id, ...demo.answer(message.method, message.params) }));
  };
  undo.push(machine.start(link));
  link.play({ ...connected, scope: 'control' });
  undo.push(sharing.follow('control'));
  for (const component of [Sharing, PairingPrompt]) {
    const mounted = mount(component, { target: document.body });
    undo.push(() => void unmount(mounted));
  }
  await settle();
}

beforeEach(() => {
  vi.useFakeTimers();
  visibility = 'visible';
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility);
  HTMLDialogElement.prototype.showModal ??= function () {
    this.open = true;
  };
  link = new ReplayLink();
  undo = [];
});
afterEach(() => {
  for (const f of undo.reverse()) f();
  sharing.follow(null);
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test('where the system does not tell whose programs connect, it is said once, and nowhere else', async () => {
  await open('sharing-plain');
  expect(text().split(USERS_UNTOLD)).toHaveLength(2);
  undo.splice(0).reverse().forEach((f) => f());
  await open('sharing');
  expect(text()).not.toContain(USERS_UNTOLD);
});

test('turning the switch on shows a code', async () => {
  await open('sharing-new');
  expect(asked('pairing.invite')).toHaveLength(0);
  control('Share on this network').click();
  await settle();
  expect(asked('sharing.set').map(({ params }) => params)).toEqual([{ reach: 'lan' }]);
  expect(control('Share on this network').getAttribute('aria-checked')).toBe('true');
  await settle();
  expect(asked('pairing.invite').map(({ params }) => params)).toEqual([{ scope: 'view', arguments: false }]);
  expect(document.querySelector('.digits')?.getAttribute('aria-label')).toMatch(/^\d \d \d, \d \d \d$/);
  expect(document.querySelector('[aria-label^="QR code"]')).not.toBeNull();
});

test('an expired code is shown as such, and the person requests the next one', async () => {
  await open('sharing');
  await settle();
  expect(text()).toContain('5 min 0 s left');
  await settle(108_000);
  expect(text()).toContain('3 min 12 s left');
  await settle(200_000);
  expect(text()).toContain('This code has ended.');
  await settle(60_000);
  expect(asked('pairing.invite')).toHaveLength(1);
  control('New code').click();
  await settle();
  expect(text()).toContain('5 min 0 s left');
});

test('only the machine\'s state is shown: a refused change leaves the switch as it was', async () => {
  await open('sharing');
  link.onSend = (message) => {
    if (message.type === 'request') setTimeout(() => link.play({ type: 'response', id: message.id, error: { code: 'unavailable', message: 'the settings cannot be written: the disk is full' } }));
  };
  const wanted = control('Anyone on this network may view');
  wanted.click();
  await settle();
  expect(wanted.getAttribute('aria-checked')).toBe('false');
  expect(text()).toContain('The settings cannot be written: the disk is full.');
});

test('a paired device sees how it is shared, and changes only who has access', async () => {
  await open('sharing-remote');
  expect(sharing.mayChange).toBe(false);
  for (const label of ['Share on this network', 'Port', 'Encryption of links', 'Anyone on this network may view', 'New token for a script']) expect(control(label).disabled, label).toBe(true);
  expect(text()).toContain('is changed on atlas itself');
  control('Revoke Phone').click();
  await settle();
  expect(asked('viewers.revoke')).toHaveLength(0);
  expect(text()).toContain('Revoke Phone?');
  control('Revoke').click();
  await settle();
  expect(asked('viewers.revoke').map(({ params }) => params)).toEqual([{ id: 'a' }]);
  expect(status.text).toBe('Revoked. Phone sees nothing any more.');
  expect(text()).not.toContain('Revoke Phone?');
});

test('a device that typed the code is asked about, and paired by one click', async () => {
  await open('sharing-plain');
  expect(status.text).toBe('Phone (Safari on iPhone, 192.168.1.64) typed the code. Allow it?');
  expect(document.activeElement).toBe(document.body);
  for (const key of ['Escape', 'Enter', ' ']) document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  await settle();
  expect(asked('pairing.answer')).toHaveLength(0);
  control('Allow Phone').dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 2 }));
  await settle();
  expect(asked('pairing.answer')).toHaveLength(0);
  control('Allow Phone').click();
  await settle();
  expect(asked('pairing.answer').map(({ params }) => params)).toEqual([{ id: 'r1', allow: true }]);
  expect(document.querySelector('[aria-label="Devices that ask to pair"]')).toBeNull();
});

test('a device that shows the same digits is paired, with the chosen scope', async () => {
  await open('sharing-full');
  expect(status.text).toContain('work-mbp (Sightline, 192.168.1.34) asks to pair. Allow it only if its own screen shows 4 1 8, 3 0 2.');
  expect([...document.querySelectorAll('section li .digits b')].map((digit) => digit.textContent).join('')).toBe('418302');
  const scope = document.querySelector('[aria-label="Devices that ask to pair"] select') as HTMLSelectElement;
  expect([scope.getAttribute('aria-label'), scope.value]).toEqual(['What work-mbp may see', 'processes']);
  scope.value = 'view';
  scope.dispatchEvent(new Event('change', { bubbles: true }));
  await settle();
  control('Allow work-mbp, it shows the same').click();
  await settle();
  expect(asked('pairing.answer').map(({ params }) => params)).toEqual([{ id: 'r2', allow: true, scope: 'view' }]);
  control('Refuse Phone').click();
  await settle();
  expect(asked('pairing.answer').map(({ params }) => params)[1]).toEqual({ id: 'r1', allow: false });
});

test('the arguments of commands are shown to whom the owner chose, and to nobody without that', async () => {
  await open('sharing-full');
  expect(control('Arguments of commands, for Phone').getAttribute('aria-checked')).toBe('false');
  expect(() => control('Arguments of commands, for Kitchen tablet'), 'it sees no commands').toThrow();
  control('Arguments of commands, for Phone').click();
  await settle();
  expect(asked('viewers.change').map(({ params }) => params)).toEqual([{ id: 'a', arguments: true }]);
  expect(control('Arguments of commands, for Phone').getAttribute('aria-checked')).toBe('true');
  const prompt = [...document.querySelectorAll<HTMLButtonElement>('[aria-label="Devices that ask to pair"] [role="switch"]')];
  expect(prompt.map((element) => element.getAttribute('aria-checked'))).toEqual(['false']);
  prompt[0]?.click();
  await settle();
  control('Allow work-mbp, it shows the same').click();
  await settle();
  expect(asked('pairing.answer').map(({ params }) => params)).toEqual([{ id: 'r2', allow: true, arguments: true }]);
});

test('a name is changed in place, or left', async () => {
  await open('sharing');
  const press = (key: string) => control<HTMLInputElement>('Name of the device').dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  const write = async (name: string) => {
    control('Rename Phone').click();
    await settle();
    const input = control<HTMLInputElement>('Name of the device');
    input.value = name;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  };
  await write('Pocket');
  press('Escape');
  await settle();
  expect(asked('viewers.change')).toHaveLength(0);
  await write('  ');
  press('Enter');
  await settle();
  expect(text()).toContain('Give it a name.');
  press('Escape');
  await settle();
  await write(' Pocket ');
  press('Enter');
  await settle();
  expect(asked('viewers.change').map(({ params }) => params)).toEqual([{ id: 'a', name: 'Pocket' }]);
  expect(control('Rename Pocket')).toBeDefined();
});

test('a hidden page has no subscription and no countdown', async () => {
  await open('sharing');
  visibility = 'hidden';
  document.dispatchEvent(new Event('visibilitychange'));
  expect(link.sent.some((message) => message.type === 'unsubscribe' && (message.channels as string[]).includes('sharing'))).toBe(true);
  const shown = document.querySelector('.left')?.textContent;
  await settle(30_000);
  expect(document.querySelector('.left')?.textContent).toBe(shown);
});
