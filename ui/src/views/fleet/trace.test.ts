import { expect, test } from 'vitest';
import { GAP_MS, rowAt, Trace } from './trace';

const trace = new Trace();
const read = (rows: [number, number][], stepMs = 1000, fromMs = 0, toMs = 1e6) => {
  trace.read(Float64Array.from(rows, ([atMs]) => atMs), Float32Array.from(rows, ([, value]) => value), fromMs, toMs, stepMs);
  return Array.from({ length: trace.length }, (_, index) => [trace.times[index], trace.values[index]]);
};

test('rows of one step become their mean', () => {
  expect(read([[1000, 1], [1500, 3], [2000, 5]])).toEqual([[1250, 2], [2000, 5]]);
  expect(trace.peak).toBe(5);
});
test('a missing value and a silence both end the run', () => {
  expect(read([[0, 1], [1000, NaN], [2000, 2]])).toEqual([[0, 1], [1000, NaN], [2000, 2]]);
  expect(read([[0, 1], [GAP_MS + 1, 2]])).toEqual([[0, 1], [GAP_MS + 1, NaN], [GAP_MS + 1, 2]]);
  expect(read([[0, 1], [GAP_MS, 2]])).toEqual([[0, 1], [GAP_MS, 2]]);
});
test('what comes every few seconds is one line', () => expect(read([[0, 1], [5000, 2], [10_000, 3]]).length).toBe(3));
test('a line reaches in from before the stretch, and ends with it', () => {
  expect(read([[0, 1], [60_000, 2], [65_000, 3], [90_000, 4]], 1000, 64_000, 70_000)).toEqual([[60_000, 2], [65_000, 3]]);
});
test('nothing is nothing', () => {
  expect(read([])).toEqual([]);
  expect(read([[0, NaN]])).toEqual([]);
});
test('a row covers the seconds until the next, not a silence', () => {
  const times = Float64Array.from([1000, 6000]);
  expect([999, 1000, 5999, 6000, 6000 + GAP_MS, 6001 + GAP_MS].map((atMs) => rowAt(times, atMs))).toEqual([-1, 0, 0, 1, 1, -1]);
});
