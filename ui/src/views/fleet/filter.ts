/** The filter of the fleet: `tag:rack cpu>50 os:linux`, and plain words that are parts of names; all of it must hold.
 *  Pure; it never throws, whatever was typed. Figures and their units are read as the process filter reads them. */
import type { MachineMark } from '../../state/machines/machine-mark';
import type { QueryError } from '../../text/query';
import { nearest, readQuantity } from '../../text/query-language';
import { MARK_WORDS } from '../frame/machines/away-words';

/** What a filter looks at. `null` is unknown, and no comparison is true of it. */
export interface FleetRow {
  readonly key: string;
  /** Found on the network, not known yet. */
  readonly nearby?: boolean;
  readonly name: string;
  readonly tags: readonly string[];
  readonly family: string;
  readonly os: string;
  readonly addresses: readonly string[];
  readonly mark: MachineMark;
  /** Ratios. */
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly diskFull: number | null;
  /** Bytes a second. */
  readonly disk: number | null;
  readonly net: number | null;
  readonly temperature: number | null;
}

export type FleetFilter = (row: FleetRow) => boolean;
export type FleetQuery = { readonly ok: true; readonly filter: FleetFilter | null } | { readonly ok: false; readonly error: QueryError };

type TextField = 'name' | 'tag' | 'os' | 'state' | 'address';
type FigureField = 'cpu' | 'mem' | 'disk' | 'io' | 'net' | 'temp';
const TEXT_FIELDS: readonly TextField[] = ['tag', 'os', 'state', 'name', 'address'];
const FIGURE_FIELDS: readonly FigureField[] = ['cpu', 'mem', 'disk', 'io', 'net', 'temp'];
export const FIELDS: readonly string[] = [...TEXT_FIELDS, ...FIGURE_FIELDS];
const ALIASES: Readonly<Record<string, string>> = { host: 'name', machine: 'name', memory: 'mem', ram: 'mem', network: 'net', temperature: 'temp', is: 'state', ip: 'address', tags: 'tag' };
/** Longest filter read. */
const LENGTH_LIMIT = 300;

const TERM = /^([A-Za-z]+)(!=|>=|<=|:|=|>|<)(.*)$/;

/** Reads a filter, or says in words what is wrong with it. */
export function parseFleetFilter(text: string): FleetQuery {
  if (text.length > LENGTH_LIMIT) return wrong(`A filter has at most ${LENGTH_LIMIT} characters.`, LENGTH_LIMIT, text.length);
  const filters: FleetFilter[] = [];
  for (const { 0: word, index } of text.matchAll(/\S+/g)) {
    const [, written, operator, value] = TERM.exec(word) ?? [];
    if (written === undefined || operator === undefined || value === undefined) {
      const wanted = word.toLowerCase();
      filters.push((row) => row.name.toLowerCase().includes(wanted) || row.tags.some((tag) => tag.toLowerCase() === wanted));
      continue;
    }
    const lower = written.toLowerCase();
    const field = ALIASES[lower] ?? lower;
    if (!FIELDS.includes(field)) {
      const meant = nearest(lower, FIELDS);
      return wrong(`“${written}” is not a field. ${meant ? `Did you mean ${meant}?` : `Fields: ${FIELDS.join(', ')}.`}`, index, index + written.length, meant ? { meant } : {});
    }
    const valueAt = index + written.length + operator.length;
    if (value === '') return wrong(`A value is missing after “${word}”.`, valueAt, valueAt, { unfinished: index + word.length === text.length });
    const filter = FIGURE_FIELDS.includes(field as FigureField) ? figure(field as FigureField, operator, value) : textual(field as TextField, operator, value);
    if (typeof filter === 'function') filters.push(filter);
    else return wrong(filter.message, index + (filter.operator ? written.length : written.length + operator.length), filter.operator ? valueAt : index + word.length, filter.meant ? { meant: filter.meant } : {});
  }
  return { ok: true, filter: filters.length === 0 ? null : (row) => filters.every((filter) => filter(row)) };
}

interface Wrong {
  message: string;
  meant?: string | undefined;
  /** It is the operator that does not fit. */
  operator?: boolean;
}

