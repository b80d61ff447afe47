/** Whether a query holds of something: yes, no, or unknown (`null`). What is unknown, hidden or not there makes no
 *  comparison true, and not its opposite either. The same as `wire/src/query/evaluate.rs`. Pure. */
import type { QueryField } from '../../wire/wire';
import { fold } from './fold';
import type { Node } from './parse';
import type { Measure } from './quantity';

/** How a query reads the rows it is evaluated on. */
export interface Subject<Row> {
  /** A measured value; `null`: unknown, hidden, or nothing that a row has. */
  number: (row: Row, measure: Measure) => number | null;
  /** The texts of a field; `null` likewise. */
  texts: (row: Row, field: QueryField) => readonly string[] | null;
  /** The texts in which a bare word is searched; `null`: bare words do not apply. */
  words: (row: Row) => readonly (string | null)[] | null;
}

/** Whether it holds of `row`. */
export function holds<Row>(node: Node, row: Row, subject: Subject<Row>): boolean {
  return known(node, row, subject) === true;
}

function known<Row>(node: Node, row: Row, subject: Subject<Row>): boolean | null {
  switch (node.kind) {
    case 'all':
      return settled(node.parts, row, subject, false);
    case 'any':
      return settled(node.parts, row, subject, true);
    case 'not': {
      const inner = known(node.inner, row, subject);
      return inner === null ? null : !inner;
    }
    case 'word': {
      const words = subject.words(row);
      if (words === null) return null;
      if (words.some((text) => text !== null && fold(text).includes(node.wanted))) return true;
      if (!/^[0-9]+$/.test(node.wanted)) return false;
      const pid = subject.number(row, 'pid');
      return pid !== null && String(pid).startsWith(node.wanted);
    }
    case 'text': {
      const texts = subject.texts(row, node.field);
      return texts === null ? null : texts.some(node.test) !== node.none;
    }
    case 'number': {
      const measured = subject.number(row, node.comparison.measure);
      return measured === null ? null : node.comparison.holds(measured);
    }
  }
}

/** The first part that is `decisive` settles it; without one, whatever is unknown leaves it unknown. */
function settled<Row>(parts: readonly Node[], row: Row, subject: Subject<Row>, decisive: boolean): boolean | null {
  let result: boolean | null = !decisive;
  for (const part of parts) {
    const one = known(part, row, subject);
    if (one === decisive) return decisive;
    if (one === null) result = null;
  }
  return result;
}

/** The fields that are compared. */
export function fieldsOf(node: Node | null): ReadonlySet<QueryField> {
  const fields = new Set<QueryField>();
  walk(node, (one) => {
    if (one.kind === 'text' || one.kind === 'number') fields.add(one.field);
  });
  return fields;
}

/** Parts of names that are looked for and not ruled out, folded: they are marked where names are shown. */
export function marksOf(node: Node | null, nameFields: readonly QueryField[]): string[] {
  const marks: string[] = [];
  walk(node, (one, negated) => {
    if (negated) return;
    if (one.kind === 'word') marks.push(one.wanted);
    if (one.kind === 'text' && nameFields.includes(one.field) && [':', '=', '=='].includes(one.operator)) marks.push(fold(one.value));
  });
  return marks;
}

function walk(node: Node | null, visit: (node: Node, negated: boolean) => void, negated = false): void {
  if (node === null) return;
  visit(node, negated);
  if (node.kind === 'not') walk(node.inner, visit, !negated);
  if (node.kind === 'all' || node.kind === 'any') for (const part of node.parts) walk(part, visit, negated);
}
