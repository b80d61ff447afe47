// @vitest-environment jsdom
import { flushSync, mount, tick, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { KnownMachine } from '../../../wire/wire';

const nothing = (): void => undefined;
vi.stubGlobal('ResizeObserver', class {
  observe = nothing;
  unobserve = nothing;
  disconnect = nothing;
});
vi.stubGlobal('matchMedia', (media: string) => ({ matches: false, media, addEventListener: nothing, removeEventListener: nothing, onchange: null }));
vi.stubGlobal('CSS', { escape: (text: string) => text });

const { machines } = await import('../../../state/machines/machines.svelte');
const { preferences } = await import('../../../state/page/preferences.svelte');
const { default: MachineList } = await import('./MachineList.svelte');

const known = (id: string, tag: string): KnownMachine => ({ id, name: `name-${id}`, tags: [tag], addresses: ['192.168.1.9:7444'], secure: false, scope: 'view', family: 'linux', os: '', addedAtMs: 0, lastSeenMs: null, lastGoodbye: null });
/** Three hundred under two tags. */
const LIST = Array.from({ length: 300 }, (_, index) => known(`m${index}`, index < 3 ? 'desk' : 'rack'));

type Start = Parameters<typeof machines.start>;
/** A link that stays silent. */
const silent = { send: nothing, onMessage: () => nothing, onState: () => nothing, onTiming: () => nothing, retryNow: nothing, hurry: nothing, setPace: nothing, refresh: nothing, close: nothing } satisfies Start[0];

let component: Record<string, unknown>;
let stop: () => void;
let saved: readonly KnownMachine[];
const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('li[data-item^="m:"]')];
const names = (): string[] => rows().map((row) => row.querySelector('.name')?.textContent ?? '');
const group = (name: string): HTMLButtonElement => [...document.querySelectorAll<HTMLButtonElement>('button[aria-expanded]')].find(({ textContent }) => textContent.includes(name)) as HTMLButtonElement;
const press = async (key: string, held: Partial<KeyboardEventInit> = {}): Promise<void> => {
  document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...held }));
  flushSync();
  await tick();
  await tick();
};

beforeEach(async () => {
  saved = LIST;
  const host = {
    machines: {
      read: async () => ({ machines: LIST, demo: false }),
      take: async () => [],
      save: async (list: KnownMachine[]) => {
        saved = list;
        return { machines: list, demo: false };
      },
      found: () => new Promise(() => undefined),
    },
  } as unknown as Start[1];
  preferences.set({ foldedGroups: [] });
  stop = machines.start(silent, host, () => silent);
  await machines.load();
  component = mount(MachineList, { target: document.body });
  flushSync();
});
afterEach(async () => {
  await unmount(component);
  stop();
});

test('of three hundred machines those in sight are in the page, under their tags', () => {
  expect(rows().length).toBeLessThan(40);
  expect(names().slice(1, 4)).toEqual(['name-m0', 'name-m1', 'name-m2']);
  expect(group('Desk').textContent).toContain('3');
  expect(group('Rack').textContent).toContain('297');
});

test('a group folds, and that is remembered', () => {
  group('Desk').click();
  flushSync();
  expect(group('Desk').getAttribute('aria-expanded')).toBe('false');
  expect(names()).not.toContain('name-m1');
  expect(names()).toContain('name-m3');
  expect(preferences.value.foldedGroups).toEqual(['tag:desk']);
});

test('arrows go from row to row; there is one tab stop', async () => {
  document.querySelector<HTMLElement>('a[data-key="m0"]')?.focus();
  flushSync();
  await press('ArrowDown');
  expect((document.activeElement as HTMLElement).dataset['key']).toBe('m1');
  await press('Home');
  expect((document.activeElement as HTMLElement).dataset['key']).toBe('');
  await press('End');
  expect((document.activeElement as HTMLElement).dataset['key']).toBe('m299');
  expect(document.querySelectorAll('.list [tabindex="0"]').length).toBe(1);
});

test('Alt Shift and an arrow move the machine, over the edge of its group too', async () => {
  document.querySelector<HTMLElement>('a[data-key="m1"]')?.focus();
  flushSync();
  await press('ArrowDown', { altKey: true, shiftKey: true });
  expect(saved.slice(0, 4).map(({ id }) => id)).toEqual(['m0', 'm2', 'm1', 'm3']);
  expect((document.activeElement as HTMLElement).dataset['key']).toBe('m1');
  await press('ArrowDown', { altKey: true, shiftKey: true });
  expect(saved.find(({ id }) => id === 'm1')?.tags).toEqual(['rack']);
  expect((document.activeElement as HTMLElement).dataset['key']).toBe('m1');
});
