/** The filter of the process table: `cpu>5 and name=fire`. Reads the text into a filter, or says in words what is wrong.
 *  Pure; it never throws, whatever was typed. Fields and units: `query-language.ts`. Proposals: `query-hints.ts`. */

import type { ProcessState } from '../wire/wire';
import {
  FIELDS,
  OPERATORS,
  STATES,
  fieldOf,
  nearest,
  nearestField,
  operatorsOf,
  readPattern,
  readQuantity,
  type Field,
  type FieldName,
  type Operator,
  type Quantity,
} from './query-language';

/** What a query looks at in a process. `null` is unknown or hidden, and no comparison is true of it. */
export interface QueryRow {
  readonly name: string;
  readonly pid: number;
  readonly parentPid: number | null;
  readonly user: string | null;
  readonly command: string | null;
  readonly cpuRatio: number | null;
  readonly memoryBytes: number;
  readonly readBytesPerS: number | null;
  readonly writeBytesPerS: number | null;
  readonly threads: number;
  readonly state: ProcessState;
  readonly startedAtMs: number;
}

/** What the figures of a query refer to. */
export interface QueryContext {
  /** Ages are counted back from here, Unix milliseconds. */
  readonly nowMs: number;
  readonly memoryTotalBytes: number;
  /** What 100 % of CPU is, in cores: 1, or all of them. */
  readonly cpuWhole: number;
}

export type Filter = (row: QueryRow, context: QueryContext) => boolean;

/** What cannot be read, in words, and where it stands. */
export interface QueryError {
  readonly message: string;
  readonly from: number;
  readonly to: number;
  /** Only something is missing at the end: it is being typed. */
  readonly unfinished: boolean;
  /** What was probably meant, in place of `from`..`to`. */
  readonly meant?: string;
}

export type Query =
  | {
      readonly ok: true;
      /** `null`: nothing is asked for, all match. */
      readonly filter: Filter | null;
      /** Lower-case parts of names that this query looks for, to be marked in the table. */
      readonly marks: readonly string[];
      /** Fields that are compared. */
      readonly fields: ReadonlySet<FieldName>;
    }
  | { readonly ok: false; readonly error: QueryError };

/** Longest query read. */
export const QUERY_LENGTH_LIMIT = 500;
/** Deepest nesting of parentheses and `not`. */
const DEPTH_LIMIT = 40;

/** Reads a query. */
export function parseQuery(text: string): Query {
  if (text.length > QUERY_LENGTH_LIMIT) {
    const message = `A filter has at most ${QUERY_LENGTH_LIMIT} characters.`;
    return { ok: false, error: { message, from: QUERY_LENGTH_LIMIT, to: text.length, unfinished: false } };
  }
  const reader = new Reader(text);
  try {
    reader.space();
    if (reader.atEnd()) return { ok: true, filter: null, marks: [], fields: reader.fields };
    const filter = reader.either(0);
    if (!reader.atEnd()) reader.fail('There is no “(” for this “)”.', reader.at, reader.at + 1);
    return { ok: true, filter, marks: reader.marks, fields: reader.fields };
  } catch (failure) {
    if (failure instanceof Unreadable) return { ok: false, error: failure.error };
    throw failure;
  }
}

class Unreadable extends Error {
  constructor(readonly error: QueryError) {
    super(error.message);
  }
}

/** Recursive descent over the text: or, and, not, then one comparison or plain text. */
class Reader {
  at = 0;
  readonly marks: string[] = [];
  readonly fields = new Set<FieldName>();
  #negations = 0;

  constructor(readonly text: string) {}

  atEnd(): boolean {
    return this.at >= this.text.length;
  }

  space(): void {
    while (/\s/.test(this.text.charAt(this.at))) this.at += 1;
  }

  fail(message: string, from: number, to: number, more: Partial<QueryError> = {}): never {
    throw new Unreadable({ message, from, to, unfinished: false, ...more });
  }

  either(depth: number): Filter {
    const parts = [this.both(depth)];
    while (this.keyword('or')) parts.push(this.both(depth));
    return parts.length === 1 && parts[0] ? parts[0] : (row, context) => parts.some((part) => part(row, context));
  }

  both(depth: number): Filter {
    const parts = [this.single(depth)];
    while (this.keyword('and') || this.startsSingle()) parts.push(this.single(depth));
    return parts.length === 1 && parts[0] ? parts[0] : (row, context) => parts.every((part) => part(row, context));
  }

