/** Words for how fresh the data is. */
import type { MarkState } from '../../parts/Mark.svelte';
import { shutOut, type ConnectionState } from '../../state/machine.svelte';
import type { Goodbye } from '../../wire/wire';
import { clockShort } from '../../text/time';

export interface ConnectionWords {
  mark: MarkState;
  tone: 'ok' | 'warn' | 'bad' | '';
  text: string;
  /** Why, for the tooltip. */
  why: string;
  /** Trying now makes sense. */
  canRetry: boolean;
}

const ENDED: Record<Goodbye, [MarkState, string, string]> = {
  shutdown: ['offline', 'Shut down', 'The monitor on this machine was ended, or stopped sharing. The page goes on when it is back.'],
  suspend: ['asleep', 'Asleep', 'The machine went to sleep. The page goes on when it wakes.'],
  update: ['reconnecting', 'Updating', 'The monitor is being updated. The page goes on by itself.'],
  changed: ['reconnecting', 'Access changed', 'The owner of this machine changed what this device may see. The page goes on by itself.'],
  revoked: ['critical', 'Access ended', 'The owner of this machine took the access of this device back.'],
  unauthorized: ['critical', 'Not allowed', 'This machine does not let this device look.'],
  protocol: ['critical', 'Refused', 'The machine refused what this page said. Load the page again.'],
  tooLarge: ['critical', 'Refused', 'This page asked for too much at once. Load it again.'],
  slow: ['reconnecting', 'Too slow', 'This page did not keep up and was let go.'],
  tooMany: ['reconnecting', 'Too many viewers', 'The machine has no room for another viewer right now.'],
};

/** What the pill says at `nowMs`, this page's clock. */
export function connectionWords(state: ConnectionState, protocol: number, nowMs: number): ConnectionWords {
  const wait = (atMs: number) => Math.max(0, Math.ceil((atMs - nowMs) / 1000));
  switch (state.kind) {
    case 'connecting':
      return { mark: 'reconnecting', tone: '', text: 'Connecting', why: '', canRetry: false };
    case 'live':
      return { mark: 'live', tone: 'ok', text: 'Live', why: '', canRetry: false };
    case 'polling':
      return { mark: 'polling', tone: '', text: 'Polling', why: 'Something between here and the machine blocks WebSocket: asked every 5 s instead.', canRetry: false };
    case 'reconnecting': {
      const seconds = wait(state.retryAtMs);
      return { mark: 'reconnecting', tone: 'warn', text: seconds > 0 ? `Reconnecting in ${seconds} s` : 'Reconnecting', why: state.why, canRetry: seconds > 1 };
    }
    case 'stale':
      return { mark: 'stale', tone: 'warn', text: `Stale, data from ${clockShort(state.sinceMs)}`, why: state.why, canRetry: true };
    case 'offline':
      return { mark: 'offline', tone: '', text: state.sinceMs === null ? 'Offline' : `Offline since ${clockShort(state.sinceMs)}`, why: state.why, canRetry: true };
    case 'wrongMachine':
      return { mark: 'critical', tone: 'bad', text: 'Refused: another machine', why: 'Another machine answers at this address. Nothing was told to it.', canRetry: true };
    case 'ended': {
      const [mark, text, why] = ENDED[state.reason];
      return { mark, tone: mark === 'critical' ? 'bad' : '', text, why, canRetry: !shutOut(state) };
    }
    case 'toPair':
      return { mark: 'toPair', tone: '', text: 'To pair', why: 'The machine does not know this browser.', canRetry: false };
    case 'incompatible':
      return { mark: 'critical', tone: 'bad', text: state.theirs > protocol ? 'Refused: page too old' : 'Refused: machine too old', why: `The machine speaks protocol ${state.theirs}, this page ${protocol}. Load the page again.`, canRetry: false };
  }
}

/** What the live region says when it changes; empty: nothing worth saying. */
export function announcement(state: ConnectionState, name: string): string {
  switch (state.kind) {
    case 'live':
      return `${name}: live`;
    case 'reconnecting':
      return `${name} does not answer. Reconnecting.`;
    case 'stale':
      return `${name}: stale, data from ${clockShort(state.sinceMs)}`;
    case 'ended':
      return `${name}: ${ENDED[state.reason][1]}`;
    case 'toPair':
      return 'This browser has to be paired before it may look.';
    default:
      return '';
  }
}
