import { describe, expect, test } from 'vitest';
import type { QueryField } from '../../wire/wire';
import { hintsFor } from './hints';
import { markedStretches, queryStretches } from './ink';
import { FIND_CHARS } from '../../wire/contract';
import { parseQuery, type QueryRow, type QueryScale } from './processes';

const NOW = 1_763_744_400_000;
const GIB = 2 ** 30;
const CONTEXT: QueryScale = { nowMs: NOW, memoryTotalBytes: 16 * GIB, cpuWhole: 1 };

function row(over: Partial<QueryRow> = {}): QueryRow {
  return {
    name: 'firefox', pid: 4121, parentPid: 2870, user: 'ana', command: '/usr/lib64/firefox/firefox -P work', cpuRatio: 0.077,
    memoryBytes: 1887 * 2 ** 20, readBytesPerS: 0, writeBytesPerS: 2e5, threads: 214, state: 'sleeping', startedAtMs: NOW - 3600e3, ...over,
  };
}

const FIREFOX = row();
const KERNEL = row({ name: 'kworker/u65:3', pid: 88, parentPid: 2, user: 'root', command: '', cpuRatio: null, memoryBytes: 0, readBytesPerS: null, writeBytesPerS: null, threads: 1, state: 'idle', startedAtMs: NOW - 12 * 86400e3 });
const BLENDER = row({ name: 'blender', pid: 119004, parentPid: 7351, command: 'blender -b shot_04.blend --engine=CYCLES', cpuRatio: 1.982, memoryBytes: 2 * GIB, writeBytesPerS: 3e6, readBytesPerS: 5e5, threads: 41, state: 'running', startedAtMs: NOW - 81e3 });
const ZOMBIE = row({ name: 'sh', pid: 4, parentPid: 4121, user: 'bob', command: 'sh -c "a (b)"', cpuRatio: 0, memoryBytes: 0, readBytesPerS: 0, writeBytesPerS: 0, threads: 1, state: 'zombie', startedAtMs: NOW - 1e3 });
const TABLE = { F: FIREFOX, K: KERNEL, B: BLENDER, Z: ZOMBIE };

/** Letters of the processes that match. */
function matches(text: string, context = CONTEXT): string {
  const query = parseQuery(text);
  if (!query.ok) return `error: ${query.error.message}`;
  const filter = query.filter ?? (() => true);
  return Object.entries(TABLE).filter(([, process]) => filter(process, context)).map(([letter]) => letter).join('');
}