  single(depth: number): Filter {
    this.space();
    const from = this.at;
    if (depth > DEPTH_LIMIT) this.fail('This filter is nested too deeply.', from, this.text.length);
    if (this.keyword('not')) {
      this.#negations += 1;
      const inner = this.single(depth + 1);
      this.#negations -= 1;
      return (row, context) => !inner(row, context);
    }
    if (this.text.charAt(this.at) === '(') {
      this.at += 1;
      const inner = this.either(depth + 1);
      if (this.text.charAt(this.at) !== ')') this.fail('The “(” is not closed.', from, from + 1, { unfinished: true });
      this.at += 1;
      this.space();
      return inner;
    }
    return this.term();
  }

  /** Takes the word if it stands here by itself and is not the field of a comparison. */
  keyword(word: string): boolean {
    this.space();
    const end = this.at + word.length;
    if (this.text.slice(this.at, end).toLowerCase() !== word) return false;
    if (!/^[\s()]?$/.test(this.text.charAt(end))) return false;
    if (operatorAt(this.text, skipSpace(this.text, end))) return false;
    this.at = end;
    this.space();
    return true;
  }

  startsSingle(): boolean {
    this.space();
    return !this.atEnd() && this.text.charAt(this.at) !== ')' && !/^or(?=[\s()]|$)/i.test(this.text.slice(this.at));
  }

