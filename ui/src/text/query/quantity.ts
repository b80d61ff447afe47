/** Numbers with their units, and how a measured value is compared with them. The same as `wire/src/query/quantity.rs`.
 *  Pure. */
import type { QueryField, QueryKind } from '../../wire/wire';
import { kindOf, type Operator } from './fields';
import { asciiLower } from './fold';

/** What is measured: shares as ratios, amounts in bytes, rates in bytes a second, ages in milliseconds. */
export type Measure = 'cpuRatio' | 'memoryBytes' | 'memoryRatio' | 'diskRatio' | 'ioBytesPerS' | 'readBytesPerS' | 'writeBytesPerS' | 'netBytesPerS' | 'temperatureCelsius' | 'ageMs' | 'pid' | 'parentPid' | 'threads';

/** A number that a measured one is compared with. */
export interface Comparison {
  readonly measure: Measure;
  readonly holds: (measured: number) => boolean;
}

const MEASURES: Partial<Record<QueryField, Measure>> = {
  disk: 'diskRatio', io: 'ioBytesPerS', read: 'readBytesPerS', write: 'writeBytesPerS', net: 'netBytesPerS',
  temp: 'temperatureCelsius', started: 'ageMs', pid: 'pid', ppid: 'parentPid', threads: 'threads',
};

/** Reads what is written after an operator. */
export function readComparison(field: QueryField, operator: Operator, written: string): Comparison | 'badValue' | 'needsUnit' {
  const [, whole = '', decimals = '', unitWritten = ''] = /^(\d{0,15})(?:[.,](\d{1,9}))? *(.*)$/s.exec(written) ?? [];
  if (whole === '' && decimals === '') return 'badValue';
  const kind = kindOf(field);
  const unit = asciiLower(unitWritten);
  const found = factorOf(kind, unit);
  if (found === null || (kind === 'count' && decimals !== '')) return 'badValue';
  const number = Number(`${whole}.${decimals}0`);
  if (kind === 'memory' && unit === '' && number > 100) return 'needsUnit';
  const { factor, share } = found;
  const value = number * factor;
  // Half of the last digit that was written: what "equal" means for a measured value.
  const tolerance = kind === 'count' ? 0 : (factor * 10 ** -decimals.length) / 2;
  const measure = field === 'mem' ? (share ? 'memoryRatio' : 'memoryBytes') : (MEASURES[field] ?? 'cpuRatio');
  return { measure, holds: comparer(operator, value, tolerance) };
}

function comparer(operator: Operator, value: number, tolerance: number): (measured: number) => boolean {
  const equal = tolerance === 0 ? (measured: number) => measured === value : (measured: number) => Math.abs(measured - value) < tolerance;
  switch (operator) {
    case '>':
      return (measured) => measured > value;
    case '>=':
      return (measured) => measured >= value;
    case '<':
      return (measured) => measured < value;
    case '<=':
      return (measured) => measured <= value;
    case '!=':
      return (measured) => !equal(measured);
    default:
      return equal;
  }
}

const MIN_MS = 60e3;
const AGES = new Map([['s', 1e3], ['sec', 1e3], ['', MIN_MS], ['m', MIN_MS], ['min', MIN_MS], ['h', 60 * MIN_MS], ['d', 24 * 60 * MIN_MS], ['w', 7 * 24 * 60 * MIN_MS]]);

/** How much a unit of `kind` is, and whether it is a share of the machine's memory. */
function factorOf(kind: QueryKind, unit: string): { factor: number; share: boolean } | null {
  const amount = (factor: number | undefined) => (factor === undefined ? null : { factor, share: false });
  switch (kind) {
    case 'count':
      return unit === '' ? amount(1) : null;
    case 'temperature':
      return unit === '' || unit === 'c' || unit === '°c' ? amount(1) : null;
    case 'percent':
      return unit === '' || unit === '%' ? amount(0.01) : null;
    case 'memory':
      return unit === '' || unit === '%' ? { factor: 0.01, share: true } : amount(bytes(unit, 1024));
    case 'rate':
      return unit === '' ? amount(1e6) : amount(bytes(unit.endsWith('/s') ? unit.slice(0, -2) : unit, 1000));
    case 'age':
      return amount(AGES.get(unit));
    default:
      return null;
  }
}

/** How many bytes a unit is; a letter alone is a power of `base`. */
function bytes(unit: string, base: number): number | undefined {
  if (unit === 'b') return 1;
  const [, letter = '', rest = ''] = /^([kmgt])(b|ib|)$/.exec(unit) ?? [];
  if (letter === '') return undefined;
  return (rest === '' ? base : rest === 'b' ? 1000 : 1024) ** ('kmgt'.indexOf(letter) + 1);
}

/** Whether `unit` is one of `kind` even with a space before it. A letter alone is not: it could be a word. */
export function standsAlone(kind: QueryKind, unit: string): boolean {
  if (unit === '%') return kind === 'percent' || kind === 'memory';
  return [...unit].length > 1 && factorOf(kind, asciiLower(unit)) !== null;
}
