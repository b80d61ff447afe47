/** State mark of a machine: whether it is reachable, and whether an alert is active. */
import type { ConnectionState } from '../../link/link';
import type { Goodbye, Severity } from '../../wire/wire';

export type MachineMark = 'live' | 'warning' | 'critical' | 'reconnecting' | 'stale' | 'polling' | 'asleep' | 'offline' | 'toPair';

/** Worst first: the order of chips, and of machines that are sorted by state. */
export const MARKS_BY_HURT: readonly MachineMark[] = ['critical', 'warning', 'reconnecting', 'stale', 'toPair', 'offline', 'asleep', 'polling', 'live'];

const ENDED: Readonly<Record<Goodbye, MachineMark>> = {
  shutdown: 'offline',
  suspend: 'asleep',
  update: 'reconnecting',
  changed: 'reconnecting',
  revoked: 'toPair',
  unauthorized: 'toPair',
  protocol: 'critical',
  tooLarge: 'critical',
  slow: 'reconnecting',
  tooMany: 'reconnecting',
};

/** `worstAlert` counts only while the machine answers: an older one may be over. */
export function machineMark(connection: ConnectionState, worstAlert: Severity | null): MachineMark {
  switch (connection.kind) {
    case 'live':
    case 'polling':
      return worstAlert === 'critical' || worstAlert === 'warning' ? worstAlert : connection.kind;
    case 'connecting':
    case 'reconnecting':
      return 'reconnecting';
    case 'stale':
    case 'offline':
    case 'toPair':
      return connection.kind;
    case 'ended':
      return ENDED[connection.reason];
    case 'incompatible':
    case 'wrongMachine':
      return 'critical';
  }
}

/** How many machines have each mark, worst first; marks that none has are left out. */
export function countMarks(marks: Iterable<MachineMark>): { mark: MachineMark; count: number }[] {
  const counts = new Map<MachineMark, number>();
  for (const mark of marks) counts.set(mark, (counts.get(mark) ?? 0) + 1);
  return MARKS_BY_HURT.flatMap((mark) => (counts.has(mark) ? [{ mark, count: counts.get(mark) ?? 0 }] : []));
}

/** Machines under the tag they stand under, in the order in which tags first occur; those without one come first, under
 *  the empty tag. */
export function byTag<T extends { known: { tags: readonly string[] } | null }>(machines: readonly T[]): { tag: string; machines: T[] }[] {
  const groups = new Map<string, T[]>([['', []]]);
  for (const machine of machines) {
    const tag = machine.known?.tags[0] ?? '';
    const group = groups.get(tag);
    if (group) group.push(machine);
    else groups.set(tag, [machine]);
  }
  return [...groups].flatMap(([tag, together]) => (together.length > 0 ? [{ tag, machines: together }] : []));
}
