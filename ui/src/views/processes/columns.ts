/** Columns of the process table: their heads, their widths, and which of them there is room for. Pure. */
import type { OptionalColumn } from '../../state/processes/process-choices';
import type { SortColumn } from '../../state/processes/process-order';

export interface Column {
  readonly id: SortColumn;
  readonly title: string;
  /** Written under the title. */
  readonly unit: string;
  readonly width: number;
  /** Figures stand at the right edge. */
  readonly figures: boolean;
}

/** In the order of the table. Widths in px; name and command share what is left. */
export const COLUMNS: readonly Column[] = [
  { id: 'name', title: 'Name', unit: '', width: 178, figures: false },
  { id: 'pid', title: 'PID', unit: '', width: 68, figures: true },
  { id: 'user', title: 'User', unit: '', width: 66, figures: false },
  { id: 'cpu', title: 'CPU', unit: '%', width: 98, figures: false },
  { id: 'memory', title: 'Memory', unit: 'MiB', width: 68, figures: true },
  { id: 'read', title: 'Read', unit: 'MB/s', width: 54, figures: true },
  { id: 'write', title: 'Write', unit: 'MB/s', width: 54, figures: true },
  { id: 'threads', title: 'Thr.', unit: '', width: 46, figures: true },
  { id: 'started', title: 'Started', unit: '', width: 62, figures: true },
  { id: 'command', title: 'Command', unit: '', width: 120, figures: false },
];

/** Columns left out where there is no room for all, the first first; read and write go together. */
const DISPENSABLE: readonly OptionalColumn[] = ['command', 'threads', 'started', 'user', 'read', 'write', 'pid', 'memory', 'cpu'];

/** Columns to show: not hidden by the person or by the scope, and with room for them. */
export function shownColumns(hidden: readonly OptionalColumn[], hasOwners: boolean, room: number): readonly Column[] {
  const wanted = COLUMNS.filter(({ id }) => !(hidden as readonly SortColumn[]).includes(id) && (hasOwners || (id !== 'user' && id !== 'command')));
  const out = new Set<SortColumn>();
  const needed = (): number => wanted.reduce((sum, column) => (out.has(column.id) ? sum : sum + column.width), 0);
  for (const id of DISPENSABLE) {
    if (room <= 0 || (needed() <= room && !(id === 'write' && out.has('read')))) continue;
    out.add(id);
  }
  return wanted.filter((column) => !out.has(column.id));
}

/** At most so much wider does the name grow where there is room; deep branches of a tree need more. */
const NAME_GROWS = { flat: 60, tree: 180 } as const;

/** Value of `grid-template-columns`: the name takes a third of what is left over, the command the rest. */
export function template(columns: readonly Column[], room: number, tree: boolean): string {
  const left = room - columns.reduce((sum, { width }) => sum + width, 0);
  const grown = Math.round(Math.max(0, Math.min(left / 3, NAME_GROWS[tree ? 'tree' : 'flat'])));
  const command = columns.at(-1)?.id === 'command';
  return columns
    .map(({ id, width }) => {
      if (id === 'command') return 'minmax(0, 1fr)';
      if (id === 'name') return command ? `${width + grown}px` : `minmax(${width}px, 1fr)`;
      return `${width}px`;
    })
    .join(' ');
}
