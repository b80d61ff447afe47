import { describe, expect, test } from 'vitest';
import { FIND_CHARS, findMarks, findText, parseFind, processFilter } from './find-query';

const terms = (text: string) => {
  const query = parseFind(text);
  if (!query.ok) throw new Error(query.error.message);
  return query.terms;
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
  expect(findText(terms(text))).toBe(expected);
});

test('what is read is read the same again', () => {
  for (const text of ['mem > 2 GB ana', 'kworker/0:1 cpu>=3', 'user:"a b" "or"', "it's"]) {
    const query = parseFind(text);
    if (query.ok) expect(terms(findText(query.terms))).toEqual(query.terms);
  }
});

test.each([
  ['nmae=fire', '“nmae” is not a field. Did you mean name?'],
  ['nmae:fire', '“nmae” is not a field. Did you mean name?'],
  ['warp>9', '“warp” is not a field. Fields: name, cpu, mem, disk, host, user, pid.'],
  ['cpu>lots', '“lots” is not a percentage. Write 5 or 12.5%.'],
  ['mem>2parsec', '“2parsec” is not an amount of memory. Write 500M, 2G or 10%.'],
  ['pid=1.5', '“1.5” is not a whole number.'],
  ['name>x', '“>” does not go with name. It takes : ='],
  ['cpu~3', '“~” does not go with cpu. It takes > >= < <= = :'],
  ['cpu>', 'A value is missing after “cpu>”.'],
  ['>50', 'A field is missing before “>”: name, cpu, mem, disk, host, user, pid.'],
  ['"open', 'The quote is not closed.'],
  ['a or b', '“or” is not known here: all that is written has to hold. In quotes it is a word.'],
  ['x'.repeat(FIND_CHARS + 1), `This is longer than ${FIND_CHARS} characters.`],
  [Array.from({ length: 17 }, () => 'a').join(' '), 'At most 16 words and comparisons can be looked for at once.'],
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
    ['ffm', 'ffm'],
    ['cpu>50 ffm', 'cpu>50 and ffm'],
    ['mem>50', 'mem>50%'],
    ['mem > 2 GB', 'mem>2GB'],
    ['user:ana', 'user=ana'],
    ['name:"a b"', 'name="a b"'],
    ['disk>90', null],
    ['host:nas ffm', null],
    ['', null],
  ])('%j is %j', (text, expected) => {
    expect(processFilter(terms(text))).toBe(expected);
  });
});

test('parts of names are marked, figures are not', () => {
  expect(findMarks(terms('FFM cpu>5 host:NAS user:ana'))).toEqual(['ffm', 'nas']);
});
