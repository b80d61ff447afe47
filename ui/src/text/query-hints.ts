/** What the filter proposes while it is typed, and how a text falls into parts: matches to mark, words to colour.
 *  Pure; `query.ts` reads the query itself. */

import { FIELDS, OPERATORS, STATES, fieldOf, operatorsOf, type FieldName } from './query-language';

/** One proposal: `insert` takes the place of the text from `from` to its end. */
export interface Hint {
  readonly insert: string;
  readonly from: number;
  /** What is shown, and after it, paler, what may follow. */
  readonly label: string;
  readonly example: string;
}

/** At most this many proposals fit a row. */
const HINT_LIMIT = 6;

/** Fields proposed after a finished comparison, as a person narrows a search. */
const NEXT: readonly FieldName[] = ['user', 'mem', 'io', 'cpu', 'started'];

/** What proposals may draw on. */
export interface HintContext {
  /** Values worth proposing: the users there are, and so on. */
  readonly valuesOf: (field: FieldName) => readonly string[];
  /** Fields that are hidden here, so that comparing them finds nothing. */
  readonly hidden: readonly FieldName[];
}

/** Proposals for the end of the text. */
export function hintsFor(text: string, context: HintContext): Hint[] {
  return proposalsFor(text, context.valuesOf).filter(({ field }) => field === null || !context.hidden.includes(field)).slice(0, HINT_LIMIT);
}

/** A proposal with the field it would compare. */
type Proposal = Hint & { readonly field: FieldName | null };

function proposalsFor(text: string, valuesOf: (field: FieldName) => readonly string[]): Proposal[] {
  const comparing = /(?:^|[\s(])(\w+)\s*(==|!=|>=|<=|=|>|<|~)\s*([^\s()"']*)$/.exec(text);
  if (comparing) {
    const [, word = '', operator = '', typed = ''] = comparing;
    const field = fieldOf(word);
    if (!field) return [];
    const values = operator === '~' ? [] : field.kind === 'state' ? STATES : valuesOf(field.name);
    const open = values.filter((value) => value.toLowerCase().startsWith(typed.toLowerCase()) && value !== typed);
    const from = text.length - typed.length;
    if (open.length > 0) return open.map((value) => ({ insert: quote(value), from, label: value, example: '', field: null }));
    return typed === '' ? [] : following(text);
  }
  const word = /[^\s()"'=<>!~]*$/.exec(text)?.[0] ?? '';
  const from = text.length - word.length;
  const before = text.slice(0, from).trimEnd();
  const expectsTerm = before === '' || /(?:^|[\s(])(?:and|or|not)$|\($/i.test(before);
  if (word === '') return expectsTerm ? FIELDS.map((field) => proposal(field, from)) : following(text);
  const field = fieldOf(word);
  if (field) {
    return operatorsOf(field.kind).map((operator) => ({ insert: operator, from: text.length, label: `${field.name}${operator}`, example: field.example, field: field.name }));
  }
  const fields = FIELDS.filter((known) => [known.name, ...known.aliases].some((name) => name.startsWith(word.toLowerCase())));
  return [...fields.map((known) => proposal(known, from)), ...following(text)];
}

function proposal(field: (typeof FIELDS)[number], from: number): Proposal {
  const insert = `${field.name}${field.operator}`;
  return { insert, from, label: insert, example: field.example, field: field.name };
}

function following(text: string): Proposal[] {
  const from = text.length;
  const gap = /\s$/.test(text) ? '' : ' ';
  const fields = NEXT.flatMap((name) => FIELDS.filter((field) => field.name === name));
  return [
    ...fields.map((field) => {
      const label = `and ${field.name}${field.operator}`;
      return { insert: gap + label, from, label, example: field.example, field: field.name };
    }),
    { insert: `${gap}or name~`, from, label: 'or name~', example: 'pattern', field: 'name' },
  ];
}

function quote(value: string): string {
  return /[\s()"']/.test(value) ? `"${value.replaceAll('"', '')}"` : value;
}

/** A stretch of text, marked or not. */
export interface Stretch {
  readonly text: string;
  readonly marked: boolean;
}

/** Cuts a text at the first place of each of the (lower-case) marks. */
export function markedStretches(text: string, marks: readonly string[]): Stretch[] {
  const lower = text.toLowerCase();
  // A letter whose lower case is longer shifts every place after it; such names are shown unmarked.
  if (marks.length === 0 || lower.length !== text.length) return [{ text, marked: false }];
  const marked = new Uint8Array(text.length);
  for (const mark of marks) {
    const at = lower.indexOf(mark);
    if (at >= 0) marked.fill(1, at, at + mark.length);
  }
  const stretches: Stretch[] = [];
  let from = 0;
  for (let at = 1; at <= text.length; at += 1) {
    if (at < text.length && marked[at] === marked[from]) continue;
    stretches.push({ text: text.slice(from, at), marked: marked[from] === 1 });
    from = at;
  }
  return stretches;
}

/** What a stretch of a query is: decides its ink. */
export type Ink = 'field' | 'operator' | 'value' | 'space';

/** A stretch of a query as typed, finished or not. All stretches together are the text. */
export interface QueryStretch {
  readonly text: string;
  readonly ink: Ink;
}

/** Cuts a query into fields, operators and values, for colouring. */
export function queryStretches(text: string): QueryStretch[] {
  const stretches: QueryStretch[] = [];
  let awaitsValue = false;
  for (const [part] of text.matchAll(/\s+|"[^"]*"?|'[^']*'?|==|!=|>=|<=|[=<>~()!]|[^\s"'=<>~()!]+/g)) {
    let ink: Ink = 'value';
    if (/^\s/.test(part)) ink = 'space';
    else if ((OPERATORS as readonly string[]).includes(part)) ink = 'operator';
    else if (/^[()!]$/.test(part) || (!awaitsValue && /^(and|or|not)$/i.test(part))) ink = 'operator';
    else if (!awaitsValue && fieldOf(part)) ink = 'field';
    if (ink !== 'space') awaitsValue = ink === 'operator' && (OPERATORS as readonly string[]).includes(part);
    stretches.push({ text: part, ink });
  }
  return stretches;
}
