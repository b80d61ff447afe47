/** What is asked of all machines: `ffmpeg`, `cpu>50`, `mem>2GB`, `disk>90`, `host:nas`, all of which have to hold. Reads
 *  the text into terms, or says in words what is wrong with it, so that no machine is asked what it cannot answer.
 *  Pure; it never throws. The machine reads the same language, and shares its words with the process filter. */
import { nearest, readQuantity } from './query-language';
import type { QueryError } from './query';

/** What can be compared. */
export type FindField = 'name' | 'cpu' | 'mem' | 'disk' | 'host' | 'user' | 'pid';

/** One thing that has to hold. */
export type FindTerm =
  | { readonly kind: 'word'; readonly value: string }
  | { readonly kind: 'field'; readonly field: FindField; readonly operator: string; readonly value: string };

export type FindQueryText = { readonly ok: true; readonly terms: readonly FindTerm[] } | { readonly ok: false; readonly error: QueryError };

/** As the machine has it: longest query read, and most terms of one. */
export const FIND_CHARS = 256;
const FIND_TERMS = 16;

const FIELDS: readonly (readonly [FindField, readonly string[]])[] = [
  ['name', ['name', 'process']],
  ['cpu', ['cpu']],
  ['mem', ['mem', 'memory', 'ram']],
  ['disk', ['disk']],
  ['host', ['host', 'machine']],
  ['user', ['user', 'owner']],
  ['pid', ['pid']],
];
const WORDS = FIELDS.flatMap(([, words]) => words);
const NAMES = FIELDS.map(([name]) => name).join(', ');
const TEXTS: ReadonlySet<FindField> = new Set<FindField>(['name', 'host', 'user']);
/** Longest first, as the reader tries them. */
const OPERATORS = ['==', '!=', '>=', '<=', ':', '=', '>', '<', '~'] as const;
/** Known from the filter of the process table, and not taken here. */
const FOREIGN: ReadonlySet<string> = new Set(['!=', '~']);
const KINDS = { cpu: 'cpu', disk: 'cpu', mem: 'memory', pid: 'count' } as const;

const fieldOf = (word: string): FindField | undefined => FIELDS.find(([, words]) => words.includes(word.toLowerCase()))?.[0];
const operatorAt = (text: string, at: number): string | undefined => OPERATORS.find((operator) => text.startsWith(operator, at));

/** Reads a query; an empty one has no terms. */
export function parseFind(text: string): FindQueryText {
  if (text.length > FIND_CHARS) {
    return { ok: false, error: { message: `This is longer than ${FIND_CHARS} characters.`, from: FIND_CHARS, to: text.length, unfinished: false } };
  }
  try {
    return { ok: true, terms: new Reader(text).terms() };
  } catch (failure) {
    if (failure instanceof Unreadable) return { ok: false, error: failure.error };
    throw failure;
  }
}

