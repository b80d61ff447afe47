/** Short texts for the state of a machine and why it shows no figures. Pure. */
import { PROTOCOL, type ConnectionState } from '../../../state/machines/machine.svelte';
import type { MachineMark } from '../../../state/machines/machine-mark';
import { clockShort, formatter } from '../../../text/time';

export const MARK_LABELS: Readonly<Record<MachineMark, string>> = { live: 'live', polling: 'polling', warning: 'warning', critical: 'critical', reconnecting: 'reconnecting', stale: 'stale', asleep: 'asleep', offline: 'offline', toPair: 'to pair' };

const WEEKDAY = formatter(undefined, { weekday: 'short' });
const DAY = formatter(undefined, { day: 'numeric', month: 'short' });
const WEEK_MS = 6 * 86_400_000;

/** `01:12` of today, `Thu 19:04` of the last days, `3 Nov` before. */
export function when(atMs: number, nowMs: number): string {
  if (new Date(atMs).toDateString() === new Date(nowMs).toDateString()) return clockShort(atMs);
  return nowMs - atMs < WEEK_MS ? `${WEEKDAY(atMs)} ${clockShort(atMs)}` : DAY(atMs);
}

/** Whole seconds until the next try; 0: it is being tried. */
export function secondsTo(retryAtMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil((retryAtMs - nowMs) / 1000));
}

/** When a message arrived last, as far as the state or the list knows; this viewer's clock. */
export function heardMs(connection: ConnectionState, lastSeenMs: number | null): number | null {
  switch (connection.kind) {
    case 'stale':
      return connection.sinceMs;
    case 'offline':
      return connection.sinceMs ?? lastSeenMs;
    case 'ended':
      return connection.atMs ?? lastSeenMs;
    default:
      return lastSeenMs;
  }
}

/** Text in place of the load bars; empty where there are bars. */
export function whyShort(connection: ConnectionState, lastSeenMs: number | null, nowMs: number): string {
  const atMs = heardMs(connection, lastSeenMs);
  switch (connection.kind) {
    case 'live':
    case 'polling':
      return '';
    case 'connecting':
      return 'connecting';
    case 'reconnecting': {
      const seconds = secondsTo(connection.retryAtMs, nowMs);
      return seconds > 0 ? `in ${seconds} s` : 'trying';
    }
    case 'stale':
      return `from ${when(connection.sinceMs, nowMs)}`;
    case 'offline':
      return atMs === null ? 'never seen' : when(atMs, nowMs);
    case 'ended':
      switch (connection.reason) {
        case 'suspend':
          return atMs === null ? 'asleep' : since(when(atMs, nowMs));
        case 'shutdown':
          return atMs === null ? 'shut down' : when(atMs, nowMs);
        case 'update':
          return 'updating';
        case 'revoked':
        case 'unauthorized':
          return 'not paired';
        default:
          return 'away';
      }
    case 'toPair':
      return 'not paired';
    case 'incompatible':
      return connection.theirs > PROTOCOL ? 'too new' : 'too old';
    case 'wrongMachine':
      return 'another';
  }
}

/** `since` before a time of day; a text with a day's name needs none. */
function since(moment: string): string {
  return moment.includes(' ') ? moment : `since ${moment}`;
}
