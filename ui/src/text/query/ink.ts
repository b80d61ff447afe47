/** Syntax highlighting of a query while it is typed, and of marked parts in a text. Pure. */
import { fieldNamed, OPERATORS } from './fields';
import { fold } from './fold';
import type { QueryFault } from './messages';

/** Kind of a token: decides its colour. */
export type Ink = 'field' | 'operator' | 'value' | 'space';

/** A token of a query as typed, complete or not. All tokens together are the text. */
export interface QueryStretch {
  readonly text: string;
  readonly ink: Ink;
  /** It is part of an error. */
  readonly wrong: boolean;
}

/** Splits a query into fields, operators and values. An incomplete query is not an error. */
export function queryStretches(text: string, fault: QueryFault | null): QueryStretch[] {
  const stretches: QueryStretch[] = [];
  let at = 0;
  let before: Ink = 'space';
  // An operator stood here: what follows up to a space is its value.
  let inValue = false;
  for (const [part] of text.matchAll(/\s+|"[^"]*"?|'[^']*'?|==|!=|>=|<=|[=<>~():!]|[^\s"'=<>~():!]+/g)) {
    const ink: Ink = inValue && !/^\s/.test(part) ? 'value' : inkOf(part, before);
    if (ink === 'space') inValue &&= before === 'operator';
    else if (ink === 'operator') inValue = part === ':' || (OPERATORS as readonly string[]).includes(part);
    const to = at + part.length;
    stretches.push({ text: part, ink, wrong: fault !== null && !fault.unfinished && at < fault.to && to > fault.from });
    at = to;
    before = ink;
  }
  return stretches;
}

function inkOf(part: string, before: Ink): Ink {
  if (/^\s/.test(part)) return 'space';
  if (part === ':') return before === 'field' ? 'operator' : 'value';
  if ((OPERATORS as readonly string[]).includes(part) || /^([()]|and|or|not)$/i.test(part)) return 'operator';
  return fieldNamed(part) ? 'field' : 'value';
}

/** A part of a text, marked or not. */
export interface MarkedStretch {
  readonly text: string;
  readonly marked: boolean;
}

/** Splits a text at the first occurrence of each (folded) mark. */
export function markedStretches(text: string, marks: readonly string[]): MarkedStretch[] {
  if (marks.length === 0) return [{ text, marked: false }];
  const folded = fold(text);
  const marked = new Uint8Array(text.length);
  for (const mark of marks) {
    const at = folded.indexOf(mark);
    if (at >= 0) marked.fill(1, at, at + mark.length);
  }
  const stretches: MarkedStretch[] = [];
  let from = 0;
  for (let at = 1; at <= text.length; at += 1) {
    if (at < text.length && marked[at] === marked[from]) continue;
    stretches.push({ text: text.slice(from, at), marked: marked[from] === 1 });
    from = at;
  }
  return stretches;
}
