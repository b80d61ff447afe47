/** The vocabulary of the filter: its fields, and the values each of them takes.
 *  Pure. Never touches a process; `query.ts` is where to start. */

import type { ProcessState } from '../wire/wire';

/** What kind of value a field holds; decides its operators and units. */
export type Kind = 'text' | 'state' | 'count' | 'cpu' | 'memory' | 'rate' | 'age';

/** Columns a query can look at. */
export type FieldName =
  | 'name' | 'pid' | 'ppid' | 'user' | 'cpu' | 'mem' | 'read' | 'write' | 'io' | 'threads' | 'state' | 'started' | 'command';

/** A field of the language. */
export interface Field {
  readonly name: FieldName;
  readonly kind: Kind;
  /** Other words for the same field. */
  readonly aliases: readonly string[];
  /** Operator a hint proposes. */
  readonly operator: Operator;
  /** What a hint shows after the operator. */
  readonly example: string;
}

/** Comparison operators, longest first, as the reader tries them. */
export const OPERATORS = ['==', '!=', '>=', '<=', '=', '>', '<', '~'] as const;
export type Operator = (typeof OPERATORS)[number];

/** All fields, in the order in which hints propose them. */
export const FIELDS: readonly Field[] = [
  { name: 'name', kind: 'text', aliases: ['process'], operator: '=', example: 'firefox' },
  { name: 'cpu', kind: 'cpu', aliases: [], operator: '>', example: '5' },
  { name: 'mem', kind: 'memory', aliases: ['memory', 'ram'], operator: '>', example: '500M, 2G' },
  { name: 'user', kind: 'text', aliases: ['owner'], operator: '=', example: 'owner' },
  { name: 'io', kind: 'rate', aliases: ['disk'], operator: '>', example: '1MB a second' },
  { name: 'started', kind: 'age', aliases: ['age'], operator: '<', example: '10m ago' },
  { name: 'state', kind: 'state', aliases: ['status'], operator: '=', example: 'running' },
  { name: 'command', kind: 'text', aliases: ['cmd'], operator: '=', example: '--flag' },
  { name: 'pid', kind: 'count', aliases: [], operator: '=', example: '4121' },
  { name: 'ppid', kind: 'count', aliases: ['parent'], operator: '=', example: '1' },
  { name: 'read', kind: 'rate', aliases: [], operator: '>', example: '1MB a second' },
  { name: 'write', kind: 'rate', aliases: [], operator: '>', example: '1MB a second' },
  { name: 'threads', kind: 'count', aliases: ['thr'], operator: '>', example: '50' },
];

/** States by their words. */
export const STATES: readonly ProcessState[] = ['running', 'sleeping', 'blocked', 'stopped', 'zombie', 'idle', 'unknown'];

const BY_WORD = new Map<string, Field>(FIELDS.flatMap((field) => [field.name, ...field.aliases].map((word) => [word, field] as const)));

/** The field a word names, in any case. */
export function fieldOf(word: string): Field | undefined {
  return BY_WORD.get(word.toLowerCase());
}

/** Operators that make sense for a kind of value. */
export function operatorsOf(kind: Kind): readonly Operator[] {
  if (kind === 'text') return ['=', '==', '!=', '~'];
  if (kind === 'state') return ['=', '==', '!='];
  return ['>', '>=', '<', '<=', '=', '==', '!='];
}

/** The known word nearest to a mistyped one, if any is near enough to be meant. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const typed = word.toLowerCase().slice(0, 24);
  const limit = typed.length <= 3 ? 1 : 2;
  let best: string | undefined;
  let least = limit + 1;
  for (const candidate of known) {
    const distance = editDistance(typed, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** The nearest field to a mistyped one. */
export function nearestField(word: string): string | undefined {
  return nearest(word, [...BY_WORD.keys()]);
}

/** A number as it was written, with the half width of its last digit: what 'equal' means for a measured value. */
export interface Quantity {
  readonly value: number;
  /** Two values this close are equal to the digits given. */
  readonly tolerance: number;
  /** The value is a share of the machine's memory, 0..=1. */
  readonly share: boolean;
}

const MEMORY_UNITS: Readonly<Record<string, number>> = {
  '': 2 ** 20, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40,
  kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40,
};
const RATE_UNITS: Readonly<Record<string, number>> = { ...MEMORY_UNITS, '': 1e6, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };
const AGE_UNITS: Readonly<Record<string, number>> = {
  '': 60e3, s: 1e3, sec: 1e3, m: 60e3, min: 60e3, h: 3600e3, d: 86400e3, w: 7 * 86400e3,
};

