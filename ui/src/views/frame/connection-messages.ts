/** How fresh the data is, as the text of a pill, a row and the live region. The banner: `away-messages.ts`. */
import type { MarkState } from '../../parts/Mark.svelte';
import { shutOut, type ConnectionState } from '../../state/machines/machine.svelte';
import { POLL_EVERY_MS } from '../../wire/contract';
import type { Goodbye } from '../../wire/wire';
import { causeMessage } from '../../text/cause';
import { clockShort, duration, lastTime } from '../../text/time';

export interface ConnectionLabel {
  mark: MarkState;
  tone: 'ok' | 'warn' | 'bad' | '';
  text: string;
  /** Beside it, in a weaker colour: the polling interval. */
  detail: string;
  /** Why, for the tooltip. */
  why: string;
  /** Trying now makes sense. */
  canRetry: boolean;
}

const ENDED: Record<Goodbye, [MarkState, string, string]> = {
  shutdown: ['offline', 'Shut down', 'The monitor on this machine was stopped, or stopped sharing. The page reconnects when it is back.'],
  suspend: ['asleep', 'Asleep', 'The machine went to sleep. The page reconnects when it wakes.'],
  update: ['reconnecting', 'Updating', 'The monitor is being updated. The page reconnects automatically.'],
  changed: ['reconnecting', 'Access changed', 'The owner of this machine changed what this device may see. The page reconnects automatically.'],
  revoked: ['critical', 'Access ended', 'The owner of this machine revoked the access of this device.'],
  unauthorized: ['critical', 'Not allowed', 'This device has no access to this machine.'],
  protocol: ['critical', 'Refused', 'The machine rejected the request of this page. Load the page again.'],
  tooLarge: ['critical', 'Refused', 'This page asked for too much at once. Load it again.'],
  slow: ['reconnecting', 'Too slow', 'This page did not keep up and was disconnected.'],
  tooMany: ['reconnecting', 'Too many viewers', 'The machine has no room for another viewer right now.'],
};
/** Reasons that are shown with the time at which they began. */
const SINCE: ReadonlySet<Goodbye> = new Set<Goodbye>(['shutdown', 'suspend', 'update']);

/** Text of the pill at `nowMs`, this page's clock. */
export function connectionLabel(state: ConnectionState, protocol: number, nowMs: number): ConnectionLabel {
  const wait = (atMs: number) => Math.max(0, Math.ceil((atMs - nowMs) / 1000));
  const plain = { tone: '', detail: '', why: '', canRetry: false } as const;
  switch (state.kind) {
    case 'connecting':
      return { ...plain, mark: 'reconnecting', text: 'Connecting' };
    case 'live':
      return { ...plain, mark: 'live', tone: 'ok', text: 'Live' };
    case 'polling': {
      const every = `every ${duration(state.everyMs ?? POLL_EVERY_MS)}`;
      return { ...plain, mark: 'polling', text: 'Polling', detail: every, why: `WebSocket is blocked on the way to the machine, or switched off here: it is polled ${every} instead.` };
    }
    case 'reconnecting': {
      const seconds = wait(state.retryAtMs);
      return { ...plain, mark: 'reconnecting', tone: 'warn', text: seconds > 0 ? `Reconnecting in ${seconds} s` : 'Reconnecting', why: causeMessage(state.why).text, canRetry: seconds > 1 };
    }
    case 'stale':
      return { ...plain, mark: 'stale', tone: 'warn', text: `Stale, data from ${lastTime(state.sinceMs, nowMs)}`, why: causeMessage(state.why).text, canRetry: true };
    case 'offline':
      return { ...plain, mark: 'offline', text: state.sinceMs === null ? 'Offline' : `Offline since ${lastTime(state.sinceMs, nowMs)}`, why: causeMessage(state.why).text, canRetry: true };
    case 'wrongMachine':
      return { ...plain, mark: 'critical', tone: 'bad', text: 'Refused: another machine', why: 'Another machine answers at this address. Nothing was sent to it.', canRetry: true };
    case 'ended': {
      const [mark, text, why] = ENDED[state.reason];
      const since = SINCE.has(state.reason) && state.atMs !== undefined ? ` since ${lastTime(state.atMs, nowMs)}` : '';
      return { ...plain, mark, tone: mark === 'critical' ? 'bad' : '', text: text + since, why, canRetry: !shutOut(state) };
    }
    case 'toPair':
      return { ...plain, mark: 'toPair', text: 'To pair', why: 'The machine does not know this device.' };
    case 'incompatible': {
      const newer = state.theirs > protocol;
      return { ...plain, mark: 'critical', tone: 'bad', text: newer ? 'Refused: too old' : 'Refused: machine too old', why: `The machine speaks protocol ${state.theirs}, this one ${protocol}. ${newer ? 'Update this one, or load the page again.' : 'Update Sightline there.'}` };
    }
  }
}

/** Text of a row for a machine that is not live: `asleep since 01:12`. */
export function awayText(state: ConnectionState, protocol: number, nowMs: number): string {
  const { text } = connectionLabel(state, protocol, nowMs);
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Announcement in the live region when the state changes; empty: none. */
export function announcement(state: ConnectionState, name: string): string {
  switch (state.kind) {
    case 'live':
      return `${name}: live`;
    case 'polling':
      return `${name}: polled every ${duration(state.everyMs ?? POLL_EVERY_MS)}`;
    case 'reconnecting':
      return `${name} does not answer. Reconnecting.`;
    case 'stale':
      return `${name}: stale, data from ${clockShort(state.sinceMs)}`;
    case 'offline':
      return `${name} is offline.`;
    case 'ended':
      return `${name}: ${ENDED[state.reason][1]}`;
    case 'toPair':
      return `${name} has to be paired before it can be seen.`;
    case 'wrongMachine':
      return `Another machine answers in place of ${name}.`;
    case 'incompatible':
      return `${name} speaks another version of the protocol.`;
    default:
      return '';
  }
}
