import { expect, test } from 'vitest';
import { Addresses } from './addresses';

test('the one that worked last comes first', () => {
  const addresses = new Addresses(['a', 'b', 'c']);
  addresses.worked('c');
  expect(addresses.round()).toEqual(['c', 'a', 'b']);
});

test('what was announced a moment ago is tried before what was not, and what is also known before what is not', () => {
  const addresses = new Addresses(['a', 'b']);
  addresses.heard(['x', 'b']);
  expect(addresses.round()).toEqual(['b', 'x', 'a']);
  addresses.heard([]);
  expect(addresses.round()).toEqual(['b', 'x', 'a']);
});

test('hearsay is never more than a handful, and gone with the next; what has proven itself stays', () => {
  const addresses = new Addresses(['a']);
  addresses.heard(Array.from({ length: 500 }, (_, n) => `x${n}`));
  expect(addresses.round().length).toBe(9);
  addresses.worked('x3');
  addresses.heard(['y']);
  expect(addresses.round()).toEqual(['y', 'x3', 'a']);
});
