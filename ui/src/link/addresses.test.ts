import { expect, test } from 'vitest';
import { addressBook, announcedAt, roundOf, workedAt } from './addresses';

test('the one that worked last comes first', () => {
  expect(roundOf(workedAt(addressBook(['a', 'b', 'c']), 'c'))).toEqual(['c', 'a', 'b']);
});

test('what was announced a moment ago is tried before what was not, and what is also known before what is not', () => {
  const book = announcedAt(addressBook(['a', 'b']), ['x', 'b']);
  expect(roundOf(book)).toEqual(['b', 'x', 'a']);
  expect(roundOf(announcedAt(book, []))).toEqual(['b', 'x', 'a']);
});

test('announced addresses are few, and replaced by the next announcement; proven ones stay', () => {
  const book = announcedAt(addressBook(['a']), Array.from({ length: 500 }, (_, n) => `x${n}`));
  expect(roundOf(book).length).toBe(9);
  expect(roundOf(announcedAt(workedAt(book, 'x3'), ['y']))).toEqual(['y', 'x3', 'a']);
});
