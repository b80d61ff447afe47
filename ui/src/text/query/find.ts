/** The query to all machines at once: `ffmpeg`, `cpu>50 or mem>50%`, `disk>90`, `host:nas`. A machine does not know which
 *  name its viewer gave it, so `host` is evaluated here, and each machine gets the rest. Pure; it never throws. */
import { FIELDS } from './fields';
import { fieldsOf, marksOf } from './evaluate';
import { faultOf, type QueryFault } from './messages';
import { parse, type Node } from './parse';

export type FindText = { readonly ok: true; /** `null`: nothing is asked for. */ readonly root: Node | null } | { readonly ok: false; readonly error: QueryFault };

/** Reads a query. */
export function parseFind(text: string): FindText {
  const parsed = parse(text, 'find');
  return parsed.ok ? parsed : { ok: false, error: faultOf(parsed.error, 'find') };
}

/** The rest of the query for a machine whose names and tags are `called`; `true`, `false`: already decided here. */
export function settleHosts(node: Node, called: readonly string[]): Node | boolean {
  switch (node.kind) {
    case 'text':
      return node.field === 'host' ? called.some(node.test) !== node.none : node;
    case 'not': {
      const inner = settleHosts(node.inner, called);
      return typeof inner === 'boolean' ? !inner : { kind: 'not', inner };
    }
    case 'all':
    case 'any': {
      const decisive = node.kind === 'any';
      const parts: Node[] = [];
      for (const part of node.parts) {
        const left = settleHosts(part, called);
        if (left === decisive) return decisive;
        if (typeof left !== 'boolean') parts.push(left);
      }
      const [only] = parts;
      if (only === undefined) return !decisive;
      return parts.length === 1 ? only : { kind: node.kind, parts };
    }
    default:
      return node;
  }
}

/** A condition as text, for a machine to read. */
export function findText(node: Node): string {
  switch (node.kind) {
    case 'all':
      return node.parts.map((part) => (part.kind === 'any' ? `(${findText(part)})` : findText(part))).join(' ');
    case 'any':
      return node.parts.map(findText).join(' or ');
    case 'not':
      return node.inner.kind === 'all' || node.inner.kind === 'any' ? `not (${findText(node.inner)})` : `not ${findText(node.inner)}`;
    case 'word':
      return quoted(node.value);
    default:
      return `${node.field}${node.operator}${quoted(node.value)}`;
  }
}

function quoted(value: string): string {
  if (/^[^\s"'<>=~!:()]+$/.test(value) && !/^(and|or|not)$/i.test(value)) return value;
  // A value with both kinds of quotes was written without any.
  return !value.includes('"') ? `"${value}"` : !value.includes("'") ? `'${value}'` : value;
}

/** Whether the filter of the process table reads the same; not where something is compared that is no process's. */
export function isProcessFilter(root: Node | null): boolean {
  return root !== null && [...fieldsOf(root)].every((field) => FIELDS.processes.includes(field));
}

/** Whether something other than names is compared. */
export function comparesFigures(root: Node | null): boolean {
  return [...fieldsOf(root)].some((field) => field !== 'host');
}

/** Folded parts of names that are looked for, to be marked. */
export function findMarks(root: Node | null): string[] {
  return marksOf(root, ['name', 'host']);
}
