/** The filter of the process table: `cpu>5 and name=fire`. Pure; it never throws, whatever was typed. */
import type { ProcessState, QueryField } from '../../wire/wire';
import { fieldsOf, holds, marksOf, type Subject } from './evaluate';
import { faultOf, type QueryFault } from './messages';
import { parse } from './parse';

/** The fields of a process that a query reads. `null` is unknown or hidden, and no comparison is true of it. */
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
export interface QueryScale {
  /** Ages are counted back from here, Unix milliseconds. */
  readonly nowMs: number;
  /** 0: unknown. */
  readonly memoryTotalBytes: number;
  /** What 100 % of CPU is, in cores: 1, or all of them. */
  readonly cpuWhole: number;
}

export type Filter = (row: QueryRow, scale: QueryScale) => boolean;

export type Query =
  | {
      readonly ok: true;
      /** `null`: nothing is asked for, all match. */
      readonly filter: Filter | null;
      /** Folded parts of names that this query looks for, to be marked in the table. */
      readonly marks: readonly string[];
      /** Fields that are compared. */
      readonly fields: ReadonlySet<QueryField>;
    }
  | { readonly ok: false; readonly error: QueryFault };

/** Reads a query. */
export function parseQuery(text: string): Query {
  const parsed = parse(text, 'processes');
  if (!parsed.ok) return { ok: false, error: faultOf(parsed.error, 'processes') };
  const { root } = parsed;
  const filter = root && ((row: QueryRow, scale: QueryScale) => holds(root, row, subjectAt(scale)));
  return { ok: true, filter, marks: marksOf(root, ['name']), fields: fieldsOf(root) };
}

/** The subject of the scale asked for last: one table is filtered by one. */
let last: { readonly scale: QueryScale; readonly subject: Subject<QueryRow> } | null = null;

function subjectAt(scale: QueryScale): Subject<QueryRow> {
  if (last?.scale !== scale) last = { scale, subject: subjectOf(scale) };
  return last.subject;
}

function subjectOf({ nowMs, memoryTotalBytes, cpuWhole }: QueryScale): Subject<QueryRow> {
  return {
    number: (row, measure) => {
      switch (measure) {
        case 'cpuRatio':
          return row.cpuRatio === null ? null : row.cpuRatio / cpuWhole;
        case 'memoryBytes':
          return row.memoryBytes;
        case 'memoryRatio':
          return memoryTotalBytes > 0 ? row.memoryBytes / memoryTotalBytes : null;
        case 'readBytesPerS':
          return row.readBytesPerS;
        case 'writeBytesPerS':
          return row.writeBytesPerS;
        case 'ioBytesPerS':
          return row.readBytesPerS === null && row.writeBytesPerS === null ? null : (row.readBytesPerS ?? 0) + (row.writeBytesPerS ?? 0);
        case 'ageMs':
          return Math.max(0, nowMs - row.startedAtMs);
        case 'pid':
          return row.pid;
        case 'parentPid':
          return row.parentPid;
        case 'threads':
          return row.threads;
        default:
          return null;
      }
    },
    texts: (row, field) => {
      const text = field === 'name' ? row.name : field === 'state' ? row.state : field === 'user' ? row.user : field === 'command' ? row.command : null;
      return text === null ? null : [text];
    },
    words: (row) => [row.name, row.command, row.user],
  };
}