  term(): Filter {
    const from = this.at;
    if (this.atEnd()) {
      const before = /(\w+)\s*$/.exec(this.text)?.[1];
      const what = before === undefined ? 'Something' : `Something after “${before}”`;
      this.fail(`${what} is missing.`, from, from, { unfinished: true });
    }
    const first = this.text.charAt(from);
    if (first === ')') this.fail('Something is missing before this “)”.', from, from + 1);
    const early = operatorAt(this.text, from);
    if (early) this.fail(`A field is missing before “${early}”: name, cpu, mem, user, …`, from, from + early.length);
    if (first === '"' || first === "'") return this.plain(this.quoted());

    while (!this.atEnd() && !/[\s()"]/.test(this.text.charAt(this.at)) && !operatorAt(this.text, this.at)) this.at += 1;
    const word = this.text.slice(from, this.at);
    const end = this.at;
    this.space();
    const operator = operatorAt(this.text, this.at);
    if (operator) return this.comparison(word, operator, from, end);
    if (/^(and|or)$/i.test(word)) this.fail(`Something is missing before “${word}”.`, from, end);
    return this.plain(word);
  }

  quoted(): string {
    const from = this.at;
    const close = this.text.indexOf(this.text.charAt(from), from + 1);
    if (close < 0) this.fail('The quote is not closed.', from, this.text.length, { unfinished: true });
    this.at = close + 1;
    this.space();
    return this.text.slice(from + 1, close);
  }

  plain(word: string): Filter {
    const wanted = word.toLowerCase();
    this.mark(wanted);
    return (row) =>
      holds(row.name, wanted) || holds(row.command, wanted) || holds(row.user, wanted) || String(row.pid).startsWith(wanted);
  }

  comparison(word: string, operator: Operator, from: number, end: number): Filter {
    const field = fieldOf(word);
    if (!field) {
      const meant = nearestField(word);
      const advice = meant ? `Did you mean ${meant}?` : `Fields: ${FIELDS.map((known) => known.name).join(', ')}.`;
      this.fail(`“${word}” is not a field. ${advice}`, from, end, meant ? { meant } : {});
    }
    this.fields.add(field.name);
    const operatorFrom = this.at;
    if (!operatorsOf(field.kind).includes(operator)) {
      const list = operatorsOf(field.kind).join(' ');
      this.fail(`“${operator}” does not go with ${field.name}. It takes ${list}`, operatorFrom, operatorFrom + operator.length);
    }
    this.at += operator.length;
    this.space();
    const valueFrom = this.at;
    const value = this.value();
    if (value === '') {
      const typed = this.text.slice(from, operatorFrom + operator.length);
      this.fail(`A value is missing after “${typed}”.`, valueFrom, valueFrom, { unfinished: this.atEnd() });
    }
    const filter = compile(field, operator, value);
    if (typeof filter === 'function') {
      if (field.name === 'name' && (operator === '=' || operator === '==')) this.mark(value.toLowerCase());
      return filter;
    }
    this.fail(filter.message, valueFrom, valueFrom + value.length, filter.meant ? { meant: filter.meant } : {});
  }

  /** A value ends at a space or at a parenthesis it did not open. */
  value(): string {
    if (/["']/.test(this.text.charAt(this.at))) return this.quoted();
    const from = this.at;
    let open = 0;
    for (; !this.atEnd(); this.at += 1) {
      const character = this.text.charAt(this.at);
      if (character === '(') open += 1;
      if (character === ')') open -= 1;
      if (/\s/.test(character) || open < 0) break;
    }
    const value = this.text.slice(from, this.at);
    this.space();
    return value;
  }

  mark(word: string): void {
    if (this.#negations % 2 === 0 && word !== '') this.marks.push(word);
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (/\s/.test(text.charAt(at))) at += 1;
  return at;
}

function operatorAt(text: string, at: number): Operator | undefined {
  return OPERATORS.find((operator) => text.startsWith(operator, at));
}

function holds(text: string | null, wantedLower: string): boolean {
  return text !== null && text.toLowerCase().includes(wantedLower);
}

function compile(field: Field, operator: Operator, value: string): Filter | { message: string; meant?: string | undefined } {
  if (field.kind === 'text') return compileText(field, operator, value);
  if (field.kind === 'state') {
    const wanted = value.toLowerCase();
    const states = STATES.filter((state) => (operator === '==' ? state === wanted : state.startsWith(wanted)));
    if (states.length === 0) {
      const meant = nearest(value, STATES);
      return { message: `“${value}” is not a state. ${meant ? `Did you mean ${meant}?` : `States: ${STATES.join(', ')}.`}`, meant };
    }
    return (row) => states.includes(row.state) === (operator !== '!=');
  }
  const quantity = readQuantity(field.kind, value);
  if (typeof quantity === 'string') return { message: quantity };
  const read = numberOf(field);
  const compare = comparer(operator, quantity);
  return (row, context) => {
    const measured = read(row, context);
    return measured !== null && compare(measured, quantity.share ? context.memoryTotalBytes : 1);
  };
}

function compileText(field: Field, operator: Operator, value: string): Filter | { message: string } {
  const read = (row: QueryRow): string | null =>
    field.name === 'name' ? row.name : field.name === 'user' ? row.user : row.command;
  if (operator === '~') {
    const pattern = readPattern(value);
    if (typeof pattern === 'string') return { message: pattern };
    return (row) => {
      const text = read(row);
      return text !== null && pattern.regex.test(text.slice(0, pattern.subjectLimit));
    };
  }
  if (operator === '==') return (row) => read(row) === value;
  const wanted = value.toLowerCase();
  if (operator === '!=') return (row) => read(row) !== null && !holds(read(row), wanted);
  return (row) => holds(read(row), wanted);
}

function numberOf(field: Field): (row: QueryRow, context: QueryContext) => number | null {
  switch (field.name) {
    case 'pid':
      return (row) => row.pid;
    case 'ppid':
      return (row) => row.parentPid;
    case 'cpu':
      return (row, context) => (row.cpuRatio === null ? null : row.cpuRatio / context.cpuWhole);
    case 'mem':
      return (row) => row.memoryBytes;
    case 'read':
      return (row) => row.readBytesPerS;
    case 'write':
      return (row) => row.writeBytesPerS;
    case 'io':
      return (row) =>
        row.readBytesPerS === null && row.writeBytesPerS === null ? null : (row.readBytesPerS ?? 0) + (row.writeBytesPerS ?? 0);
    case 'threads':
      return (row) => row.threads;
    default:
      return (row, context) => Math.max(0, context.nowMs - row.startedAtMs);
  }
}

function comparer(operator: Operator, quantity: Quantity): (measured: number, scale: number) => boolean {
  const { value, tolerance } = quantity;
  const equal = (measured: number, scale: number): boolean =>
    tolerance === 0 ? measured === value : Math.abs(measured - value * scale) < tolerance * scale;
  switch (operator) {
    case '>':
      return (measured, scale) => measured > value * scale;
    case '>=':
      return (measured, scale) => measured >= value * scale;
    case '<':
      return (measured, scale) => measured < value * scale;
    case '<=':
      return (measured, scale) => measured <= value * scale;
    case '!=':
      return (measured, scale) => !equal(measured, scale);
    default:
      return equal;
  }
}
