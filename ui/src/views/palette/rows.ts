/** What the palette lists: rows in groups, from what is known here and what machines answered. Pure.
 *
 *  Rows have ids, so that a chosen one stays chosen; once a person moves, `keepPlaces` holds all of them where they are. */
import type { IconName } from '../../parts/icons';
import type { MachineState } from '../../state/machines/machine-state.svelte';
import type { MachineFindings } from '../../state/machines/find.svelte';
import { holds, type Subject } from '../../text/query/evaluate';
import { comparesFigures, findMarks, findText, settleHosts } from '../../text/query/find';
import { fold } from '../../text/query/fold';
import type { Node } from '../../text/query/parse';
import type { FoundProcess, FullestDisk } from '../../wire/wire';

export interface MachineRow {
  readonly kind: 'machine';
  readonly id: string;
  readonly machine: MachineState;
}
export interface ProcessRow {
  readonly kind: 'process';
  readonly id: string;
  readonly machine: MachineState;
  readonly process: FoundProcess;
}
export interface DiskRow {
  readonly kind: 'disk';
  readonly id: string;
  readonly machine: MachineState;
  readonly disk: FullestDisk;
}
/** Something that can be done here. */
export interface DoRow {
  readonly kind: 'do';
  readonly id: string;
  readonly icon: IconName;
  readonly title: string;
  readonly about: string;
  /** Beside it, as the keys that do the same. */
  readonly keys?: string;
  readonly run: () => void;
}
export type Row = MachineRow | ProcessRow | DiskRow | DoRow;

export interface Group {
  readonly title: string;
  readonly rows: readonly Row[];
  /** Rows that there are and that are not listed. */
  readonly more: number;
}

/** Rows of a group; who wants another one writes more. */
const LISTED = { machines: 6, processes: 12, disks: 8 };
/** Bound on machines while nothing is typed. */
const LISTED_AT_FIRST = 12;
/** Heading of what came while a person was choosing. */
export const LATER = 'Answered later';

/** What a machine goes by here, calls itself, and its tags. */
function calledBy({ name, info, known }: MachineState): string[] {
  return [name, ...(info === null ? [] : [info.name]), ...(known?.tags ?? [])];
}

/** A machine as far as its viewer knows it by name. */
const BY_NAME: Subject<MachineState> = {
  number: () => null,
  texts: (machine, field) => (field === 'host' ? calledBy(machine) : null),
  words: calledBy,
};

/** The query for `machine`; `null`: none, its name decides already. Names are evaluated here, since a machine does not
 *  know which name this viewer gave it. */
export function questionTo(machine: MachineState, root: Node): string | null {
  const left = settleHosts(root, calledBy(machine));
  return typeof left === 'boolean' ? null : findText(left);
}

/** Machines that match by name and tag, and those that answered that they match; `root` is `null`: all. */
function machineRows(machines: readonly MachineState[], found: readonly MachineFindings[], root: Node | null): MachineRow[] {
  const said = new Set(found.flatMap(({ machine, findings }) => (findings.machine ? [machine] : [])));
  const first = findMarks(root)[0] ?? '';
  const rank = (machine: MachineState): number => (fold(machine.name).startsWith(first) ? 0 : 1);
  const named = machines.filter((machine) => root === null || said.has(machine) || holds(root, machine, BY_NAME));
  const ordered = comparesFigures(root)
    ? named.sort((a, b) => (b.summary?.cpuRatio ?? 0) - (a.summary?.cpuRatio ?? 0))
    : named.sort((a, b) => rank(a) - rank(b));
  return ordered.map((machine) => ({ kind: 'machine', id: `machine ${machine.key}`, machine }));
}

/** The first `listed` of `rows`, of which each machine has its share first: one that says of itself that its load is the
 *  highest does not push out what the others found. */
function shared<R extends ProcessRow | DiskRow>(rows: readonly R[], listed: number): R[] {
  const share = Math.max(1, Math.floor(listed / new Set(rows.map(({ machine }) => machine)).size));
  const held = new Map<MachineState, number>();
  const within = rows.filter(({ machine }) => {
    const count = (held.get(machine) ?? 0) + 1;
    held.set(machine, count);
    return count <= share;
  });
  const first = new Set(within.slice(0, listed));
  for (const row of rows) if (first.size < listed) first.add(row);
  return rows.filter((row) => first.has(row));
}

/** All groups, in the order in which they stand. `doing` is what can be done here. */
export function paletteGroups(machines: readonly MachineState[], found: readonly MachineFindings[], root: Node | null, doing: readonly DoRow[]): Group[] {
  const processes = found
    .flatMap(({ machine, findings }) => findings.processes.map((process): ProcessRow => ({ kind: 'process', id: `process ${machine.key} ${process.pid}:${process.startedAtMs}`, machine, process })))
    // Sorting is stable: machines keep their order among equals.
    .sort((a, b) => (b.process.cpuRatio ?? 0) - (a.process.cpuRatio ?? 0) || b.process.memoryBytes - a.process.memoryBytes);
  const unnamed = found.reduce((sum, { findings }) => sum + findings.more, 0);
  const disks = found
    .flatMap(({ machine, findings }) => findings.disks.map((disk): DiskRow => ({ kind: 'disk', id: `disk ${machine.key} ${disk.mount}`, machine, disk })))
    .sort((a, b) => (b.disk.usedRatio ?? 0) - (a.disk.usedRatio ?? 0));
  const group = (title: string, rows: readonly Row[], all: number, more = 0): Group => ({ title, rows, more: more + all - rows.length });
  const named = machineRows([...machines], found, root);
  return [
    group('Machines', named.slice(0, root === null ? LISTED_AT_FIRST : LISTED.machines), named.length),
    group('Running now', shared(processes, LISTED.processes), processes.length, unnamed),
    group('Filesystems', shared(disks, LISTED.disks), disks.length),
    group('Do', doing, doing.length),
  ].filter(({ rows }) => rows.length > 0);
}

/** `next` with every row of `before` in its place; new rows are below them. */
export function keepPlaces(before: readonly Group[], next: readonly Group[]): Group[] {
  const fresh = new Map(next.flatMap(({ rows }) => rows.map((row) => [row.id, row] as const)));
  const kept = before.map((group) => ({
    ...group,
    more: next.find(({ title }) => title === group.title)?.more ?? group.more,
    rows: group.rows.map((row) => {
      const now = fresh.get(row.id) ?? row;
      fresh.delete(row.id);
      return now;
    }),
  }));
  const late = [...fresh.values()];
  if (late.length === 0) return kept;
  const last = kept.at(-1);
  if (last?.title === LATER) return [...kept.slice(0, -1), { ...last, rows: [...last.rows, ...late] }];
  return [...kept, { title: LATER, rows: late, more: 0 }];
}

/** All rows, top to bottom. */
export function rowsOf(groups: readonly Group[]): readonly Row[] {
  return groups.flatMap(({ rows }) => rows);
}
