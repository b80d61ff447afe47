import { describe, expect, test } from 'vitest';
import { gridStep, gridTimes, HeldCeiling, niceCeiling } from './scale';

test.each([
  [0, 1],
  [1, 1],
  [1.1, 2],
  [2.2, 2.5],
  [3, 5],
  [5.1, 10],
  [9e5, 1e6],
  [1.7e8, 2e8],
  [0.12, 0.2],
])('%d ends at %d', (value, end) => expect(niceCeiling(value)).toBeCloseTo(end));

describe('the end of a rate axis', () => {
  test('goes up at once', () => {
    const ceiling = new HeldCeiling(1e6);
    expect(ceiling.at(0, 0)).toBe(1e6);
    expect(ceiling.at(1.4e8, 1_000)).toBe(2e8);
  });

  test('comes down only after half a minute below half', () => {
    const ceiling = new HeldCeiling(1e6);
    ceiling.at(9e7, 0);
    expect(ceiling.at(1e7, 1_000)).toBe(1e8);
    expect(ceiling.at(1e7, 30_000)).toBe(1e8);
    expect(ceiling.at(1e7, 31_000)).toBe(1e7);
  });

  test('a peak in between starts the wait anew', () => {
    const ceiling = new HeldCeiling(1e6);
    ceiling.at(9e7, 0);
    ceiling.at(1e7, 1_000);
    ceiling.at(8e7, 20_000);
    expect(ceiling.at(1e7, 40_000)).toBe(1e8);
  });
});

test('grid lines are as fine as their labels have room', () => {
  expect(gridStep(60_000, 600)).toBe(10_000);
  expect(gridStep(300_000, 450)).toBe(60_000);
  expect(gridStep(300_000, 300)).toBe(120_000);
  expect(gridStep(900_000, 450)).toBe(300_000);
});

test('grid lines stand at round times', () => {
  expect(gridTimes(61_000, 185_000, 60_000)).toEqual([120_000, 180_000]);
});

test('figures and times that cannot be break no axis', () => {
  for (const value of [NaN, Infinity, -Infinity, -1]) expect(niceCeiling(value)).toBe(1);
  expect(niceCeiling(1e308)).toBe(1e308);
  const ceiling = new HeldCeiling(1);
  ceiling.at(Infinity, 0);
  expect(ceiling.at(2, 60_000)).toBe(2);
  for (const at of [9e15, -9e15, NaN, Infinity]) expect(gridTimes(at, at + 900_000, 60_000)).toEqual([]);
  expect(gridTimes(8.6e15, 8.6e15 + 900_000, 60_000).length).toBeLessThanOrEqual(16);
});
