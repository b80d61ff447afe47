import { expect, test } from 'vitest';
import { answeredHere, askedThere, frameHere, settledOffset } from './viewer-clock';

test.each([
  [0, 1_999, 0],
  [0, -1_999, 0],
  [0, 2_000, 2_000],
  [0, -3_600_000.4, -3_600_000],
  [2_000, 1_700, 2_000],
  [3_600_000, 3_600_999, 3_600_000],
  [3_600_000, 3_601_000, 3_601_000],
  [3_600_000, 0, 0],
  [2_400, 900, 0],
])('in force %d, measured %d', (inForce, measured, expected) => {
  expect(settledOffset(inForce, measured)).toBe(expected);
});

test('times of a machine an hour ahead are converted, in both directions', () => {
  const hour = 3_600_000;
  expect(frameHere({ channel: 'top', seq: 1, sampledAtMs: hour + 5, key: true, data: { startedAtMs: 7 } }, hour)).toMatchObject({ sampledAtMs: 5, data: { startedAtMs: 7 } });
  expect(askedThere('history.query', { series: ['a'], fromMs: 1, toMs: 2.4, maxPoints: 3 }, hour)).toEqual({ series: ['a'], fromMs: hour + 1, toMs: hour + 2, maxPoints: 3 });
  expect(askedThere('process.detail', { pid: 1, startedAtMs: 9 }, hour)).toEqual({ pid: 1, startedAtMs: 9 });
  expect(answeredHere('summary.history', { stepMs: 1, t: [hour, hour + 1] }, hour)).toEqual({ stepMs: 1, t: [0, 1] });
  expect(answeredHere('alerts.list', { events: [{ id: 1, atMs: hour + 3 }] }, hour)).toEqual({ events: [{ id: 1, atMs: 3 }] });
  expect(answeredHere('process.detail', { startedAtMs: 9 }, hour)).toEqual({ startedAtMs: 9 });
});

test('where the clocks agree nothing is copied', () => {
  const frame = { channel: 'top', seq: 1, sampledAtMs: 5, key: true, data: {} } as const;
  expect(frameHere(frame, 0)).toBe(frame);
});
