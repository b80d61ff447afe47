import { expect, test } from 'vitest';
import type { FoundMachine, KnownMachine } from '../../wire/wire';
import { moved, renamed, sameList, tagged, unknownOf, withAddress } from './machine-list';

const known = (id: string, change: Partial<KnownMachine> = {}): KnownMachine => ({ id, name: id, tags: [], addresses: [], secure: false, scope: 'view', family: '', os: '', addedAtMs: 0, lastSeenMs: null, lastGoodbye: null, ...change });
const list = [known('a'), known('b'), known('c')];
const ids = (machines: KnownMachine[]) => machines.map(({ id }) => id).join('');

test('a name is trimmed, bounded, and never empty', () => {
  expect(renamed(list, 'b', '  Backup ')[1]?.name).toBe('Backup');
  expect(renamed(list, 'b', '   ')[1]?.name).toBe('b');
  expect([...(renamed(list, 'b', '🙂'.repeat(99))[1]?.name ?? '')].length).toBe(64);
});

test('tags have no doubles and are bounded', () => {
  expect(tagged(list, 'a', [' home ', '', 'home', 'disk'])[0]?.tags).toEqual(['home', 'disk']);
  expect(tagged(list, 'a', Array.from({ length: 20 }, (_, n) => `t${n}`))[0]?.tags.length).toBe(8);
});

test('a machine goes where it is put, and no further than the ends', () => {
  expect(ids(moved(list, 'a', 2))).toBe('bca');
  expect(ids(moved(list, 'c', 0))).toBe('cab');
  expect(ids(moved(list, 'b', 99))).toBe('acb');
  expect(ids(moved(list, 'b', -1))).toBe('bac');
  expect(ids(moved(list, 'x', 0))).toBe('abc');
});

test('the address that worked comes first, the oldest goes', () => {
  expect(withAddress(['a', 'b'], 'b')).toEqual(['b', 'a']);
  expect(withAddress(['a', 'b'], 'a')).toEqual(['a', 'b']);
  expect(withAddress(['1', '2', '3', '4', '5', '6', '7', '8'], 'x')).toEqual(['x', '1', '2', '3', '4', '5', '6', '7']);
});

test('found is what is neither known nor this machine', () => {
  const found = ['a', 'me', 'new'].map((id) => ({ id }) as FoundMachine);
  expect(unknownOf(found, list, 'me').map(({ id }) => id)).toEqual(['new']);
});

test('lists are compared by what they say', () => {
  expect(sameList(list, structuredClone(list))).toBe(true);
  expect(sameList(list, moved(list, 'a', 1))).toBe(false);
});
