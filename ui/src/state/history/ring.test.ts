import { describe, expect, test } from 'vitest';
import type { History } from '../../wire/wire';
import { Ring, SPAN_MS } from './ring';

const IDS = ['a', 'b'];

function ringOf(...samples: [number, number | null][]): Ring {
  const ring = new Ring();
  ring.setSeries(IDS);
  for (const [second, value] of samples) ring.push(second * 1000, (id) => (id === 'a' ? value : null));
  return ring;
}

const seconds = (ring: Ring) => Array.from(ring.times, (ms) => ms / 1000);
const column = (ring: Ring, id = 'a') => Array.from(ring.column(id) ?? [], (value) => (Number.isNaN(value) ? null : value));
const history = (from: number, values: (number | null)[]): History => ({ stepMs: 1000, t: values.map((_, index) => (from + index) * 1000), columns: { a: { min: values, avg: values, max: values } } });

describe('samples', () => {
  test('stand in order, unknown is no number', () => {
    const ring = ringOf([1, 10], [2, null], [3, 30]);
    expect(seconds(ring)).toEqual([1, 2, 3]);
    expect(column(ring)).toEqual([10, null, 30]);
    expect(ring.column('c')).toBeNull();
  });

  test('an old one is ignored', () => {
    expect(seconds(ringOf([1, 1], [3, 3], [2, 2], [3, 4]))).toEqual([1, 3]);
  });

  test('a gap breaks the line with one empty row', () => {
    const ring = ringOf([1, 1], [2, 2], [60, 60]);
    expect(seconds(ring)).toEqual([1, 2, 3, 60]);
    expect(column(ring)).toEqual([1, 2, null, 60]);
    expect(ring.gaps(0, 61_000)).toEqual([{ fromMs: 3000, toMs: 60_000 }]);
  });

  test('a sample a little late is no gap', () => {
    expect(seconds(ringOf([1, 1], [3.4, 3]))).toEqual([1, 3.4]);
  });

  test('more than 15 minutes are forgotten, whatever was pushed', () => {
    const ring = new Ring();
    ring.setSeries(['a']);
    for (let second = 0; second < 10_000; second++) ring.push(second * 1000, () => second);
    expect(ring.firstMs).toBeGreaterThanOrEqual(9_999_000 - SPAN_MS - 1000);
    expect(ring.lastMs).toBe(9_999_000);
    expect(ring.column('a')?.at(-1)).toBe(9_999);
    expect(ring.column('a')?.[0]).toBe((ring.firstMs as number) / 1000);
  });

  test('a column that stays keeps its values when the set changes', () => {
    const ring = ringOf([1, 1], [2, 2]);
    ring.setSeries(['a', 'new']);
    ring.push(3000, () => 3);
    expect(column(ring)).toEqual([1, 2, 3]);
    expect(column(ring, 'new')).toEqual([null, null, 3]);
    expect(ring.column('b')).toBeNull();
  });
});

describe('the sample at a moment', () => {
  const ring = ringOf([10, 1], [11, 2], [12, 3], [60, 4]);
  test.each([
    [9_999, -1],
    [10_000, 0],
    [11_400, 1],
    [12_999, 2],
    [30_000, 3],
    [60_000, 4],
    [61_000, 4],
    [63_000, -1],
  ])('at %i is row %i', (atMs, row) => expect(ring.indexAt(atMs)).toBe(row));

  test('in a gap has no values, and keeps none when rows are forgotten', () => {
    const row = ring.rowAt(ring.indexAt(30_000));
    expect(row.size).toBe(0);
  });
});

describe('the machine\'s history', () => {
  test('fills the ring on the first connection', () => {
    const ring = ringOf([100, 100]);
    ring.fill([history(97, [97, 98, 99])], 0, 99_500);
    expect(seconds(ring)).toEqual([97, 98, 99, 100]);
    expect(column(ring)).toEqual([97, 98, 99, 100]);
    expect(ring.gaps(0, 100_000)).toEqual([]);
  });

  test('fills a gap completely', () => {
    const ring = ringOf([1, 1], [2, 2], [7, 7]);
    ring.fill([history(1, [91, 92, 3, 4, 5, 6, 97])], 2_500, 6_500);
    expect(seconds(ring)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(column(ring)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(ring.gaps(0, 7_000)).toEqual([]);
  });

  test('has gaps where the machine itself has no samples', () => {
    const ring = ringOf([20, 20]);
    ring.fill([history(10, [10, 11, null, null, null, null, null, 17, 18, 19])], 0, 19_500);
    expect(ring.gaps(0, 20_000)).toEqual([{ fromMs: 12_000, toMs: 17_000 }]);
    expect(ring.rowAt(ring.indexAt(14_000)).size).toBe(0);
  });

  test('comes in several answers', () => {
    const ring = ringOf([3, 3]);
    const b: History = { stepMs: 1000, t: [1000, 2000], columns: { b: { min: [5, 6], avg: [5, 6], max: [5, 6] }, unknown: { min: [1, 1], avg: [1, 1], max: [1, 1] } } };
    ring.fill([history(1, [1, 2]), b], 0, 2_500);
    expect(column(ring)).toEqual([1, 2, 3]);
    expect(column(ring, 'b')).toEqual([5, 6, null]);
  });

  test('while it is not loaded, the range up to now is a gap', () => {
    expect(ringOf([1, 1], [2, 2]).gaps(0, 30_000)).toEqual([{ fromMs: 2_000, toMs: 30_000 }]);
    expect(ringOf([1, 1], [2, 2]).gaps(0, 4_000)).toEqual([]);
  });
});
