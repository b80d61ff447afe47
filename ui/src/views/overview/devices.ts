/** Which devices have a lane, which are folded, and where each filesystem is shown. */
import type { Disk, Facts, Filesystem, Interface } from '../../wire/wire';
import type { Ring } from '../../state/history/ring';
import { duration } from '../../text/time';

/** A device without traffic for this long folds to a row. */
const IDLE_AFTER_MS = 10 * 60_000;
/** Right after the start it is not known yet whether a device is idle. */
const KNOWN_FOR_MS = 30_000;
/** Filesystems a disk's lane has room for. */
const ROOM = 2;

const DISK_LABELS: Record<string, string> = { nvme: 'NVMe', ssd: 'SSD', hdd: 'hard disk', usb: 'USB disk', card: 'card', virtual: 'virtual disk', disk: 'disk' };
const INTERFACE_LABELS: Record<string, string> = { wifi: 'Wi-Fi', ethernet: 'Ethernet', loopback: 'loopback', bridge: 'bridge', tunnel: 'tunnel', virtual: 'virtual' };

export const diskLabel = (kind: string) => DISK_LABELS[kind] ?? kind;
export const interfaceLabel = (kind: string) => INTERFACE_LABELS[kind] ?? kind;

/** How long both columns have been zero, up to ten minutes; `null`: there was traffic, or too little is known. */
export function idleMs(ring: Ring, ids: readonly [string, string]): number | null {
  const { times } = ring;
  const columns = ids.map((id) => ring.column(id));
  const last = times[times.length - 1];
  if (last === undefined) return null;
  let earliest = last;
  for (let index = times.length - 1; index >= 0; index--) {
    const at = times[index] as number;
    if (last - at > IDLE_AFTER_MS) break;
    if (columns.some((column) => (column?.[index] ?? 0) > 0)) return null;
    earliest = at;
  }
  return last - earliest >= KNOWN_FOR_MS ? last - earliest : null;
}

export function idleText(ms: number): string {
  return `no traffic for ${duration(Math.floor(ms / 60_000) >= 1 ? Math.floor(ms / 60_000) * 60_000 : ms)}`;
}

export interface DiskPlace {
  disk: Disk;
  /** Shown in its lane. */
  filesystems: Filesystem[];
}

/** Disks with the filesystems their lanes show; the rest of the filesystems, for the rail. */
export function placeFilesystems(facts: Facts | null, folded: (disk: Disk) => boolean): { disks: DiskPlace[]; others: Filesystem[] } {
  const others = new Set(facts?.filesystems ?? []);
  const disks = (facts?.disks ?? []).map((disk) => {
    const own = folded(disk) ? [] : [...others].filter((fs) => fs.disk === disk.device).slice(0, ROOM);
    for (const fs of own) others.delete(fs);
    return { disk, filesystems: own };
  });
  return { disks, others: [...others] };
}

/** IPv4 first; link-local addresses are left out. */
export function firstAddress(nic: Interface): string | null {
  return nic.addresses.find((address) => !address.toLowerCase().startsWith('fe80')) ?? nic.addresses[0] ?? null;
}
