/** Preferences of the process table, checked as they are read. Pure. */
import type { Sort, SortColumn } from './process-order';

/** What 100 % of CPU is: one core, or all of them. */
export type CpuWhole = 'core' | 'machine';

/** Columns that can be hidden; the name always shows. */
export const OPTIONAL_COLUMNS = ['pid', 'user', 'cpu', 'memory', 'read', 'write', 'threads', 'started', 'command'] as const;
export type OptionalColumn = (typeof OPTIONAL_COLUMNS)[number];

export interface ProcessChoices {
  readonly sort: Sort;
  readonly tree: boolean;
  readonly cpuWhole: CpuWhole;
  /** Hidden columns. */
  readonly hidden: readonly OptionalColumn[];
}

const DEFAULT_SORT: Sort = { column: 'cpu', descending: true };

export function checkedChoices(raw: Readonly<Record<string, unknown>>): ProcessChoices {
  const columns: readonly SortColumn[] = ['name', ...OPTIONAL_COLUMNS];
  const stored = typeof raw['sort'] === 'object' && raw['sort'] !== null ? (raw['sort'] as Record<string, unknown>) : {};
  const column = columns.find((known) => known === stored['column']);
  const hidden = Array.isArray(raw['hidden']) ? raw['hidden'] : [];
  return {
    sort: column ? { column, descending: stored['descending'] === true } : DEFAULT_SORT,
    tree: raw['tree'] === true,
    cpuWhole: raw['cpuWhole'] === 'machine' ? 'machine' : 'core',
    hidden: OPTIONAL_COLUMNS.filter((known) => hidden.includes(known)),
  };
}
