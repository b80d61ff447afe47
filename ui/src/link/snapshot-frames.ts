/** A whole sample, asked for over HTTP, as the messages that a stream would have sent: key frames, so that every view
 *  that lives of them works without a WebSocket. Nothing is computed here; the process table is not in it. */
import { PROTOCOL } from '../wire/contract';
import type { Scope, ServerMessage, SnapshotBody, Summary } from '../wire/wire';

/** Of a machine of an older version, which sends no summary in its snapshot. */
const UNKNOWN: Summary = { cpuRatio: null, memoryRatio: null, fullestDisk: null, rxBytesPerS: null, txBytesPerS: null, diskBytesPerS: null, temperatureCelsius: null, worstAlert: null };

/** `everyMs` is how often it is asked. */
export function framesOf(body: SnapshotBody, everyMs: number): ServerMessage[] {
  const { seq, sampledAtMs, gen, series, values, facts, faults, top, summary } = body;
  const frame = { type: 'frame', seq, sampledAtMs, key: true } as const;
  // Samples come as often as they are asked for: what lies between two is no gap.
  const overview = { gen, series, values, facts: { ...facts, intervalMs: Math.max(facts.intervalMs, everyMs) }, faults };
  const messages: ServerMessage[] = [
    { ...frame, channel: 'overview', data: overview },
    { ...frame, channel: 'summary', data: summary ?? UNKNOWN },
  ];
  if (top) messages.push({ ...frame, channel: 'top', data: top });
  return messages;
}

/** Who the machine is, as `connected` would have said it. */
export function connectedOf({ machine }: SnapshotBody, scope: Scope): ServerMessage {
  return { type: 'connected', protocol: PROTOCOL, clientId: '', serverTimeMs: Date.now(), scope, machine, channels: [] };
}