describe('a query matches', () => {
  test.each([
    ['', 'FKBZ'], ['   ', 'FKBZ'],
    ['fire', 'F'], ['FIRE', 'F'], ['ana', 'FB'], ['412', 'F'], ['work', 'FK'], ['shot_04', 'B'], ['u65:3', 'K'], ['zzz', ''],
    ['fire work', 'F'], ['fire blend', ''], ['fire or blend', 'FB'], ['not fire', 'KBZ'], ["'a (b)'", 'Z'],
    ['name=fire', 'F'], ['name = FIRE', 'F'], ['name==firefox', 'F'], ['name==Firefox', ''], ['name!=fire', 'KBZ'], ['name~^b.*r$', 'B'],
    ['name~^(sh|blender)$', 'BZ'], ['process=fire', 'F'],
    ['user=ana', 'FB'], ['user==an', ''], ['owner=bob', 'Z'], ['user!=ana', 'KZ'],
    ['command=--engine=CYCLES', 'B'], ['cmd~a=b', ''], ['command="-P work"', 'F'], ["command='a (b)'", 'Z'],
    ['pid=4', 'Z'], ['pid>=4121', 'FB'], ['pid<88', 'Z'], ['pid!=4', 'FKB'], ['ppid=2', 'K'], ['parent=4121', 'Z'],
    ['cpu>5', 'FB'], ['cpu>5%', 'FB'], ['cpu>100', 'B'], ['cpu<=0', 'Z'], ['cpu=8', 'F'], ['cpu=7.7', 'F'], ['cpu=7.6', ''], ['cpu!=0', 'FB'], ['cpu>.5', 'FB'],
    ['mem>2', 'FB'], ['mem>12', 'B'], ['mem>500M', 'FB'], ['mem>=2G', 'B'], ['mem>2GB', 'B'], ['mem>2GiB', ''], ['mem>500MiB', 'FB'], ['mem>12%', 'B'], ['mem<1kB', 'KZ'], ['memory=2G', 'FB'], ['ram=2.0G', 'B'],
    ['read>0', 'B'], ['write>0.1', 'FB'], ['write>1MB/s', 'B'], ['io>3', 'B'], ['io>100k', 'FB'], ['io>3.4MB', 'B'],
    ['threads>40', 'FB'], ['thr=1', 'KZ'],
    ['state=running', 'B'], ['state=r', 'B'], ['state==zombie', 'Z'], ['state!=sleeping', 'KBZ'], ['status=s', 'F'],
    ['started<10m', 'BZ'], ['started<10', 'BZ'], ['started>1d', 'K'], ['started<2h', 'FBZ'], ['started<=1s', 'Z'], ['age>1w', 'K'],
    ['cpu>5 and name=fire', 'F'], ['cpu>5 AND NOT name=fire', 'B'], ['cpu>5 name=fire', 'F'],
    ['name=fire or name=sh and pid=4', 'FZ'], ['(name=fire or name=sh) and pid=4', 'Z'], ['not (fire or blend)', 'KZ'], ['not not fire', 'F'],
    ['fire and (cpu>5 or (mem>1T and pid=1))', 'F'], ['(((fire)))', 'F'], ['cpu > 5 and mem > 1.9G', 'B'],
    ['orca', ''], ['android', ''], ['nothing', ''], ['cpu', ''], ['or=1', 'error: “or” is not a field. Fields: name, cpu, mem, user, io, started, state, command, pid, ppid, read, write, threads.'],
  ])('%s → %s', (text, expected) => {
    expect(matches(text)).toBe(expected);
  });

  test('percentages of CPU follow what 100 % means', () => {
    expect(matches('cpu>24', { ...CONTEXT, cpuWhole: 8 })).toBe('B');
    expect(matches('cpu>25', { ...CONTEXT, cpuWhole: 8 })).toBe('');
  });

  test('what a scope hides matches nothing, not even its opposite', () => {
    const hidden = row({ user: null, command: null });
    for (const text of ['user=ana', 'user!=ana', 'command~.', 'command!=x']) {
      const query = parseQuery(text);
      expect(query.ok && query.filter?.(hidden, CONTEXT)).toBe(false);
    }
  });
});

