/** A query's text to its tree, or what cannot be read and where. The same language as `wire/src/query/parse.rs`; the
 *  specification is `wire/golden/queries.md`. Pure; it never throws, whatever was typed. */
import type { QueryError, QueryField, QueryProblem } from '../../wire/wire';
import { FIELDS, STATES, fieldNamed, fieldKeywords, insteadOf, kindOf, nearest, operatorAt, operatorsOf, type Operator, type QueryContext } from './fields';
import { asciiLower, fold } from './fold';
import { FIND_CHARS, FIND_DEPTH, FIND_TERMS, PATTERN_CHARS } from '../../wire/contract';
import { readPattern } from './pattern';
import { readComparison, standsAlone, type Comparison } from './quantity';

/** A condition. Comparisons keep what was written, so that they can be written again. */
export type Node =
  | { readonly kind: 'all' | 'any'; readonly parts: readonly Node[] }
  | { readonly kind: 'not'; readonly inner: Node }
  | { readonly kind: 'word'; readonly value: string; readonly wanted: string }
  | ({ readonly kind: 'text'; readonly test: (text: string) => boolean; /** It holds where no text passes the test. */ readonly none: boolean } & Compared)
  | ({ readonly kind: 'number'; readonly comparison: Comparison } & Compared);

/** A comparison as written. */
export interface Compared {
  readonly field: QueryField;
  readonly operator: Operator;
  readonly value: string;
}

export type Parsed = { readonly ok: true; /** `null`: nothing is asked for. */ readonly root: Node | null } | { readonly ok: false; readonly error: QueryError };

/** Reads `text` as it is meant in `context`. */
export function parse(text: string, context: QueryContext): Parsed {
  if (text.length > FIND_CHARS) {
    // A letter of two units is not cut.
    const from = /[\udc00-\udfff]/.test(text.charAt(FIND_CHARS)) ? FIND_CHARS - 1 : FIND_CHARS;
    return { ok: false, error: { problem: { code: 'tooLong', limit: FIND_CHARS }, from, to: text.length, unfinished: false } };
  }
  try {
    return { ok: true, root: new Reader(text, context).query() };
  } catch (failure) {
    if (failure instanceof Unreadable) return { ok: false, error: failure.error };
    throw failure;
  }
}

class Unreadable extends Error {
  constructor(readonly error: QueryError) {
    super(error.problem.code);
  }
}

/** What separates words: the same on every keyboard and in every engine. */
const isSpace = (letter: string): boolean => letter !== '' && ' \t\n\r\u00a0\u3000'.includes(letter);

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charAt(at))) at += 1;
  return at;
}

/** Recursive descent: or, and, not, then one comparison or plain text. */
class Reader {
  #at = 0;
  #terms = 0;
  /** The word or parenthesis that a condition has to follow. */
  #before = '';
  readonly #keywords: readonly string[];

  constructor(readonly text: string, readonly context: QueryContext) {
    this.#keywords = fieldKeywords(context);
  }

  query(): Node | null {
    this.#space();
    if (this.#peek() === '') return null;
    const root = this.#either(0);
    if (this.#peek() !== '') this.#stop({ code: 'unopenedParenthesis' }, this.#at, this.#at + 1);
    return root;
  }

  #peek(): string {
    return this.text.charAt(this.#at);
  }

  #space(): void {
    this.#at = skipSpace(this.text, this.#at);
  }

  #stop(problem: QueryProblem, from: number, to: number, unfinished = false): never {
    throw new Unreadable({ problem, from, to, unfinished });
  }

  #either(depth: number): Node {
    const first = this.#both(depth);
    const parts = [first];
    while (this.#takesKeyword('or')) parts.push(this.#both(depth));
    return parts.length === 1 ? first : { kind: 'any', parts };
  }

  #both(depth: number): Node {
    const first = this.#single(depth);
    const parts = [first];
    while (this.#takesKeyword('and') || this.#beginsSingle()) parts.push(this.#single(depth));
    return parts.length === 1 ? first : { kind: 'all', parts };
  }