/** The text of terms, for a machine to read. */
export function findText(terms: readonly FindTerm[]): string {
  const quoted = (value: string): string => (/^[^\s"'<>=~!:]+$/.test(value) && !/^(and|or|not)$/i.test(value) ? value : `"${value}"`);
  return terms.map((term) => (term.kind === 'word' ? quoted(term.value) : `${term.field}${term.operator}${quoted(term.value)}`)).join(' ');
}

/** The same for the filter of a process table; `null`: it asks for what is no process. */
export function processFilter(terms: readonly FindTerm[]): string | null {
  if (terms.length === 0 || terms.some((term) => term.kind === 'field' && (term.field === 'disk' || term.field === 'host'))) return null;
  const parts = terms.map((term) => {
    if (term.kind === 'word') return /[\s()"'<>=~!]/.test(term.value) || /^(and|or|not)$/i.test(term.value) ? `"${term.value}"` : term.value;
    // A bare number is a share of the memory here, and MiB there.
    const value = term.field === 'mem' && /\d$/.test(term.value) ? `${term.value}%` : term.value;
    return `${term.field}${term.operator === ':' ? '=' : term.operator}${/\s/.test(value) ? (TEXTS.has(term.field) ? `"${value}"` : value.replace(/\s+/g, '')) : value}`;
  });
  return parts.join(' and ');
}

/** Lower-case parts of names that the terms look for, to be marked. */
export function findMarks(terms: readonly FindTerm[]): string[] {
  return terms.flatMap((term) => (term.kind === 'word' || term.field === 'name' || term.field === 'host' ? [term.value.toLowerCase()] : []));
}

class Unreadable extends Error {
  constructor(readonly error: QueryError) {
    super(error.message);
  }
}

class Reader {
  #at = 0;

  constructor(readonly text: string) {}

  terms(): FindTerm[] {
    const terms: FindTerm[] = [];
    for (this.#space(); this.#at < this.text.length; this.#space()) {
      const term = this.#term();
      if (term) terms.push(term);
    }
    if (terms.length > FIND_TERMS) this.#fail(`At most ${FIND_TERMS} words and comparisons can be looked for at once.`, 0, this.text.length);
    return terms;
  }

  /** The next term; `null` for `and`, which is what holds anyway. */
  #term(): FindTerm | null {
    const from = this.#at;
    const early = operatorAt(this.text, from);
    if (early !== undefined && early !== ':') this.#fail(`A field is missing before “${early}”: ${NAMES}.`, from, from + early.length);
    if (/["']/.test(this.text.charAt(from))) {
      const value = this.#quoted();
      if (value === '') this.#fail('A word is missing between the quotes.', from, this.#at, { unfinished: true });
      return { kind: 'word', value };
    }
    const word = this.#word();
    const end = this.#at;
    this.#space();
    const operator = operatorAt(this.text, this.#at);
    if (operator !== undefined) return this.#comparison(word, operator, from, end);
    if (/^and$/i.test(word)) return null;
    if (/^(or|not)$/i.test(word)) this.#fail(`“${word}” is not known here: all that is written has to hold. In quotes it is a word.`, from, end);
    return { kind: 'word', value: word };
  }

  #comparison(word: string, operator: string, from: number, end: number): FindTerm {
    const field = fieldOf(word);
    if (!field) {
      const meant = nearest(word, WORDS);
      this.#fail(`“${word}” is not a field. ${meant === undefined ? `Fields: ${NAMES}.` : `Did you mean ${meant}?`}`, from, end, meant === undefined ? {} : { meant });
    }
    const operatorFrom = this.#at;
    const texts = TEXTS.has(field);
    if (FOREIGN.has(operator) || (texts && /[<>]/.test(operator))) {
      this.#fail(`“${operator}” does not go with ${field}. It takes ${texts ? ': =' : '> >= < <= = :'}`, operatorFrom, operatorFrom + operator.length);
    }
    this.#at += operator.length;
    this.#space();
    const valueFrom = this.#at;
    const value = /["']/.test(this.text.charAt(this.#at)) ? this.#quoted() : this.#value(texts);
    if (value === '') this.#fail(`A value is missing after “${field}${operator}”.`, valueFrom, valueFrom, { unfinished: this.#at >= this.text.length });
    if (!texts) {
      const wrong = readQuantity(KINDS[field as keyof typeof KINDS], value);
      if (typeof wrong === 'string') this.#fail(wrong, valueFrom, this.#at, { unfinished: this.#at >= this.text.length && /^[\d.,]+\s*[a-z]*$/i.test(value) });
    }
    return { kind: 'field', field, operator, value };
  }

  /** What stands here up to a space, a quote or an operator. A colon is one after a field only, or after what was meant
   *  for one: names of processes have colons too. */
  #word(): string {
    const from = this.#at;
    for (; this.#at < this.text.length; this.#at += 1) {
      const character = this.text.charAt(this.#at);
      if (/[\s"]/.test(character)) break;
      const before = this.text.slice(from, this.#at);
      if (character === ':' && fieldOf(before) === undefined && nearest(before, WORDS) === undefined) continue;
      if (operatorAt(this.text, this.#at) !== undefined) break;
    }
    return this.text.slice(from, this.#at);
  }

  /** What stands here up to a space; and behind a bare number, the unit that stands by itself. */
  #value(texts: boolean): string {
    const from = this.#at;
    const pattern = texts ? /\S*/y : /\S*\d(?:\s+(?:%|[kmgt]i?b)(?=\s|$))|\S*/iy;
    pattern.lastIndex = from;
    this.#at += pattern.exec(this.text)?.[0].length ?? 0;
    return this.text.slice(from, this.#at);
  }

  #quoted(): string {
    const from = this.#at;
    const close = this.text.indexOf(this.text.charAt(from), from + 1);
    if (close < 0) this.#fail('The quote is not closed.', from, this.text.length, { unfinished: true });
    this.#at = close + 1;
    return this.text.slice(from + 1, close);
  }

  #space(): void {
    while (/\s/.test(this.text.charAt(this.#at))) this.#at += 1;
  }

  #fail(message: string, from: number, to: number, more: Partial<QueryError> = {}): never {
    throw new Unreadable({ message, from, to, unfinished: false, ...more });
  }
}
