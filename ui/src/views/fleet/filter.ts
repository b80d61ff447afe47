/** The filter of the fleet: `tag:rack cpu>50 os:linux`, in the query language. Pure; it never throws, whatever was
 *  typed. */
import type { MachineMark } from '../../state/machines/machine-mark';
import { holds, type Subject } from '../../text/query/evaluate';
import { faultOf, type QueryFault } from '../../text/query/messages';
import { parse } from '../../text/query/parse';

/** The fields that a filter reads. `null` is unknown, and no comparison is true of it. */
export interface FleetRow {
  readonly key: string;
  /** Found on the network, not known yet. */
  readonly nearby?: boolean;
  readonly name: string;
  readonly tags: readonly string[];
  readonly family: string;
  readonly os: string;
  readonly addresses: readonly string[];
  readonly mark: MachineMark;
  /** Ratios. */
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly diskFull: number | null;
  /** All there is, bytes. */
  readonly memoryTotalBytes: number | null;
  /** Bytes a second. */
  readonly disk: number | null;
  readonly net: number | null;
  readonly temperature: number | null;
}

export type FleetFilter = (row: FleetRow) => boolean;
export type FleetQuery = { readonly ok: true; readonly filter: FleetFilter | null } | { readonly ok: false; readonly error: QueryFault };

/** Reads a filter. */
export function parseFleetFilter(text: string): FleetQuery {
  const parsed = parse(text, 'machines');
  if (!parsed.ok) return { ok: false, error: faultOf(parsed.error, 'machines') };
  const { root } = parsed;
  return { ok: true, filter: root && ((row) => holds(root, row, MACHINE)) };
}

const MACHINE: Subject<FleetRow> = {
  number: (row, measure) => {
    switch (measure) {
      case 'cpuRatio':
        return row.cpu;
      case 'memoryRatio':
        return row.memory;
      case 'memoryBytes':
        return row.memory === null || row.memoryTotalBytes === null ? null : row.memory * row.memoryTotalBytes;
      case 'diskRatio':
        return row.diskFull;
      case 'ioBytesPerS':
        return row.disk;
      case 'netBytesPerS':
        return row.net;
      case 'temperatureCelsius':
        return row.temperature;
      default:
        return null;
    }
  },
  texts: (row, field) => {
    switch (field) {
      case 'name':
      case 'host':
        return [row.name];
      case 'tag':
        return row.tags;
      case 'os':
        return [row.family, row.os];
      case 'address':
        return row.addresses;
      case 'state':
        return row.mark === 'toPair' ? ['topair', 'pair'] : [row.mark];
      default:
        return null;
    }
  },
  words: (row) => [row.name, ...row.tags],
};
