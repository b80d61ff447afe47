// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Timing } from './link';
import { TimingProbe } from './timing';

let asked: number[];
let told: Timing[];
let probe: TimingProbe;
const AHEAD = 3_600_000;
/** The machine answers the last question after `ms`, half of it on the way there. */
function answer(ms: number): void {
  vi.advanceTimersByTime(ms / 2);
  const serverTimeMs = Date.now() + AHEAD;
  vi.advanceTimersByTime(ms / 2);
  probe.answered(asked.at(-1) as number, serverTimeMs);
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  told = [];
  probe = new TimingProbe({ ask: (id) => asked.push(id), report: (timing) => told.push(timing) });
});
afterEach(() => {
  probe.stop();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test('the clock offset is known roughly at once, and the round-trip time with the first answer', () => {
  probe.start(Date.now() + AHEAD);
  expect(told).toEqual([{ roundTripMs: null, clockOffsetMs: AHEAD }]);
  answer(80);
  expect(told.at(-1)).toEqual({ roundTripMs: 80, clockOffsetMs: AHEAD });
});

test('the quickest answer gives the clock offset', () => {
  probe.start(Date.now());
  answer(20);
  probe.ask();
  vi.advanceTimersByTime(4_000);
  probe.answered(asked.at(-1) as number, Date.now() + AHEAD);
  expect(told.at(-1)).toEqual({ roundTripMs: 4_000, clockOffsetMs: AHEAD });
});

test('it pings every half minute, and not while the page is hidden', () => {
  const visibility = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('visible');
  probe.start(0);
  vi.advanceTimersByTime(60_000);
  expect(asked.length).toBe(3);
  visibility.mockReturnValue('hidden');
  vi.advanceTimersByTime(60_000);
  expect(asked.length).toBe(3);
  probe.stop();
  visibility.mockReturnValue('visible');
  vi.advanceTimersByTime(60_000);
  expect(asked.length).toBe(3);
});

test('an answer without a ping is ignored', () => {
  probe.answered(9, 5);
  expect(told).toEqual([]);
});
