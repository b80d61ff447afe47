/** How messages travel, seen from the rest of the page: one stream of one machine, and how fresh it is. */
import type { ClientMessage, Goodbye, ServerMessage } from '../wire/wire';

/** How fresh the data is. Times are this page's clock, Unix milliseconds. */
export type ConnectionState =
  | { kind: 'connecting' }
  | { kind: 'live' }
  | { kind: 'reconnecting'; retryAtMs: number; why: string }
  | { kind: 'stale'; sinceMs: number; retryAtMs: number | null; why: string }
  | { kind: 'polling' }
  /** `atMs`: when, where it was heard while this page looked. */
  | { kind: 'ended'; reason: Goodbye; atMs?: number }
  /** The machine does not know this browser: it has to be paired first. */
  | { kind: 'toPair' }
  | { kind: 'incompatible'; theirs: number };

/** The machine shows nothing to this page until it is let in (again). */
export function shutOut(state: ConnectionState): boolean {
  return state.kind === 'toPair' || (state.kind === 'ended' && (state.reason === 'revoked' || state.reason === 'unauthorized'));
}

export interface Link {
  /** Sends if connected; dropped otherwise (after `connected` everything is asked for again). */
  send(message: ClientMessage): void;
  /** Calls `f` with each message; returns the undo. */
  onMessage(f: (message: ServerMessage) => void): () => void;
  /** Calls `f` at once and at each change; returns the undo. */
  onState(f: (state: ConnectionState) => void): () => void;
  /** Tries now instead of when the wait is over. */
  retryNow(): void;
  close(): void;
}

/** What only the window can do; a browser has none. */
export interface Host {
  readPreferences(): Promise<unknown>;
  writePreferences(preferences: unknown): Promise<void>;
  /** Acts on a process of this machine, if it is still the one that was meant; rejects with an `ErrorBody` that says why not. */
  signalProcess(process: ProcessToSignal): Promise<void>;
  /** The first view is drawn: the window may be shown. */
  windowReady(): Promise<void>;
}

/** Asks it to end, ends it, lets it stand still, lets it go on. */
export type ProcessSignal = 'terminate' | 'kill' | 'stop' | 'continue';

export interface ProcessToSignal {
  pid: number;
  startedAtMs: number;
  signal: ProcessSignal;
  /** What the page calls it, for the answer. */
  name: string;
}
