/** The process table, merged from key frames and changes, with one object per process. Pure. An unchanged process keeps its
 *  object, so that its row is not rendered again. */
import { FULL_COLUMNS, VIEW_COLUMNS } from '../../wire/contract';
import type { ProcessesChange, ProcessesKey, ProcessState } from '../../wire/wire';

/** One process at the last sample. Never changed in place. */
export interface Process {
  /** Names the process for good: `pid:startedAtMs`. */
  readonly key: string;
  readonly pid: number;
  readonly startedAtMs: number;
  readonly parentPid: number | null;
  readonly name: string;
  readonly state: ProcessState;
  /** 1 is one core. */
  readonly cpuRatio: number | null;
  readonly memoryBytes: number;
  readonly readBytesPerS: number | null;
  readonly writeBytesPerS: number | null;
  readonly threads: number;
  /** `null` where the scope hides it. */
  readonly user: string | null;
  /** `null` where the scope hides it; empty for a kernel thread. */
  readonly command: string | null;
}

type Cell = number | string | null;
type Row = readonly Cell[];
type Field = Exclude<keyof Process, 'key'>;

/** Columns that are read; others are ignored, absent ones are `null`. */
const FIELDS: readonly Field[] = [...VIEW_COLUMNS, ...FULL_COLUMNS];

/** A process started this much before its parent still counts as its child: clocks are read at different moments. */
const PARENT_TOLERANCE_MS = 1_000;

export function keyOf(pid: number, startedAtMs: number): string {
  return `${pid}:${startedAtMs}`;
}

export class ProcessTable {
  /** By key. */
  processes: ReadonlyMap<string, Process> = new Map();
  /** Rises when a process started, ended or changed its text: a tree of an older version is outdated. */
  shape = 0;
  /** The rows have owners and command lines. */
  hasOwners = false;
  #places: number[] | null = null;
  #changing: readonly string[] = [];

  /** Takes a key frame: the whole table. */
  replace(data: ProcessesKey): void {
    this.#places = FIELDS.map((field) => data.columns.indexOf(field));
    this.#changing = data.changing;
    this.hasOwners = data.columns.includes('user');
    const before = this.processes;
    const next = new Map<string, Process>();
    let kept = 0;
    for (const row of data.rows) {
      const read = this.#read(row);
      const old = before.get(read.key);
      if (old && sameText(old, read)) kept += 1;
      next.set(read.key, old && same(old, read) ? old : read);
    }
    if (kept !== before.size || kept !== next.size) this.shape += 1;
    this.processes = next;
  }

  /** Takes what changed since the frame before. `false`: there was no key frame to change. */
  change(data: ProcessesChange): boolean {
    if (!this.#places) return false;
    const next = new Map(this.processes);
    for (const [pid, startedAtMs] of data.gone) next.delete(keyOf(pid, startedAtMs));
    for (const row of data.changed) {
      const key = keyOf(Number(row[0]), Number(row[1]));
      const old = next.get(key);
      if (!old) continue;
      const over: Partial<Record<string, Cell>> = {};
      this.#changing.forEach((column, index) => {
        if (column in old) over[column] = row[index + 2] ?? null;
      });
      next.set(key, { ...old, ...(over as Partial<Process>) });
    }
    for (const row of data.added) {
      const read = this.#read(row);
      next.set(read.key, read);
    }
    if (data.gone.length > 0 || data.added.length > 0) this.shape += 1;
    this.processes = next;
    return true;
  }

  /** The next frame is a key frame; until then the table is empty. */
  clear(): void {
    this.#places = null;
    this.processes = new Map();
    this.shape += 1;
  }

  #read(row: Row): Process {
    const cell = (field: number): Cell => row[this.#places?.[field] ?? -1] ?? null;
    const text = (field: number): string | null => (cell(field) === null ? null : String(cell(field)));
    const number = (field: number): number | null => (typeof cell(field) === 'number' ? (cell(field) as number) : null);
    const pid = number(0) ?? 0;
    const startedAtMs = number(1) ?? 0;
    return {
      key: keyOf(pid, startedAtMs),
      pid,
      startedAtMs,
      parentPid: number(2),
      name: text(3) ?? '',
      state: (text(4) ?? 'unknown') as ProcessState,
      cpuRatio: number(5),
      memoryBytes: number(6) ?? 0,
      readBytesPerS: number(7),
      writeBytesPerS: number(8),
      threads: number(9) ?? 0,
      user: text(10),
      command: text(11),
    };
  }
}

/** Parents and children, by key. A process whose parent is missing, or younger than itself, is at the root. */
export interface Family {
  readonly parentOf: ReadonlyMap<string, string>;
  readonly childrenOf: ReadonlyMap<string, readonly string[]>;
}

export function familyOf(processes: ReadonlyMap<string, Process>): Family {
  const byPid = new Map<number, Process>();
  for (const process of processes.values()) {
    const other = byPid.get(process.pid);
    // A PID occurs twice only until its first owner is removed from the table.
    if (!other || other.startedAtMs < process.startedAtMs) byPid.set(process.pid, process);
  }
  const parentOf = new Map<string, string>();
  const childrenOf = new Map<string, string[]>();
  for (const process of processes.values()) {
    const parent = process.parentPid === null ? undefined : byPid.get(process.parentPid);
    if (!parent || parent.key === process.key || parent.startedAtMs > process.startedAtMs + PARENT_TOLERANCE_MS) continue;
    parentOf.set(process.key, parent.key);
    const siblings = childrenOf.get(parent.key);
    if (siblings) siblings.push(process.key);
    else childrenOf.set(parent.key, [process.key]);
  }
  return { parentOf, childrenOf };
}

function sameText(a: Process, b: Process): boolean {
  return a.parentPid === b.parentPid && a.name === b.name && a.user === b.user && a.command === b.command;
}

function same(a: Process, b: Process): boolean {
  return FIELDS.every((field) => a[field] === b[field]);
}