  #single(depth: number): Node {
    this.#space();
    const from = this.#at;
    if (depth > FIND_DEPTH) this.#stop({ code: 'tooDeep', limit: FIND_DEPTH }, from, this.text.length);
    if (this.#takesKeyword('not')) return { kind: 'not', inner: this.#single(depth + 1) };
    if (this.#peek() !== '(') return this.#term();
    this.#at += 1;
    this.#before = '(';
    const inner = this.#either(depth + 1);
    if (this.#peek() !== ')') this.#stop({ code: 'unclosedParenthesis' }, from, from + 1, true);
    this.#at += 1;
    this.#space();
    return inner;
  }

  /** Whether `word` stands here by itself and is not the field of a comparison. */
  #isKeyword(word: string): boolean {
    const end = this.#at + word.length;
    const after = this.text.charAt(end);
    return asciiLower(this.text.slice(this.#at, end)) === word && (after === '' || isSpace(after) || after === '(' || after === ')') && !operatorAt(this.text, skipSpace(this.text, end));
  }

  #takesKeyword(word: string): boolean {
    this.#space();
    if (!this.#isKeyword(word)) return false;
    this.#before = this.text.slice(this.#at, this.#at + word.length);
    this.#at += word.length;
    this.#space();
    return true;
  }

  #beginsSingle(): boolean {
    this.#space();
    return this.#peek() !== '' && this.#peek() !== ')' && !this.#isKeyword('or');
  }

  #term(): Node {
    const from = this.#at;
    const first = this.#peek();
    if (first === '') this.#stop({ code: 'missingAfter', after: this.#before }, from, from, true);
    if (first === ')') this.#stop({ code: 'missingBefore', before: ')' }, from, from + 1);
    const early = operatorAt(this.text, from);
    if (early) this.#stop({ code: 'missingField', operator: early }, from, from + early.length);
    if (first === '"' || first === "'") {
      const value = this.#quoted();
      if (value === '') this.#stop({ code: 'emptyQuote' }, from, from + 2);
      return this.#word(value, from);
    }
    const word = this.#bareWord();
    const end = this.#at;
    this.#space();
    const operator = operatorAt(this.text, this.#at) ?? (this.#peek() === ':' && this.#isNearField(word) ? ':' : undefined);
    if (operator) return this.#comparison(word, operator, from, end);
    if (/^(and|or)$/i.test(word)) this.#stop({ code: 'missingBefore', before: word }, from, end);
    return this.#word(word, from);
  }

  #word(value: string, from: number): Node {
    this.#count(from);
    return { kind: 'word', value, wanted: fold(value) };
  }

  #count(from: number): void {
    this.#terms += 1;
    if (this.#terms > FIND_TERMS) this.#stop({ code: 'tooManyTerms', limit: FIND_TERMS }, from, this.#at);
  }

  /** A field, or a word that was probably meant for one. */
  #isNearField(word: string): boolean {
    return fieldNamed(word) !== undefined || nearest(word, this.#keywords) !== null;
  }

  /** Takes what stands here up to a space, a parenthesis, a quote or an operator. A colon is one after a field only, or
   *  after what was meant for one. */
  #bareWord(): string {
    const from = this.#at;
    for (; this.#at < this.text.length; this.#at += 1) {
      const letter = this.#peek();
      if (isSpace(letter) || letter === '(' || letter === ')' || letter === '"' || operatorAt(this.text, this.#at)) break;
      if (letter === ':' && this.#isNearField(this.text.slice(from, this.#at))) break;
    }
    return this.text.slice(from, this.#at);
  }

  #quoted(): string {
    const from = this.#at;
    const close = this.text.indexOf(this.text.charAt(from), from + 1);
    if (close < 0) this.#stop({ code: 'unclosedQuote' }, from, this.text.length, true);
    this.#at = close + 1;
    return this.text.slice(from + 1, close);
  }

  #comparison(word: string, operator: Operator, from: number, end: number): Node {
    const field = fieldNamed(word);
    if (!field) this.#stop({ code: 'unknownField', word, meant: nearest(word, this.#keywords) }, from, end);
    if (!FIELDS[this.context].includes(field)) this.#stop({ code: 'fieldElsewhere', field, instead: insteadOf(this.context, field) }, from, end);
    const operatorFrom = this.#at;
    if (operator !== ':' && !operatorsOf(kindOf(field)).includes(operator)) this.#stop({ code: 'wrongOperator', operator, field }, operatorFrom, operatorFrom + operator.length);
    this.#at += operator.length;
    const after = this.text.slice(from, this.#at);
    this.#space();
    const valueFrom = this.#at;
    const value = /["']/.test(this.#peek()) ? this.#quoted() : this.#value(field, operator);
    const valueTo = this.#at;
    if (value === '') this.#stop({ code: 'missingValue', after }, valueFrom, valueTo, valueTo === this.text.length);
    this.#count(from);
    this.#space();
    const read = readTest({ field, operator, value }, this.context);
    if ('code' in read) this.#stop(read, valueFrom, valueTo);
    return read;
  }

  /** A value ends at a space or at a parenthesis it did not open; behind a bare number stands its unit, perhaps by
   *  itself. */
  #value(field: QueryField, operator: Operator): string {
    const from = this.#at;
    let end = from;
    let open = 0;
    let escaped = false;
    for (; end < this.text.length; end += 1) {
      const letter = this.text.charAt(end);
      if (isSpace(letter) || (letter === ')' && open === 0 && !escaped)) break;
      if (letter === '(' && !escaped) open += 1;
      if (letter === ')' && !escaped) open -= 1;
      escaped = operator === '~' && letter === '\\' && !escaped;
    }
    if (/[0-9]$/.test(this.text.slice(from, end))) {
      const unitFrom = skipSpace(this.text, end);
      let unitTo = unitFrom;
      while (unitTo < this.text.length && !isSpace(this.text.charAt(unitTo)) && this.text.charAt(unitTo) !== ')') unitTo += 1;
      if (standsAlone(kindOf(field), this.text.slice(unitFrom, unitTo))) end = unitTo;
    }
    this.#at = end;
    return this.text.slice(from, end);
  }
}

/** What a comparison asks, or why its value is not taken. */
function readTest(compared: Compared, context: QueryContext): Node | QueryProblem {
  const { field, operator, value } = compared;
  const text = (test: (text: string) => boolean): Node => ({ kind: 'text', ...compared, test, none: operator === '!=' });
  const kind = kindOf(field);
  if (kind === 'text') {
    if (operator === '~') {
      if (value.length > PATTERN_CHARS) return { code: 'patternTooLong', limit: PATTERN_CHARS };
      const pattern = readPattern(value);
      return typeof pattern === 'string' ? { code: 'badPattern', what: pattern } : text((one) => pattern.test(one));
    }
    if (operator === '==') return text((one) => one === value);
    const wanted = fold(value);
    return text((one) => fold(one).includes(wanted));
  }
  if (kind === 'state') {
    const wanted = asciiLower(value);
    const states = STATES[context].filter((state) => (operator === '==' ? state === wanted : state.startsWith(wanted)));
    if (states.length === 0) return { code: 'unknownState', value, meant: nearest(value, STATES[context]) };
    return text((one) => states.includes(one));
  }
  const comparison = readComparison(field, operator, value);
  if (comparison === 'needsUnit') return { code: 'needsUnit', value };
  return comparison === 'badValue' ? { code: 'badValue', field, kind, value } : { kind: 'number', ...compared, comparison };
}
