/** Selection, grouping and order of the machines of the fleet. Pure. */
import { MARKS_BY_HURT, type MachineMark } from '../../state/machines/machine-mark';
import type { FleetGroup, FleetSort } from '../../state/page/preferences.svelte';
import { MARK_LABELS } from '../frame/machines/away-messages';
import { byTag, tagTitle, UNTAGGED } from '../frame/machines/groups';
import type { FleetFilter, FleetRow } from './filter';

/** A heading and what stands under it. */
export interface FleetGroupRows {
  /** Remembered where it is folded; `null`: it has no heading. */
  readonly fold: string | null;
  readonly title: string;
  readonly keys: readonly string[];
}

export interface Choice {
  readonly group: FleetGroup;
  readonly sort: FleetSort;
  readonly filter: FleetFilter | null;
  /** Only these; empty: all. */
  readonly marks: ReadonlySet<MachineMark>;
}

/** Chips stand in this order. */
export const CHIP_ORDER: readonly MachineMark[] = ['live', 'polling', 'warning', 'critical', 'reconnecting', 'stale', 'asleep', 'offline', 'toPair'];

/** Load of a machine: the highest of its ratios. */
const load = (row: FleetRow): number => Math.max(row.cpu ?? 0, row.memory ?? 0, row.diskFull ?? 0);

/** Worst first: by state, then by load. Stable. */
export function byHurt(rows: readonly FleetRow[]): FleetRow[] {
  return rows.toSorted((a, b) => MARKS_BY_HURT.indexOf(a.mark) - MARKS_BY_HURT.indexOf(b.mark) || load(b) - load(a));
}

/** `hereKey`: this machine, which stands first and under no tag. */
export function arrange(rows: readonly FleetRow[], { group, sort, filter, marks }: Choice, hereKey = ''): FleetGroupRows[] {
  const chosen = rows.filter((row) => (marks.size === 0 || marks.has(row.mark)) && (filter?.(row) ?? true));
  const sorted = sort === 'hurt' ? byHurt(chosen) : chosen;
  const keys = (list: readonly FleetRow[]) => list.map(({ key }) => key);
  if (sorted.length === 0) return [];
  if (group === 'none') return [{ fold: null, title: '', keys: keys(sorted) }];
  if (group === 'state') {
    return MARKS_BY_HURT.flatMap((mark) => {
      const together = sorted.filter((row) => row.mark === mark);
      const word = MARK_LABELS[mark];
      return together.length === 0 ? [] : [{ fold: `state:${mark}`, title: word.charAt(0).toUpperCase() + word.slice(1), keys: keys(together) }];
    });
  }
  const here = keys(sorted.filter(({ key }) => key === hereKey));
  const nearby = keys(sorted.filter((row) => row.nearby === true));
  const tagged = byTag(
    sorted.filter((row) => row.key !== hereKey && row.nearby !== true),
    ({ tags }) => tags[0] ?? UNTAGGED,
  );
  const groups = tagged.map(({ tag, members }) => ({ fold: `tag:${tag}`, title: tagTitle(tag, tagged.length === 1), keys: keys(members) }));
  // Without any tags, this machine is in the one group.
  const [only] = groups;
  if (only && groups.length === 1 && only.fold === `tag:${UNTAGGED}`) return [{ ...only, keys: [...here, ...only.keys] }, ...(nearby.length > 0 ? [{ fold: 'nearby', title: 'Found nearby', keys: nearby }] : [])];
  const first = [...here, ...nearby];
  const title = nearby.length === 0 ? 'This machine' : here.length === 0 ? 'Found nearby' : 'Here and nearby';
  return first.length === 0 ? groups : [{ fold: 'here', title, keys: first }, ...groups];
}

/** The same machines under the same headings, in whichever order. */
export function sameSet(a: readonly FleetGroupRows[], b: readonly FleetGroupRows[]): boolean {
  return a.length === b.length && a.every((group, index) => {
    const other = b[index];
    if (!other || other.fold !== group.fold || other.keys.length !== group.keys.length) return false;
    const there = new Set(other.keys);
    return group.keys.every((key) => there.has(key));
  });
}

/** Nothing is different. */
export function sameOrder(a: readonly FleetGroupRows[], b: readonly FleetGroupRows[]): boolean {
  return a.length === b.length && a.every((group, index) => b[index]?.fold === group.fold && b[index]?.title === group.title && b[index]?.keys.length === group.keys.length && group.keys.every((key, at) => b[index]?.keys[at] === key));
}
