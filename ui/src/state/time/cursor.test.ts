// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cursor } from './cursor.svelte';
import type { KnownMachine } from '../../wire/wire';
import { MachineState } from '../machines/machine-state.svelte';
import { machines } from '../machines/machines.svelte';
import { SPAN_MS } from '../history/ring';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

beforeEach(() => {
  vi.useFakeTimers();
  location.hash = '#/overview';
  machines.here.overview.nowMs = NOW;
  cursor.goLive();
  cursor.setRange(5);
});
afterEach(() => {
  vi.runAllTimers();
  vi.useRealTimers();
});

test('live it stands at now and goes with it', () => {
  expect(cursor.live).toBe(true);
  machines.here.overview.nowMs = NOW + 3_000;
  expect([cursor.atMs, cursor.toMs, cursor.toMs - cursor.fromMs]).toEqual([NOW + 3_000, NOW + 3_000, 5 * MINUTE]);
});

test('pinned within the window, the window stands still', () => {
  cursor.pin(NOW - MINUTE);
  machines.here.overview.nowMs = NOW + 10_000;
  cursor.pin(NOW - 2 * MINUTE);
  expect([cursor.atMs, cursor.toMs]).toEqual([NOW - 2 * MINUTE, NOW]);
});

test('pinned outside of it, the window goes there, with room on the right', () => {
  cursor.pin(NOW - 9 * MINUTE);
  expect(cursor.fromMs).toBeLessThan(NOW - 9 * MINUTE);
  expect(cursor.toMs).toBeGreaterThan(NOW - 9 * MINUTE + MINUTE);
  expect(cursor.toMs - cursor.fromMs).toBe(5 * MINUTE);
});

test('it cannot leave what is kept, on either side', () => {
  cursor.pin(NOW - 60 * MINUTE);
  expect(cursor.atMs).toBe(NOW - SPAN_MS);
  expect(cursor.fromMs).toBe(NOW - SPAN_MS);
  cursor.pin(NOW + MINUTE);
  expect(cursor.live).toBe(true);
});

test('steps are whole seconds; the last one forward is live', () => {
  cursor.step(-1);
  expect(cursor.atMs).toBe(NOW - 1_000);
  cursor.step(-10);
  expect(cursor.atMs).toBe(NOW - 11_000);
  cursor.step(10);
  cursor.step(1);
  expect(cursor.live).toBe(true);
});

test('the address contains it, after a short delay', () => {
  cursor.pin(NOW - MINUTE);
  cursor.pin(NOW - 2 * MINUTE);
  vi.advanceTimersByTime(250);
  expect(location.hash).toContain(`t=${NOW - 2 * MINUTE}`);
  cursor.goLive();
  vi.advanceTimersByTime(250);
  expect(location.hash).not.toContain('t=');
});

test('an address is followed, and one without a moment is live', () => {
  cursor.read(new URLSearchParams(`t=${NOW - MINUTE}`));
  expect(cursor.pinnedMs).toBe(NOW - MINUTE);
  cursor.read(new URLSearchParams('t=nothing'));
  expect(cursor.live).toBe(true);
});

test('a moment that is no longer in the history is reported', () => {
  cursor.pin(NOW - SPAN_MS + 1_000);
  expect(cursor.lost).toBe(false);
  machines.here.overview.nowMs = NOW + 10_000;
  expect(cursor.lost).toBe(true);
});

test('it is one moment for every machine', () => {
  cursor.pin(NOW - MINUTE);
  const other = new MachineState({ id: 'nas', name: 'nas', tags: [] } as unknown as KnownMachine);
  other.overview.nowMs = NOW + 700;
  machines.others = [other];
  machines.show('nas');
  expect([cursor.atMs, cursor.toMs, cursor.live]).toEqual([NOW - MINUTE, NOW, false]);
  cursor.goLive();
  expect(cursor.atMs).toBe(NOW + 700);
  machines.show('');
  machines.others = [];
  expect(cursor.atMs).toBe(NOW);
});
