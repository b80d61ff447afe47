import { describe, expect, test } from 'vitest';
import { findMarks, findText, isProcessFilter, parseFind, settleHosts } from './find';
import { FIND_CHARS, FIND_TERMS } from '../../wire/contract';
import type { Node } from './parse';
import { parseQuery } from './processes';

const rootOf = (text: string): Node | null => {
  const query = parseFind(text);
  if (!query.ok) throw new Error(query.error.message);
  return query.root;
};
const written = (text: string): string => {
  const root = rootOf(text);
  return root === null ? '' : findText(root);
};
const wrong = (text: string): string => {
  const query = parseFind(text);
  return query.ok ? 'readable' : query.error.message;
};

test.each([
  ['', ''],
  ['ffmpeg', 'ffmpeg'],
  ['  two  words ', 'two words'],
  ['cpu>50 and mem>2GB', 'cpu>50 mem>2GB'],
  ['CPU > 49.9 %', 'cpu>"49.9 %"'],
  ['mem > 2 GB ana', 'mem>"2 GB" ana'],
  ['mem>2 ana', 'mem>2 ana'],
  ['host:nas', 'host:nas'],
  ['machine = NAS-01', 'host=NAS-01'],
  ['owner:"a b"', 'user:"a b"'],
  ['kworker/0:1', '"kworker/0:1"'],
  ['"and"', '"and"'],
  ['"x y" name=fire', '"x y" name=fire'],
])('%j is read as %j', (text, expected) => {
  expect(written(text)).toBe(expected);
});

test('what is read is read the same again', () => {
  for (const text of ['mem > 2 GB ana', 'kworker/0:1 cpu>=3', 'user:"a b" "or"', "it's"]) {
    expect(written(written(text)), text).toBe(written(text));
  }
});

test.each([
  ['nmae=fire', '“nmae” is not a field. Did you mean name?'],
  ['nmae:fire', '“nmae” is not a field. Did you mean name?'],
  ['warp>9', '“warp” is not a field. Fields: name, cpu, mem, disk, host, user, io, started, state, command, pid, ppid, read, write, threads, os, net, temp.'],
  ['cpu>lots', '“lots” is not a percentage. Write 5 or 12.5%.'],
  ['mem>2parsec', '“2parsec” is not an amount of memory. Write 500MB, 2GiB or 10%.'],
  ['pid=1.5', '“1.5” is not a whole number.'],
  ['name>x', '“>” does not go with name. It takes = == != ~'],
  ['cpu~3', '“~” does not go with cpu. It takes > >= < <= = == !='],
  ['cpu>', 'A value is missing after “cpu>”.'],
  ['>50', 'A field is missing before “>”: name, cpu, mem, disk, …'],
  ['"open', 'The quote is not closed.'],
  ['a or', 'Something after “or” is missing.'],
  ['tag:rack', '“tag” is not a field of what is found. Did you mean host?'],
  ['x'.repeat(FIND_CHARS + 1), `A filter has at most ${FIND_CHARS} characters.`],
  ['a '.repeat(FIND_TERMS + 1), `A filter has at most ${FIND_TERMS} words and comparisons.`],
])('%j cannot be read', (text, message) => {
  expect(wrong(text)).toBe(message);
});

test('what is being typed is only unfinished', () => {
  for (const text of ['cpu>', 'mem>', '"ff', 'host:']) {
    const query = parseFind(text);
    expect(!query.ok && query.error.unfinished, text).toBe(true);
  }
  const query = parseFind('nmae=f');
  expect(!query.ok && query.error).toMatchObject({ from: 0, to: 4, unfinished: false, meant: 'name' });
});

describe('the same in a process table', () => {
  test.each([
    ['ffm', true],
    ['cpu>50 ffm', true],
    ['mem>50', true],
    ['user:ana or not name:"a b"', true],
    ['disk>90', false],
    ['host:nas ffm', false],
    ['net>1', false],
    ['', false],
  ])('%j: %j', (text, expected) => {
    expect(isProcessFilter(rootOf(text))).toBe(expected);
    if (expected) expect(parseQuery(text).ok).toBe(true);
  });
});

describe('the query for a machine with the name nas and the tag rack', () => {
  test.each([
    ['ffmpeg', 'ffmpeg'],
    ['host:nas', true],
    ['host:forge', false],
    ['host:rack ffmpeg', 'ffmpeg'],
    ['host:forge ffmpeg', false],
    ['host:forge or ffmpeg', 'ffmpeg'],
    ['host:nas or ffmpeg', true],
    ['not host:nas', false],
    ['not host:forge cpu>50', 'cpu>50'],
    ['not (host:nas cpu>50)', 'not cpu>50'],
    ['(host:forge or a) (b or c or host:forge)', 'a (b or c)'],
    ['host!=rack', false],
    ['host~^na', true],
  ])('%j: %j', (text, expected) => {
    const root = rootOf(text);
    const left = root && settleHosts(root, ['nas', 'rack']);
    expect(typeof left === 'object' && left !== null ? findText(left) : left).toBe(expected);
  });
});

test('parts of names are marked, figures are not', () => {
  expect(findMarks(rootOf('FFM cpu>5 host:NAS user:ana'))).toEqual(['ffm', 'nas']);
});
