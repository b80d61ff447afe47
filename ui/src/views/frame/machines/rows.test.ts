import { expect, test } from 'vitest';
import { gapAt, inSight, stacked } from './rows';

const rows = stacked([10, 30, 20, 40], (height) => height);
const seen = (fromY: number, toY: number) => inSight(rows.placed, fromY, toY).map(({ item }) => item);

test('items stand one beneath the other', () => {
  expect(rows.height).toBe(100);
  expect(rows.placed.map(({ top }) => top)).toEqual([0, 10, 40, 60]);
});
test('only what touches the stretch is in sight', () => {
  expect(seen(0, 100)).toEqual([10, 30, 20, 40]);
  expect(seen(10, 40)).toEqual([30]);
  expect(seen(39, 41)).toEqual([30, 20]);
  expect(seen(100, 200)).toEqual([]);
  expect(inSight([], 0, 10)).toEqual([]);
});
test('a row is dropped at the nearer edge', () => {
  expect([4, 6, 24, 26, 99].map((y) => gapAt(rows.placed, y))).toEqual([0, 1, 1, 2, 4]);
});
