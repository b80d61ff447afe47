import { expect, test } from 'vitest';
import { addressBook, announcedAt, roundOf, workedAt } from './addresses';

test('the one that worked last comes first', () => {
  expect(roundOf(workedAt(addressBook(['a', 'b', 'c']), 'c'))).toEqual(['c', 'a', 'b']);
});

test('where it has proven itself is tried first, and of that where it is announced; where it is only announced comes last', () => {
  const book = announcedAt(addressBook(['a', 'b']), ['x', 'b']);
  expect(roundOf(book)).toEqual(['b', 'a', 'x']);
  expect(roundOf(announcedAt(book, []))).toEqual(['b', 'a', 'x']);
});

test('announced addresses are few, and replaced by the next announcement; proven ones stay', () => {
  const book = announcedAt(addressBook(['a']), Array.from({ length: 500 }, (_, n) => `x${n}`));
  expect(roundOf(book).length).toBe(9);
  expect(roundOf(announcedAt(workedAt(book, 'x3'), ['y']))).toEqual(['x3', 'a', 'y']);
});