function wrong(message: string, from: number, to: number, more: Partial<QueryError> = {}): FleetQuery {
  return { ok: false, error: { message, from, to, unfinished: false, ...more } };
}

const words = (mark: MachineMark): string => MARK_WORDS[mark].replace(' ', '');

function textual(field: TextField, operator: string, value: string): FleetFilter | Wrong {
  if (operator !== ':' && operator !== '=' && operator !== '!=') return { message: `“${operator}” does not go with ${field}. It takes : = !=`, operator: true };
  const wanted = value.toLowerCase();
  const holds = ((): ((row: FleetRow) => boolean) | Wrong => {
    switch (field) {
      case 'name':
        return ({ name }) => name.toLowerCase().includes(wanted);
      case 'tag':
        return ({ tags }) => tags.some((tag) => tag.toLowerCase().startsWith(wanted));
      case 'os':
        return ({ family, os }) => family.startsWith(wanted) || os.toLowerCase().includes(wanted);
      case 'address':
        return ({ addresses }) => addresses.some((address) => address.includes(wanted));
      case 'state': {
        const marks = (Object.keys(MARK_WORDS) as MachineMark[]).filter((mark) => words(mark).startsWith(wanted) || (mark === 'toPair' && 'pair'.startsWith(wanted)));
        if (marks.length > 0) return ({ mark }) => marks.includes(mark);
        const all = (Object.keys(MARK_WORDS) as MachineMark[]).map(words);
        const meant = nearest(wanted, all);
        return { message: `“${value}” is not a state. ${meant ? `Did you mean ${meant}?` : `States: ${all.join(', ')}.`}`, meant };
      }
    }
  })();
  if (typeof holds !== 'function') return holds;
  return operator === '!=' ? (row) => !holds(row) : holds;
}

function figure(field: FigureField, operator: string, value: string): FleetFilter | Wrong {
  const quantity = field === 'temp' ? celsius(value) : readQuantity(field === 'io' || field === 'net' ? 'rate' : 'cpu', value);
  if (typeof quantity === 'string') return { message: quantity };
  const { value: wanted, tolerance } = quantity;
  const read = (row: FleetRow): number | null => ({ cpu: row.cpu, mem: row.memory, disk: row.diskFull, io: row.disk, net: row.net, temp: row.temperature })[field];
  const holds = (measured: number): boolean => {
    switch (operator) {
      case '>':
        return measured > wanted;
      case '>=':
        return measured >= wanted;
      case '<':
        return measured < wanted;
      case '<=':
        return measured <= wanted;
      case '!=':
        return Math.abs(measured - wanted) >= tolerance;
      default:
        return Math.abs(measured - wanted) < tolerance;
    }
  };
  return (row) => {
    const measured = read(row);
    return measured !== null && holds(measured);
  };
}

function celsius(written: string): { value: number; tolerance: number } | string {
  const [, digits] = /^(\d{1,3}(?:[.,]\d)?)(?:°?c)?$/i.exec(written) ?? [];
  return digits === undefined ? `“${written}” is not a temperature. Write 80 or 80C.` : { value: Number(digits.replace(',', '.')), tolerance: 0.5 };
}

/** A stretch of the text, told apart by ink. */
export interface Stretch {
  readonly text: string;
  readonly ink: 'field' | 'operator' | 'value';
  readonly wrong: boolean;
}

/** The text in stretches, each known to lie in what is wrong or not. */
export function stretches(text: string, error: QueryError | null): Stretch[] {
  const parts: Omit<Stretch, 'wrong'>[] = [];
  for (const piece of text.match(/\s+|\S+/g) ?? []) {
    const [, field, operator, value] = TERM.exec(piece) ?? [];
    if (field === undefined || operator === undefined) parts.push({ text: piece, ink: 'value' });
    else parts.push({ text: field, ink: 'field' }, { text: operator, ink: 'operator' }, { text: value ?? '', ink: 'value' });
  }
  let at = 0;
  return parts.map((part) => {
    const from = at;
    at += part.text.length;
    return { ...part, wrong: error !== null && !error.unfinished && from < error.to && at > error.from };
  });
}
