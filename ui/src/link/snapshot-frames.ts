/** A polled snapshot as the messages that a stream would have sent: key frames, so that every view of these channels works
 *  without a WebSocket. Nothing is computed here; the process table is not in it. */
import { PROTOCOL } from '../wire/contract';
import type { Scope, ServerMessage, SnapshotBody, Summary } from '../wire/wire';

/** Summary of an older machine, which sends none in its snapshot. */
const UNKNOWN: Summary = { cpuRatio: null, memoryRatio: null, fullestDisk: null, rxBytesPerS: null, txBytesPerS: null, diskBytesPerS: null, temperatureCelsius: null, worstAlert: null };

/** `everyMs` is the polling interval. */
export function framesOf(body: SnapshotBody, everyMs: number): ServerMessage[] {
  const { seq, sampledAtMs, gen, series, values, facts, faults, top, summary } = body;
  const frame = { type: 'frame', seq, sampledAtMs, key: true } as const;
  // Samples arrive at the polling interval: the time between two is not a gap.
  const overview = { gen, series, values, facts: { ...facts, intervalMs: Math.max(facts.intervalMs, everyMs) }, faults };
  const messages: ServerMessage[] = [
    { ...frame, channel: 'overview', data: overview },
    { ...frame, channel: 'summary', data: summary ?? UNKNOWN },
  ];
  if (top) messages.push({ ...frame, channel: 'top', data: top });
  return messages;
}

/** The machine's description, as in `connected`. */
export function connectedOf({ machine }: SnapshotBody, scope: Scope): ServerMessage {
  return { type: 'connected', protocol: PROTOCOL, clientId: '', serverTimeMs: Date.now(), scope, machine, channels: [] };
}
