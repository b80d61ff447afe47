import { describe, expect, test } from 'vitest';
import type { KnownMachine } from '../../../wire/wire';
import { byTag, firstTag, placed, stepped, tagTitle } from './groups';

/** `a:desk b:rack+fast c` as a list of machines. */
const list = (text: string): KnownMachine[] => text.split(' ').map((word) => {
  const [id = '', tags = ''] = word.split(':');
  return { id, tags: tags === '' ? [] : tags.split('+') } as KnownMachine;
});
const written = (known: readonly KnownMachine[]) => known.map(({ id, tags }) => (tags.length > 0 ? `${id}:${tags.join('+')}` : id)).join(' ');

test('groups stand in the order of their first member, machines without a tag last', () => {
  expect(byTag(list('a b:rack c:desk d:rack e'), firstTag).map(({ tag, members }) => `${tag}=${members.map(({ id }) => id).join('')}`)).toEqual(['rack=bd', 'desk=c', '=ae']);
  expect(tagTitle('rack')).toBe('Rack');
  expect(tagTitle('')).toBe('Others');
  expect(tagTitle('', true)).toBe('Machines');
});

describe('placed', () => {
  const check = (before: string, id: string, tag: string, beforeId: string | null, after: string) => expect(written(placed(list(before), id, tag, beforeId))).toBe(after);

  test('inside its group', () => {
    check('a:x b:x c:x', 'c', 'x', 'a', 'c:x a:x b:x');
    check('a:x b:x c:x', 'a', 'x', null, 'b:x c:x a:x');
    check('a:x b:x c:x', 'b', 'x', 'b', 'a:x b:x c:x');
  });
  test('another group takes its first tag, and leaves the others', () => {
    check('a:x+fast b:y', 'a', 'y', 'b', 'a:y+fast b:y');
    check('a:x b:y+x', 'b', 'x', null, 'a:x b:x');
    check('a:x b:y', 'a', '', null, 'a b:y');
  });
  test('groups that lie among each other stay in the order in which they are shown', () => {
    check('a:x b:y c:x', 'a', 'x', null, 'c:x a:x b:y');
  });
  test('who is not there moves nothing', () => check('a:x b:y', 'q', 'x', null, 'a:x b:y'));
});

describe('stepped', () => {
  const check = (before: string, id: string, direction: -1 | 1, after: string) => expect(written(stepped(list(before), id, direction))).toBe(after);

  test('one place', () => {
    check('a:x b:x c:x', 'a', 1, 'b:x a:x c:x');
    check('a:x b:x c:x', 'b', 1, 'a:x c:x b:x');
    check('a:x b:x c:x', 'c', -1, 'a:x c:x b:x');
  });
  test('over the edge of its group into the next', () => {
    check('a:x b:x c:y', 'b', 1, 'a:x b:y c:y');
    check('a:x b:x c:y', 'c', -1, 'a:x b:x c:x');
  });
  test('at either end nothing', () => {
    check('a:x b:x', 'a', -1, 'a:x b:x');
    check('a:x b:x', 'b', 1, 'a:x b:x');
  });
});
