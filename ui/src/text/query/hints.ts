/** Completions of the process table's filter. Pure; `parse.ts` parses the query itself. */
import type { QueryField } from '../../wire/wire';
import { FIELDS, STATES, fieldNamed, kindOf, operatorsOf, wordsOf } from './fields';

/** One completion: `insert` replaces the text from `from` to its end. */
export interface Hint {
  readonly insert: string;
  readonly from: number;
  /** The label, and after it, in a weaker colour, what may follow. */
  readonly label: string;
  readonly example: string;
}

/** At most this many completions fit a row. */
const HINT_LIMIT = 6;

/** What is proposed of a field: an operator, and what may follow it. */
const EXAMPLES: Partial<Record<QueryField, readonly [operator: string, example: string]>> = {
  name: ['=', 'firefox'],
  cpu: ['>', '5'],
  mem: ['>', '500MB, 2GiB, 10%'],
  user: ['=', 'owner'],
  io: ['>', '1MB/s'],
  started: ['<', '10m ago'],
  state: ['=', 'running'],
  command: ['=', '--flag'],
  pid: ['=', '4121'],
  ppid: ['=', '1'],
  read: ['>', '1MB/s'],
  write: ['>', '1MB/s'],
  threads: ['>', '50'],
};
const exampleOf = (field: QueryField): readonly [operator: string, example: string] => EXAMPLES[field] ?? ['=', ''];

/** Fields proposed after a finished comparison, as a person narrows a search. */
const NEXT: readonly QueryField[] = ['user', 'mem', 'io', 'cpu', 'started'];

/** Data for completions. */
export interface HintContext {
  /** Values worth proposing: the users there are, and so on. */
  readonly valuesOf: (field: QueryField) => readonly string[];
  /** Fields that are hidden here, so that comparing them finds nothing. */
  readonly hidden: readonly QueryField[];
}

/** Proposals for the end of the text. */
export function hintsFor(text: string, context: HintContext): Hint[] {
  return proposalsFor(text, context.valuesOf).filter(({ field }) => field === null || !context.hidden.includes(field)).slice(0, HINT_LIMIT);
}

/** A proposal with the field it would compare. */
type Proposal = Hint & { readonly field: QueryField | null };

function proposalsFor(text: string, valuesOf: (field: QueryField) => readonly string[]): Proposal[] {
  const comparing = /(?:^|[\s(])(\w+)\s*(==|!=|>=|<=|=|>|<|~|:)\s*([^\s()"']*)$/.exec(text);
  if (comparing) {
    const [, word = '', operator = '', typed = ''] = comparing;
    const field = fieldNamed(word);
    if (!field) return [];
    const values = operator === '~' ? [] : kindOf(field) === 'state' ? STATES.processes : valuesOf(field);
    const open = values.filter((value) => value.toLowerCase().startsWith(typed.toLowerCase()) && value !== typed);
    const from = text.length - typed.length;
    if (open.length > 0) return open.map((value) => ({ insert: quote(value), from, label: value, example: '', field: null }));
    return typed === '' ? [] : following(text);
  }
  const word = /[^\s()"'=<>!~]*$/.exec(text)?.[0] ?? '';
  const from = text.length - word.length;
  const before = text.slice(0, from).trimEnd();
  const expectsTerm = before === '' || /(?:^|[\s(])(?:and|or|not)$|\($/i.test(before);
  if (word === '') return expectsTerm ? FIELDS.processes.map((field) => proposal(field, from)) : following(text);
  const field = fieldNamed(word);
  if (field && FIELDS.processes.includes(field)) {
    const [, example] = exampleOf(field);
    return operatorsOf(kindOf(field)).map((operator) => ({ insert: operator, from: text.length, label: `${field}${operator}`, example, field }));
  }
  const fields = FIELDS.processes.filter((known) => wordsOf(known).some((name) => name.startsWith(word.toLowerCase())));
  return [...fields.map((known) => proposal(known, from)), ...following(text)];
}

function proposal(field: QueryField, from: number): Proposal {
  const [operator, example] = exampleOf(field);
  const insert = `${field}${operator}`;
  return { insert, from, label: insert, example, field };
}

function following(text: string): Proposal[] {
  const from = text.length;
  const gap = /\s$/.test(text) ? '' : ' ';
  return [
    ...NEXT.map((field) => {
      const [operator, example] = exampleOf(field);
      const label = `and ${field}${operator}`;
      return { insert: gap + label, from, label, example, field };
    }),
    { insert: `${gap}or name~`, from, label: 'or name~', example: 'pattern', field: 'name' as const },
  ];
}

function quote(value: string): string {
  return /[\s()"']/.test(value) ? `"${value.replaceAll('"', '')}"` : value;
}
