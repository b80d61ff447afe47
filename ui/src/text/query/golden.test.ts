import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { QueryError } from '../../wire/wire';
import { fieldsOf, holds, type Subject } from './evaluate';
import type { QueryContext } from './fields';
import { parseFind, settleHosts, findText } from './find';
import { queryStretches } from './ink';
import { FIND_CHARS, FIND_DEPTH, FIND_TERMS, PATTERN_CHARS } from '../../wire/contract';
import { faultOf } from './messages';
import { parse, type Node } from './parse';

/** A row as it stands in the file: measures, texts by field, and `words`. */
type Row = { readonly key: string } & Readonly<Record<string, unknown>>;
type Table = { readonly in: QueryContext; readonly rows?: readonly Row[]; readonly machine?: Row; readonly processes?: readonly Row[]; readonly disks?: readonly Row[] };
type Case = { readonly in: QueryContext; readonly query: string; readonly match?: readonly string[]; readonly error?: QueryError };

const lines = readFileSync('../src-tauri/crates/wire/golden/queries.jsonl', 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Table | Case);
const tables = new Map(lines.flatMap((line) => ('query' in line ? [] : [[line.in, line] as const])));
const cases = lines.filter((line): line is Case => 'query' in line);

const texts = (value: unknown): readonly string[] | null => (typeof value === 'string' ? [value] : Array.isArray(value) ? (value as string[]) : null);
const ROW: Subject<Row> = {
  number: (row, measure) => (typeof row[measure] === 'number' ? row[measure] : null),
  texts: (row, field) => texts(row[field]),
  words: (row) => texts(row['words']),
};

function found(root: Node | null, { in: context, rows = [], machine, processes = [], disks = [] }: Table): string[] {
  const does = (row: Row): boolean => root === null || holds(root, row, ROW);
  const keys = (list: readonly Row[]): string[] => list.map(({ key }) => key);
  if (context !== 'find' || !machine) return keys(rows.filter(does));
  const around = { key: '', host: machine['host'], os: machine['os'] };
  return [
    ...(does(machine) ? [machine.key] : []),
    ...keys(processes.filter((row) => does(row) && !does(around))),
    ...keys(disks.filter((row) => fieldsOf(root).has('disk') && does(row) && !does(machine))),
  ];
}

function check({ in: context, query, match, error }: Case): void {
  const parsed = parse(query, context);
  const table = tables.get(context);
  if (!table) throw new Error('rows stand before their cases');
  expect(parsed.ok ? { match: found(parsed.root, table) } : { error: parsed.error }).toEqual(error ? { error } : { match });
}

// Chunks, as each test of its own would cost more than the case does.
const CHUNK = 50;
describe('the golden queries, as the machine reads them', () => {
  test.each(Array.from({ length: Math.ceil(cases.length / CHUNK) }, (_, index) => index * CHUNK))('from %i on', (from) => {
    for (const one of cases.slice(from, from + CHUNK)) {
      try {
        check(one);
      } catch (failure) {
        throw new Error(`${one.in}: ${JSON.stringify(one.query)}`, { cause: failure });
      }
    }
  });
  test('there are hundreds', () => expect(cases.length).toBeGreaterThan(300));
});

test('what cannot be read is a sentence, whatever it is', () => {
  for (const { in: context, query, error } of cases) {
    if (!error) continue;
    const { message, from, to } = faultOf(error, context);
    expect(message, query).toMatch(/^[A-Z“].*[^ ]$/s);
    expect(from <= to && to <= query.length, query).toBe(true);
  }
});

test('stretches are the text, inked', () => {
  for (const { in: context, query, error } of cases) {
    const stretches = queryStretches(query, error ? faultOf(error, context) : null);
    expect(stretches.map(({ text }) => text).join('')).toBe(query);
  }
});

test('what machines are asked is read as it was meant', () => {
  const nas = tables.get('find');
  if (!nas) throw new Error('there are rows');
  for (const { in: context, query, match } of cases) {
    const read = parseFind(query);
    if (context !== 'find' || !read.ok || read.root === null || !match) continue;
    const written = parse(findText(read.root), 'find');
    if (!written.ok) throw new Error(`${query}: ${findText(read.root)}`);
    expect(found(written.root, nas), query).toEqual(match);
    // With `host` evaluated here, the rest has to give what the machine would have answered.
    const left = settleHosts(read.root, ['nas-01']);
    expect(typeof left === 'boolean' ? (left ? ['machine'] : []) : found(left, nas), query).toEqual(match);
  }
});

test('bounds are where they are said to be', () => {
  const code = (text: string) => {
    const parsed = parse(text, 'processes');
    return parsed.ok ? null : parsed.error.problem.code;
  };
  const nested = (depth: number): string => `${'('.repeat(depth)}a${')'.repeat(depth)}`;
  expect([code('x'.repeat(FIND_CHARS)), code('x'.repeat(FIND_CHARS + 1))]).toEqual([null, 'tooLong']);
  expect([code('x '.repeat(FIND_TERMS)), code('x '.repeat(FIND_TERMS + 1))]).toEqual([null, 'tooManyTerms']);
  expect([code(nested(FIND_DEPTH)), code(nested(FIND_DEPTH + 1))]).toEqual([null, 'tooDeep']);
  expect([code(`name~${'a'.repeat(PATTERN_CHARS)}`), code(`name~${'a'.repeat(PATTERN_CHARS + 1)}`)]).toEqual([null, 'patternTooLong']);
});
