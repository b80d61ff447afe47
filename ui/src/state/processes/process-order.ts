/** Which processes are shown, in which order: sorted flat or as a tree, and held while the pointer is on them. Pure.
 *  `arrange` sorts; `hold` keeps the order. */
import type { Family, Process } from './process-table';

export type SortColumn = 'name' | 'pid' | 'user' | 'cpu' | 'memory' | 'read' | 'write' | 'threads' | 'started' | 'command';

export interface Sort {
  readonly column: SortColumn;
  readonly descending: boolean;
}

/** Columns in which the most is wanted first. */
const LARGEST_FIRST: readonly SortColumn[] = ['cpu', 'memory', 'read', 'write', 'threads', 'started'];

/** The order after a click on the head of a column. */
export function sortAfterClick(sort: Sort, column: SortColumn): Sort {
  if (sort.column === column) return { column, descending: !sort.descending };
  return { column, descending: LARGEST_FIRST.includes(column) };
}

/** One line of the table. A line that did not change keeps its object. */
export interface Line {
  readonly key: string;
  readonly process: Process;
  /** It ended while its place was held. */
  readonly gone: boolean;
  /** 0 at the root, and in a flat table. */
  readonly depth: number;
  /** Processes it started that are still there. */
  readonly children: number;
  /** In a tree: whether its children show; `null` where there are none, and in a flat table. */
  readonly open: boolean | null;
  /** In a filtered tree: it does not match, and is shown for its children. */
  readonly aside: boolean;
}

export interface Arrangement {
  readonly sort: Sort;
  readonly tree: boolean;
  readonly collapsed: ReadonlySet<string>;
  /** `null`: all. */
  readonly matches: ((process: Process) => boolean) | null;
}

/** All lines in their proper order. */
export function arrange(processes: ReadonlyMap<string, Process>, family: Family, how: Arrangement): Line[] {
  if (how.tree) return arrangeTree(processes, family, how);
  const { matches } = how;
  const shown = matches ? [...processes.values()].filter(matches) : [...processes.values()];
  return sorted(shown, how.sort).map((process) => flatLine(process, family));
}

/**
 * The previous lines in their places with the current values: a process that ended stays, marked; new ones are below, in
 * the order of `proper`.
 */
export function hold(before: readonly Line[], processes: ReadonlyMap<string, Process>, family: Family, proper: readonly Line[]): Line[] {
  const held = before.map((line) => {
    const process = processes.get(line.key);
    const children = family.childrenOf.get(line.key)?.length ?? 0;
    return process ? { ...line, process, children, gone: false } : { ...line, gone: true };
  });
  const known = new Set(before.map((line) => line.key));
  for (const line of proper) if (!known.has(line.key)) held.push(line.depth === 0 ? line : { ...line, depth: 0 });
  return held;
}

/** `next`, with the objects of `before` where they say the same. */
export function keepingSame(before: readonly Line[], next: readonly Line[]): Line[] {
  const old = new Map(before.map((line) => [line.key, line]));
  return next.map((line) => {
    const was = old.get(line.key);
    return was && sameLine(was, line) ? was : line;
  });
}

function sameLine(a: Line, b: Line): boolean {
  return (
    a.process === b.process && a.gone === b.gone && a.depth === b.depth && a.children === b.children && a.open === b.open && a.aside === b.aside
  );
}

function flatLine(process: Process, family: Family): Line {
  const children = family.childrenOf.get(process.key)?.length ?? 0;
  return { key: process.key, process, gone: false, depth: 0, children, open: null, aside: false };
}

function arrangeTree(processes: ReadonlyMap<string, Process>, family: Family, how: Arrangement): Line[] {
  const matching = how.matches && matchingWithAncestors(processes, family, how.matches);
  const lines: Line[] = [];
  const placed = new Set<string>();
  const place = (siblings: readonly Process[], depth: number): void => {
    for (const process of sorted(siblings, how.sort)) {
      // A cycle of parents is impossible, but may be received.
      if (placed.has(process.key)) continue;
      placed.add(process.key);
      const children: Process[] = [];
      for (const key of family.childrenOf.get(process.key) ?? []) {
        const child = processes.get(key);
        if (child && (!matching || matching.has(key))) children.push(child);
      }
      // A filter shows what it found, whether folded or not.
      const open = children.length === 0 ? null : matching !== null || !how.collapsed.has(process.key);
      const aside = matching?.get(process.key) === false;
      lines.push({ ...flatLine(process, family), depth, open, aside });
      if (open) place(children, depth + 1);
      else for (const child of children) markPlaced(child, family, placed);
    }
  };
  const everyone = [...processes.values()].filter((process) => !matching || matching.has(process.key));
  place(everyone.filter((process) => !family.parentOf.has(process.key)), 0);
  const left = everyone.filter((process) => !placed.has(process.key));
  if (left.length > 0) place(left, 0);
  return lines;
}

function markPlaced(process: Process, family: Family, placed: Set<string>): void {
  const waiting = [process.key];
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    if (placed.has(key)) continue;
    placed.add(key);
    waiting.push(...(family.childrenOf.get(key) ?? []));
  }
}

/** Keys to show: `true` matches itself, `false` is above one that does. */
function matchingWithAncestors(
  processes: ReadonlyMap<string, Process>,
  family: Family,
  matches: (process: Process) => boolean,
): Map<string, boolean> {
  const shown = new Map<string, boolean>();
  for (const process of processes.values()) {
    if (!matches(process)) continue;
    shown.set(process.key, true);
    for (let key = family.parentOf.get(process.key); key !== undefined && !shown.has(key); key = family.parentOf.get(key)) {
      shown.set(key, false);
    }
  }
  return shown;
}

/**
 * A sorted copy. Unknown values come last either way; equals by memory (of CPU), then by PID, so that they never trade places.
 * Cost: values are read once each, the comparisons are of plain numbers or strings.
 */
export function sorted(processes: readonly Process[], sort: Sort): Process[] {
  const read = READ[sort.column];
  const values = processes.map(read);
  const direction = sort.descending ? -1 : 1;
  const order = processes.map((_, index) => index);
  order.sort((i, j) => {
    const a = values[i] ?? null;
    const b = values[j] ?? null;
    if (a !== b) {
      if (a === null) return 1;
      if (b === null) return -1;
      return a < b ? -direction : direction;
    }
    const x = processes[i];
    const y = processes[j];
    if (!x || !y) return 0;
    if (sort.column === 'cpu' && x.memoryBytes !== y.memoryBytes) return (x.memoryBytes - y.memoryBytes) * direction;
    return x.pid - y.pid || x.startedAtMs - y.startedAtMs;
  });
  return order.flatMap((index) => processes[index] ?? []);
}

const READ: Readonly<Record<SortColumn, (process: Process) => number | string | null>> = {
  name: (process) => process.name.toLowerCase(),
  pid: (process) => process.pid,
  user: (process) => process.user?.toLowerCase() ?? null,
  // Rounded as shown: a row does not move for an invisible difference.
  cpu: (process) => (process.cpuRatio === null ? null : Math.round(process.cpuRatio * 1000)),
  memory: (process) => process.memoryBytes,
  read: (process) => process.readBytesPerS,
  write: (process) => process.writeBytesPerS,
  threads: (process) => process.threads,
  started: (process) => process.startedAtMs,
  command: (process) => process.command?.toLowerCase() ?? null,
};
