// @vitest-environment jsdom
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Line } from '../../state/processes/process-order';
import type { Process } from '../../state/processes/process-table';
import { COLUMNS } from './columns';
import Grid from './Grid.svelte';

function line(pid: number, cpuRatio: number): Line {
  const process: Process = {
    key: `${pid}:1`, pid, startedAtMs: 1, parentPid: null, name: `p${pid}`, state: 'sleeping', cpuRatio, memoryBytes: pid * 2 ** 20,
    readBytesPerS: 0, writeBytesPerS: 0, threads: 1, user: 'ana', command: `/bin/p${pid}`,
  };
  return { key: process.key, process, gone: false, depth: 0, children: 0, open: null, aside: false };
}

const LINES = Array.from({ length: 500 }, (_, index) => line(index + 1, 0.5));
const nothing = (): void => undefined;

/** State that the view would hold; raw, so that rows are compared by identity as they are there. */
class Held {
  lines = $state.raw<readonly Line[]>(LINES);
  selectedKey = $state.raw<string | null>(null);
}
const held = new Held();
const props = {
  get lines() {
    return held.lines;
  },
  get selectedKey() {
    return held.selectedKey;
  },
  template: '1fr', columns: COLUMNS, sort: { column: 'cpu' as const, descending: true }, tree: false, marks: [], context: { cpuWhole: 1, todayMs: 0 },
  phone: false, rowHeight: 24, onselect: (key: string | null) => void (held.selectedKey = key),
  onsort: nothing, onopen: nothing, onclose: nothing, onfold: nothing, onhold: nothing, onend: nothing,
};
let component: Record<string, unknown>;
const grid = (): HTMLElement => document.querySelector('[role=grid]') as HTMLElement;
const press = (key: string): void => {
  grid().dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  flushSync();
};

beforeEach(() => {
  vi.stubGlobal('ResizeObserver', class {
    observe = nothing;
    unobserve = nothing;
    disconnect = nothing;
  });
  held.lines = LINES;
  held.selectedKey = null;
  component = mount(Grid, { target: document.body, props });
  flushSync();
});
afterEach(() => unmount(component));

test('renders the visible rows and states how many there are', () => {
  expect(document.querySelectorAll('[role=rowgroup] [role=row]').length).toBeLessThan(40);
  expect(grid().getAttribute('aria-rowcount')).toBe('501');
  expect(document.querySelector('[aria-sort=descending]')?.textContent).toContain('CPU');
});

test('writes the one text that changed, and nothing of other rows', () => {
  const observer = new MutationObserver(nothing);
  observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  held.lines = LINES.map((one, index) => (index === 2 ? line(3, 0.4) : one));
  flushSync();
  const written = observer.takeRecords();
  const rows = new Set(written.map(({ target }) => (target instanceof Element ? target : target.parentElement)?.closest('[role=row]')?.getAttribute('aria-rowindex')));
  expect([...rows]).toEqual(['4']);
  // The figure and the width of its bar.
  expect(written.length).toBeLessThanOrEqual(2);
});

test('keys move the selected row, which is the active descendant of the grid', () => {
  press('ArrowDown');
  expect(held.selectedKey).toBe('1:1');
  press('ArrowDown');
  expect(held.selectedKey).toBe('2:1');
  const named = document.getElementById(grid().getAttribute('aria-activedescendant') ?? '');
  expect(named?.getAttribute('aria-rowindex')).toBe('3');
  expect(named?.getAttribute('aria-selected')).toBe('true');
  press('End');
  expect(held.selectedKey).toBe('500:1');
  press('Home');
  press('ArrowUp');
  expect(held.selectedKey).toBe('1:1');
});

test('the selection is a process, not a position', () => {
  press('ArrowDown');
  held.lines = [line(900, 1), ...LINES];
  flushSync();
  const selected = document.querySelectorAll('[aria-selected=true]');
  expect([...selected].map((row) => row.getAttribute('aria-rowindex'))).toEqual(['3']);
});

test('a name is text, whatever it contains', () => {
  const hostile = line(7, 0);
  held.lines = [{ ...hostile, process: { ...hostile.process, name: '<img src=x onerror=alert(1)>' } }];
  flushSync();
  expect(document.querySelector('img')).toBeNull();
  expect(grid().textContent).toContain('<img src=x onerror=alert(1)>');
});