/**
 * Reads a value of a numeric kind, or says what is wrong with it in words.
 * Without a unit a value is in the unit of its column: %, MiB, MB/s; an age in minutes.
 */
export function readQuantity(kind: Exclude<Kind, 'text' | 'state'>, written: string): Quantity | string {
  const match = /^(\d{1,15}(?:[.,]\d{1,9})?|[.,]\d{1,9})\s*(%|[a-z]{0,4})(\/s)?$/i.exec(written);
  const [, digits = '', unitWritten = '', perSecond] = match ?? [];
  const unit = unitWritten.toLowerCase();
  const number = Number(digits.replace(',', '.'));
  const decimals = /[.,](\d+)/.exec(digits)?.[1]?.length ?? 0;
  const scaled = (factor: number, share = false): Quantity => ({
    value: number * factor,
    tolerance: (factor * 10 ** -decimals) / 2,
    share,
  });
  const ok = match !== null && (perSecond === undefined || kind === 'rate');
  switch (kind) {
    case 'count':
      if (!ok || unit !== '' || decimals > 0) return `“${written}” is not a whole number.`;
      return { value: number, tolerance: 0, share: false };
    case 'cpu':
      if (!ok || (unit !== '' && unit !== '%')) return `“${written}” is not a percentage. Write 5 or 12.5%.`;
      return scaled(0.01);
    case 'memory': {
      if (ok && unit === '%') return scaled(0.01, true);
      const factor = Object.hasOwn(MEMORY_UNITS, unit) ? MEMORY_UNITS[unit] : undefined;
      if (!ok || factor === undefined) return `“${written}” is not an amount of memory. Write 500M, 2G or 10%.`;
      return scaled(factor);
    }
    case 'rate': {
      const factor = Object.hasOwn(RATE_UNITS, unit) ? RATE_UNITS[unit] : undefined;
      if (!ok || factor === undefined) return `“${written}” is not a rate. Write 500k, 1MB or 2MB/s.`;
      return scaled(factor);
    }
    case 'age': {
      const factor = Object.hasOwn(AGE_UNITS, unit) ? AGE_UNITS[unit] : undefined;
      if (!ok || factor === undefined) return `“${written}” is not a time span. Write 30s, 10m, 2h or 1d.`;
      return scaled(factor);
    }
  }
}

/** Longest pattern taken. */
export const PATTERN_LENGTH_LIMIT = 200;

/** How much of a text a pattern sees, by the number of unbounded repeats in it: keeps the slowest pattern quick. */
const SUBJECT_LIMITS = [4096, 4096, 1024, 256] as const;

/** A pattern and how much of a text it may see. */
export interface Pattern {
  readonly regex: RegExp;
  readonly subjectLimit: number;
}

/**
 * Compiles a pattern, or says in words why it is not taken.
 * Patterns run on every process every second, so those that can take exponential time are refused:
 * repeats of a group that repeats or chooses, back references, and more than three unbounded repeats.
 */
export function readPattern(written: string): Pattern | string {
  if (written.length > PATTERN_LENGTH_LIMIT) return `This pattern is longer than ${PATTERN_LENGTH_LIMIT} characters.`;
  const bare = written.replace(/\\[^1-9k]/g, '_').replace(/\[[^\]]*\]/g, '_');
  const unbounded = bare.match(/[*+]|\{\d*,\}/g)?.length ?? 0;
  const subjectLimit = SUBJECT_LIMITS[unbounded];
  const tooDear =
    subjectLimit === undefined || /\\[1-9k]/.test(bare) || repeatsARepeat(bare) || /\{\d{3,}|,\d{3,}\}/.test(bare);
  if (tooDear) return `“${written}” could take too long to match. Use fewer repeats.`;
  try {
    return { regex: new RegExp(written, 'i'), subjectLimit };
  } catch {
    return `“${written}” is not a pattern: a bracket or a repeat is unfinished.`;
  }
}

function repeatsARepeat(pattern: string): boolean {
  const open: boolean[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    if (character === '(') {
      open.push(false);
      if (pattern.charAt(at + 1) === '?') at += 1;
    } else if (character === ')') {
      const inner = open.pop() ?? false;
      if (inner && /[*+{]/.test(pattern.charAt(at + 1))) return true;
      if (inner && open.length > 0) open[open.length - 1] = true;
    } else if (/[*+{?|]/.test(character) && open.length > 0) {
      open[open.length - 1] = true;
    }
  }
  return false;
}

/** Edits that turn one word into another, a swap of neighbours counting once. */
function editDistance(a: string, b: string): number {
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
