import { describe, expect, test, vi } from 'vitest';
import { readPattern } from './pattern';
import { Pattern } from './pattern-run';
import { parseQuery } from './processes';

function read(written: string): Pattern {
  const pattern = readPattern(written);
  if (typeof pattern === 'string') throw new Error(`${written}: ${pattern}`);
  return pattern;
}

describe('the cost of a pattern grows with the length of the text only', () => {
  test.each(['(a+)+$', '(a|a)*$', '((a*))+b', '.*.*.*.*x', '(a|aa)+$', 'a*a*a*a*a*b', '(?:a?){100}a{100}', '^(\\w+\\s?)*$', '\\b(a|b|ab)*c\\b'])('%s', (written) => {
    const pattern = read(written);
    for (const text of [`${'a'.repeat(100_000)}!`, 'ab'.repeat(20_000), 'a b '.repeat(5_000)]) {
      const before = pattern.visits;
      pattern.test(text);
      expect(pattern.visits - before).toBeLessThanOrEqual((text.length + 1) * pattern.visitsPerLetter);
    }
  });

  test('most transitions are cached: a long text of one letter costs hardly anything', () => {
    const pattern = read('(a+)+$');
    expect(pattern.test(`${'a'.repeat(100_000)}!`)).toBe(false);
    expect(pattern.visits).toBeLessThan(100);
  });

  test('a text that is never the same twice does not fill the memory, nor change what matches', () => {
    const pattern = read('[^x]*x.{30}y$');
    const text = Array.from({ length: 60_000 }, (_, index) => String.fromCodePoint(0x4e00 + ((index * 7919) % 20_000))).join('');
    expect(pattern.test(`${text}x${'z'.repeat(30)}y`)).toBe(true);
    expect(pattern.test(`${text}x${'z'.repeat(29)}y`)).toBe(false);
  });
});

test('the engine of JavaScript is given no pattern that was typed', () => {
  const made = vi.fn();
  const Real = globalThis.RegExp;
  vi.stubGlobal('RegExp', class extends Real {
    constructor(...args: ConstructorParameters<typeof RegExp>) {
      super(...args);
      made(String(args[0]));
    }
  });
  try {
    const query = parseQuery('command~(a+)+$ and not name~^.*x');
    expect(query.ok && query.filter?.({ name: 'a', pid: 1, parentPid: null, user: null, command: 'aaa', cpuRatio: null, memoryBytes: 0, readBytesPerS: null, writeBytesPerS: null, threads: 1, state: 'idle', startedAtMs: 0 }, { nowMs: 0, memoryTotalBytes: 1, cpuWhole: 1 })).toBe(true);
  } finally {
    vi.unstubAllGlobals();
  }
  expect(made).not.toHaveBeenCalled();
});

test('what it takes, it matches as JavaScript does', () => {
  const patterns = ['abc', '^abc$', 'a|b', '^(a|b)*$', 'a{2,3}b', '[a-c]+d', '[^a-c]', '\\bfoo\\b', '^\\w+\\s\\d*$', '(foo|bar)?baz', '^.*$', '^$', 'x*', 'a.c', '^(?:ab)+$', '[\\w.-]+@', '^[\\]a]+$'];
  const words = ['', 'abc', 'ABC', 'aab', 'aaab', 'aaaab', 'foo', 'a foo b', 'food', 'bazaar', 'barbaz', 'abab', 'ababa', 'a\nc', 'abcd', 'x y 1', 'word 12', 'me.too@', ']a]', 'd', 'éa', 'a-b_c', '1'];
  for (const written of patterns) {
    const known = new RegExp(written, 'i');
    const pattern = read(written);
    for (const word of words) expect(pattern.test(word), `${written} on ${word}`).toBe(known.test(word));
  }
});