describe('an error of a query has a message', () => {
  test.each([
    ['nmae=fire', '“nmae” is not a field. Did you mean name?', false, 'name'],
    ['cpu>5 and cpuu>3', '“cpuu” is not a field. Did you mean cpu?', false, 'cpu'],
    ['memroy>2G', '“memroy” is not a field. Did you mean memory?', false, 'memory'],
    ['qqqqqq=1', '“qqqqqq” is not a field. Fields: name, cpu, mem, user, io, started, state, command, pid, ppid, read, write, threads.', false, undefined],
    ['cpu>', 'A value is missing after “cpu>”.', true, undefined],
    ['(cpu>)', 'A value is missing after “cpu>”.', false, undefined],
    ['cpu>5 and', 'Something after “and” is missing.', true, undefined],
    ['cpu>5 or ', 'Something after “or” is missing.', true, undefined],
    ['not', 'Something after “not” is missing.', true, undefined],
    ['and fire', 'Something is missing before “and”.', false, undefined],
    ['or fire', 'Something is missing before “or”.', false, undefined],
    ['fire or or blend', 'Something is missing before “or”.', false, undefined],
    ['(fire', 'The “(” is not closed.', true, undefined],
    ['fire)', 'There is no “(” for this “)”.', false, undefined],
    ['()', 'Something is missing before this “)”.', false, undefined],
    ['>5', 'A field is missing before “>”: name, cpu, mem, user, …', false, undefined],
    ['name="fire', 'The quote is not closed.', true, undefined],
    ['name>fire', '“>” does not go with name. It takes = == != ~', false, undefined],
    ['cpu~5', '“~” does not go with cpu. It takes > >= < <= = == !=', false, undefined],
    ['cpu>five', '“five” is not a percentage. Write 5 or 12.5%.', false, undefined],
    ['mem>5X', '“5X” is not an amount of memory. Write 500MB, 2GiB or 10%.', false, undefined],
    ['mem>constructor', '“constructor” is not an amount of memory. Write 500MB, 2GiB or 10%.', false, undefined],
    ['io>5m/h', '“5m/h” is not a rate. Write 500kB, 1MB or 2MB/s.', false, undefined],
    ['started<10x', '“10x” is not a time span. Write 30s, 10m, 2h or 1d.', false, undefined],
    ['pid=1.5', '“1.5” is not a whole number.', false, undefined],
    ['threads>2k', '“2k” is not a whole number.', false, undefined],
    ['state=runing', '“runing” is not a state. Did you mean running?', false, 'running'],
    ['name~[', 'This pattern cannot be read: a “[” is not closed, or a range runs backwards.', false, undefined],
    ['name~(a)\\1', 'This pattern cannot be read: the backslash does not go with what follows it.', false, undefined],
    ['name~a{9999}', 'This pattern is too large: it repeats too much.', false, undefined],
    ['disk>90', '“disk” is not a field of a process. Did you mean io?', false, 'io'],
    ['host=x', '“host” is not a field of a process. Fields: name, cpu, mem, user, io, started, state, command, pid, ppid, read, write, threads.', false, undefined],
    ['mem>500', '“500” without a unit is a percentage, and past all of the memory. Write 500MB or 10%.', false, undefined],
    [`name~${'a'.repeat(201)}`, 'This pattern is longer than 200 characters.', false, undefined],
    ['a'.repeat(FIND_CHARS + 1), 'A filter has at most 500 characters.', false, undefined],
    ['('.repeat(60) + 'a', 'This filter is nested too deeply.', false, undefined],
  ])('%s', (text, message, unfinished, meant) => {
    const query = parseQuery(text);
    expect(query.ok).toBe(false);
    if (query.ok) return;
    expect({ message: query.error.message, unfinished: query.error.unfinished, meant: query.error.meant }).toEqual({ message, unfinished, meant });
    expect(query.error.from).toBeLessThanOrEqual(query.error.to);
    expect(query.error.to).toBeLessThanOrEqual(text.length);
  });

  test('the place of a mistyped field lets it be put right', () => {
    const text = 'cpu>5 and nmae=fire';
    const query = parseQuery(text);
    if (query.ok) throw new Error('should not be readable');
    const { from, to, meant } = query.error;
    expect(text.slice(0, from) + meant + text.slice(to)).toBe('cpu>5 and name=fire');
  });
});

describe('it never throws', () => {
  const PIECES = ['cpu', 'name', 'nmae', 'state', 'started', '>', '<', '>=', '=', '==', '!=', '~', '!', '(', ')', '"', "'", ' ', '  ', 'and', 'or', 'not', '5', '5%', '2G', '10m', '*', '+', '[', '\\', '{', '$', '^', '.', '|', '?', 'é', '𝒳', 'İ', '\u0000', '\n', 'zombie', '1'];
  let seed = 0;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };

  test.each([7, 11, 13, 17, 19, 23, 29, 31, 37, 41])('2 000 random texts from seed %i', (from) => {
    seed = from;
    for (let round = 0; round < 2_000; round += 1) {
      const text = Array.from({ length: random(14) }, () => PIECES[random(PIECES.length)] ?? '').join('');
      const query = parseQuery(text);
      const isRead = query.ok
        ? Object.values(TABLE).every((process) => typeof (query.filter?.(process, CONTEXT) ?? true) === 'boolean')
        : query.error.message !== '' && query.error.from <= query.error.to && query.error.to <= text.length;
      const isHinted = hintsFor(text, { valuesOf: () => [], hidden: [] }).every((hint) => hint.from <= text.length);
      const isInked = queryStretches(text, null).map((stretch) => stretch.text).join('') === text;
      // One expectation a text, and only for failures: 100 000 expectations took longer than the parsing they check.
      if (!isRead || !isHinted || !isInked) expect({ text, isRead, isHinted, isInked }).toEqual({ text, isRead: true, isHinted: true, isInked: true });
    }
  });
});

