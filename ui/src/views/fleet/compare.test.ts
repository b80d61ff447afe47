import { describe, expect, test } from 'vitest';
import { leaders, spread } from './compare';

const NOBODY = [null, null, null];
const lead = (values: Record<string, number>, before: readonly (string | null)[] = NOBODY) => leaders(new Map(Object.entries(values)), before, 1);

describe('leaders', () => {
  test('the three highest', () => expect(lead({ a: 0.1, b: 0.9, c: 0.5, d: 0.7 })).toEqual(['b', 'd', 'c']));
  test('who stays keeps its place and colour', () => expect(lead({ a: 0.1, b: 0.9, c: 0.95, d: 0.7 }, ['b', 'd', 'c'])).toEqual(['b', 'd', 'c']));
  test('who comes takes the place of who goes', () => expect(lead({ a: 0.8, b: 0.9, c: 0.1, d: 0.7 }, ['b', 'd', 'c'])).toEqual(['b', 'd', 'a']));
  test('being ahead by a hair changes nothing', () => expect(lead({ a: 0.51, b: 0.9, c: 0.5, d: 0.7 }, ['b', 'd', 'c'])).toEqual(['b', 'd', 'c']));
  test('fewer than three', () => {
    expect(lead({ a: 0.5 })).toEqual(['a', null, null]);
    expect(lead({}, ['a', null, null])).toEqual(NOBODY);
  });
});

describe('spread', () => {
  test('labels keep their height where there is room', () => expect(spread([10, 50, 90], 17, 100)).toEqual([10, 50, 90]));
  test('labels that would lie over each other move down, in their order', () => expect(spread([50, 52, 10], 17, 100)).toEqual([50, 67, 10]));
  test('at the bottom they move up', () => expect(spread([100, 100, 100], 17, 100)).toEqual([66, 83, 100]));
  test('at the top they begin at the edge', () => expect(spread([-5, -5], 17, 100)).toEqual([0, 17]));
});
