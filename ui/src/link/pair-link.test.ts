// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Emitter } from './emitter';
import type { Link } from './link';

const CODE = 'AbCdEfGhIjKlMnOpQrSt-_';

/** A page that begins with this address. */
async function load(hash: string) {
  history.replaceState(null, '', `/${hash}`);
  vi.resetModules();
  return (await import('./pair-link')).pairLink;
}

/** A link opened in a page that is loaded already. */
function follow(hash: string): void {
  history.replaceState(null, '', `/${hash}`);
  dispatchEvent(new HashChangeEvent('hashchange'));
}

let listening: EventListener[];

beforeEach(() => {
  history.replaceState(null, '', '/');
  listening = [];
  const add = globalThis.addEventListener.bind(globalThis);
  vi.spyOn(globalThis, 'addEventListener').mockImplementation((type: string, f: unknown) => {
    if (type === 'hashchange') listening.push(f as EventListener);
    add(type, f as EventListener);
  });
});
/** Each test is a page of its own: listeners of earlier ones are removed. */
afterEach(() => {
  vi.restoreAllMocks();
  for (const f of listening) removeEventListener('hashchange', f);
});

test('the code leaves the address as the module is loaded', async () => {
  const replace = vi.spyOn(history, 'replaceState');
  const link = await load(`#p=${CODE}`);
  expect(location.href).not.toContain(CODE);
  expect(replace).toHaveBeenLastCalledWith(null, '', '/');
  expect([link.held, link.whole]).toEqual([CODE, true]);
});

test('other addresses stay as they are', async () => {
  const link = await load('#/processes?t=5');
  expect([link.held, location.hash]).toEqual([null, '#/processes?t=5']);
});

test('an incomplete link is taken from the address, and marked as unusable', async () => {
  const link = await load('#p=AbC');
  expect([link.held, link.whole, location.hash]).toEqual(['AbC', false, '']);
});

test('a link opened in a loaded page is taken, and listeners are called', async () => {
  const link = await load('');
  let told = 0;
  link.onLink(() => (told += 1));
  follow('#/processes');
  expect([link.held, told]).toEqual([null, 0]);
  follow(`#p=${CODE}`);
  expect([link.held, location.hash, told]).toEqual([CODE, '', 1]);
});

test('a browser that has access already leaves the code unused', async () => {
  const link = await load(`#p=${CODE}`);
  const emitter = new Emitter();
  link.follow(emitter as unknown as Link);
  expect(link.held).toBe(CODE);
  emitter.setState({ kind: 'live' });
  expect(link.held).toBeNull();
  follow(`#p=${CODE}`);
  expect(link.held).toBeNull();
  emitter.setState({ kind: 'toPair' });
  follow(`#p=${CODE}`);
  expect(link.held).toBe(CODE);
});
