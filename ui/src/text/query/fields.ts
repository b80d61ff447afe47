/** The fields of a query: their keywords, the kind of value of each, and which context has which.
 *  The same tables as `wire/src/query/fields.rs`; `wire/golden/queries.md` is the specification. Pure. */
import type { QueryField, QueryKind } from '../../wire/wire';
import { asciiLower } from './fold';

/** Where a query is asked: decides which fields there are. */
export type QueryContext = 'processes' | 'machines' | 'find';

/** Keywords of each field, the displayed one first. */
const WORDS: Readonly<Record<QueryField, readonly string[]>> = {
  name: ['name', 'process'],
  cpu: ['cpu'],
  mem: ['mem', 'memory', 'ram'],
  user: ['user', 'owner'],
  io: ['io'],
  started: ['started', 'age'],
  state: ['state', 'status', 'is'],
  command: ['command', 'cmd'],
  pid: ['pid'],
  ppid: ['ppid', 'parent'],
  read: ['read'],
  write: ['write'],
  threads: ['threads', 'thr'],
  disk: ['disk'],
  host: ['host', 'machine'],
  tag: ['tag', 'tags'],
  os: ['os'],
  address: ['address', 'ip'],
  net: ['net', 'network'],
  temp: ['temp', 'temperature'],
};

/** Fields by context, in the order in which they are proposed. */
export const FIELDS: Readonly<Record<QueryContext, readonly QueryField[]>> = {
  processes: ['name', 'cpu', 'mem', 'user', 'io', 'started', 'state', 'command', 'pid', 'ppid', 'read', 'write', 'threads'],
  machines: ['tag', 'os', 'state', 'name', 'host', 'address', 'cpu', 'mem', 'disk', 'io', 'net', 'temp'],
  find: ['name', 'cpu', 'mem', 'disk', 'host', 'user', 'io', 'started', 'state', 'command', 'pid', 'ppid', 'read', 'write', 'threads', 'os', 'net', 'temp'],
};

const PROCESS_STATES = ['running', 'sleeping', 'blocked', 'stopped', 'zombie', 'idle', 'unknown'];
/** The labels of a machine's mark, without a space. `pair` is short for `topair`. */
const MACHINE_STATES = ['live', 'polling', 'warning', 'critical', 'reconnecting', 'stale', 'asleep', 'offline', 'topair', 'pair'];

/** The values of a state. */
export const STATES: Readonly<Record<QueryContext, readonly string[]>> = { processes: PROCESS_STATES, machines: MACHINE_STATES, find: PROCESS_STATES };

const KINDS: Readonly<Record<QueryField, QueryKind>> = {
  name: 'text', user: 'text', command: 'text', host: 'text', tag: 'text', os: 'text', address: 'text',
  state: 'state',
  pid: 'count', ppid: 'count', threads: 'count',
  cpu: 'percent', disk: 'percent',
  mem: 'memory',
  io: 'rate', read: 'rate', write: 'rate', net: 'rate',
  started: 'age',
  temp: 'temperature',
};

export const kindOf = (field: QueryField): QueryKind => KINDS[field];

export const isField = (name: unknown): name is QueryField => typeof name === 'string' && Object.hasOwn(KINDS, name);

/** Comparison operators, longest first, as the reader tries them. `:` is one more way to write `=`, after a field only:
 *  names have colons too. */
export const OPERATORS = ['==', '!=', '>=', '<=', '=', '>', '<', '~'] as const;
export type Operator = (typeof OPERATORS)[number] | ':';

/** The operator that stands at `at`. */
export function operatorAt(text: string, at: number): (typeof OPERATORS)[number] | undefined {
  return OPERATORS.find((operator) => text.startsWith(operator, at));
}

/** Operators that go with a kind of value. */
export function operatorsOf(kind: QueryKind): readonly (typeof OPERATORS)[number][] {
  if (kind === 'text') return ['=', '==', '!=', '~'];
  if (kind === 'state') return ['=', '==', '!='];
  return ['>', '>=', '<', '<=', '=', '==', '!='];
}

const BY_WORD = new Map((Object.keys(WORDS) as QueryField[]).flatMap((field) => WORDS[field].map((word) => [word, field] as const)));

/** The field a word names, in any case and whatever the context. */
export function fieldNamed(word: string): QueryField | undefined {
  return BY_WORD.get(asciiLower(word));
}

/** All keywords of a field, the displayed one first. */
export const wordsOf = (field: QueryField): readonly string[] => WORDS[field];

/** Keywords of all fields of `context`. */
export function fieldKeywords(context: QueryContext): string[] {
  return FIELDS[context].flatMap(wordsOf);
}

/** The field to suggest in place of one that only other contexts have. */
export function insteadOf(context: QueryContext, field: QueryField): QueryField | null {
  if (context === 'processes' && field === 'disk') return 'io';
  if (context === 'find' && field === 'tag') return 'host';
  if (context === 'machines' && (field === 'read' || field === 'write')) return 'io';
  return null;
}

/** Longer words are not mistyped fields. */
const COMPARED = 24;

/** The known word nearest to a mistyped one, if any is near enough to be meant. */
export function nearest(word: string, known: readonly string[]): string | null {
  const typed = [...word.toLowerCase()].slice(0, COMPARED);
  let least = (typed.length <= 3 ? 1 : 2) + 1;
  let best: string | null = null;
  for (const candidate of known) {
    const distance = editDistance(typed, [...candidate]);
    if (distance >= least) continue;
    least = distance;
    best = candidate;
  }
  return best;
}

/** Edit distance in which a swap of adjacent letters counts once (Damerau–Levenshtein, restricted). */
function editDistance(a: readonly string[], b: readonly string[]): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let edits = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) edits = Math.min(edits, (beforeLast[j - 2] ?? 0) + 1);
      row.push(edits);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