test('a query lists the fields it compares', () => {
  const query = parseQuery('cpu>5 and not (owner=ana or fire)');
  expect(query.ok && [...query.fields]).toEqual(['cpu', 'user']);
});

describe('marks', () => {
  const marksOf = (text: string): readonly string[] => {
    const query = parseQuery(text);
    return query.ok ? query.marks : [];
  };
  test.each([
    ['cpu>5 and name=Fire', ['fire']], ['fire fox', ['fire', 'fox']], ['not fire', []], ['not not fire', ['fire']], ['user=ana', []], ['name~x', []],
  ])('%s', (text, expected) => {
    expect(marksOf(text)).toEqual(expected);
  });
  test.each([
    ['firefox', ['fire'], '[fire]fox'], ['firefox', ['fox', 'fi'], '[fi]re[fox]'], ['firefox', [], 'firefox'], ['Firefox', ['x'], 'Firefo[x]'], ['firefox', ['zz'], 'firefox'], ['', ['a'], ''], ['İa', ['a'], 'İ[a]'],
  ])('%s %j → %s', (text, marks, expected) => {
    expect(markedStretches(text, marks).map((stretch) => (stretch.marked ? `[${stretch.text}]` : stretch.text)).join('')).toBe(expected);
  });
});

describe('hints', () => {
  const labels = (text: string, hidden: readonly QueryField[] = []): string[] => hintsFor(text, { valuesOf: (field) => (field === 'user' ? ['ana', 'root', 'me too'] : []), hidden }).map((hint) => hint.label);
  const firstTaken = (text: string): string => {
    const hint = hintsFor(text, { valuesOf: (field) => (field === 'user' ? ['ana', 'me too'] : []), hidden: [] })[0];
    return hint ? text.slice(0, hint.from) + hint.insert : text;
  };
  test('propose fields, then operators, then values, then what may follow', () => {
    expect(labels('')).toEqual(['name=', 'cpu>', 'mem>', 'user=', 'io>', 'started<']);
    expect(labels('c')[0]).toBe('cpu>');
    expect(labels('cpu')).toEqual(['cpu>', 'cpu>=', 'cpu<', 'cpu<=', 'cpu=', 'cpu==']);
    expect(labels('state=s')).toEqual(['sleeping', 'stopped']);
    expect(labels('user=')).toEqual(['ana', 'root', 'me too']);
    expect(labels('cpu>5 and name=fire')).toEqual(['and user=', 'and mem>', 'and io>', 'and cpu>', 'and started<', 'or name~']);
    expect(labels('nmae=')).toEqual([]);
    expect(labels('cpu>5', ['user', 'command'])).toEqual(['and mem>', 'and io>', 'and cpu>', 'and started<', 'or name~']);
  });
  test('and taking one gives a text that goes on', () => {
    expect(firstTaken('cp')).toBe('cpu>');
    expect(firstTaken('cpu')).toBe('cpu>');
    expect(firstTaken('cpu>5')).toBe('cpu>5 and user=');
    expect(firstTaken('cpu>5 ')).toBe('cpu>5 and user=');
    expect(firstTaken('cpu>5 and ')).toBe('cpu>5 and name=');
    expect(firstTaken('user=m')).toBe('user="me too"');
    expect(firstTaken('(st')).toBe('(started<');
  });
});
