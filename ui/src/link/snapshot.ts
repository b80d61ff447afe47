/** A whole sample, asked for over HTTP, as the messages that a stream would have brought: key frames, so that every view
 *  that lives of them works without a WebSocket. The process table is not in it. */
import { PROTOCOL } from '../wire/contract';
import type { Scope, ServerMessage, SnapshotBody, Summary } from '../wire/wire';

/** `everyMs` is how often it is asked. */
export function framesOf(body: SnapshotBody, everyMs: number): ServerMessage[] {
  const { seq, sampledAtMs, gen, series, values, facts, faults, top } = body;
  const frame = { type: 'frame', seq, sampledAtMs, key: true } as const;
  // Samples come as often as they are asked for: what lies between two is no gap.
  const overview = { gen, series, values, facts: { ...facts, intervalMs: Math.max(facts.intervalMs, everyMs) }, faults };
  const messages: ServerMessage[] = [
    { ...frame, channel: 'overview', data: overview },
    { ...frame, channel: 'summary', data: summaryOf(body) },
  ];
  if (top) messages.push({ ...frame, channel: 'top', data: top });
  return messages;
}

/** Who the machine is, as `connected` would have said it. */
export function connectedOf({ machine }: SnapshotBody, scope: Scope): ServerMessage {
  return { type: 'connected', protocol: PROTOCOL, clientId: '', serverTimeMs: Date.now(), scope, machine, channels: [] };
}

/** The machine in a line, reckoned as the machine does it (`station::tick`). What is no number of the sample, its alerts,
 *  stays unknown. */
export function summaryOf({ series, values, facts }: SnapshotBody): Summary {
  const byKey = new Map(series.map(({ metric, device }, index) => [`${metric}\n${device}`, values[index] ?? null]));
  const value = (metric: string, device = ''): number | null => byKey.get(`${metric}\n${device}`) ?? null;
  const share = (used: number | null, total: number | null) => (used !== null && total !== null && total > 0 ? used / total : null);
  const sum = (numbers: (number | null)[]) => {
    const known = numbers.filter((number) => number !== null);
    return known.length === 0 ? null : known.reduce((total, number) => total + number, 0);
  };
  const outside = facts.interfaces.filter(({ kind }) => kind !== 'loopback');
  const disks = facts.disks.filter(({ kind }) => kind !== 'virtual');
  const filesystems = facts.filesystems.map(({ mount, device }) => ({ mount, usedRatio: share(value('fs.used', device), value('fs.total', device)) }));
  const heat = facts.sensors.flatMap(({ kind, device }) => (kind === 'temperature' ? (value('sensor.temperature', device) ?? []) : []));
  return {
    cpuRatio: value('cpu.busy'),
    memoryRatio: share(value('memory.used'), value('memory.total')),
    fullestDisk: filesystems.reduce<Summary['fullestDisk']>((fullest, disk) => (fullest === null || (disk.usedRatio ?? 0) >= (fullest.usedRatio ?? 0) ? disk : fullest), null),
    rxBytesPerS: sum(outside.map(({ device }) => value('net.rx', device))),
    txBytesPerS: sum(outside.map(({ device }) => value('net.tx', device))),
    diskBytesPerS: sum(disks.flatMap(({ device }) => [value('disk.read', device), value('disk.write', device)])),
    temperatureCelsius: heat.length === 0 ? null : Math.max(...heat),
    worstAlert: null,
  };
}
