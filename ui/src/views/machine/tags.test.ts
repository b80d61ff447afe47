import { expect, test } from 'vitest';
import { TAGS } from '../../wire/contract';
import { tagsToOffer, withFirst, withTag } from './tags';

test('tags are trimmed, and stand once', () => {
  expect(withTag(['rack'], '  two  words ')).toEqual(['rack', 'two words']);
  expect(withTag(['rack'], 'Rack')).toEqual(['rack']);
  expect(withTag(['rack'], ' ')).toEqual(['rack']);
});

test('bounds are said', () => {
  const full = Array.from({ length: TAGS }, (_, index) => `tag ${index}`);
  expect(withTag(full, 'more')).toEqual({ problem: '8 tags are the most. Take one off first.' });
  expect(withTag(full, 'tag 1')).toBe(full);
  expect(withTag([], 'x'.repeat(33))).toEqual({ problem: 'A tag has at most 32 characters.' });
});

test('the first is the group', () => {
  expect(withFirst(['a', 'b', 'c'], 'c')).toEqual(['c', 'a', 'b']);
});

test('tags in use are offered, most used first', () => {
  const all = [['rack', 'linux'], ['desk'], ['rack', 'lab']];
  expect(tagsToOffer(all, [], '')).toEqual(['rack', 'desk', 'lab', 'linux']);
  expect(tagsToOffer(all, ['linux'], 'L')).toEqual(['lab']);
});
