/** How messages travel, seen from the rest of the page: one stream of one machine, and how fresh it is. */
import type { ClientMessage, Goodbye, ServerMessage } from '../wire/wire';

/** How fresh the data is. Times are this page's clock, Unix milliseconds. */
export type ConnectionState =
  | { kind: 'connecting' }
  | { kind: 'live' }
  | { kind: 'reconnecting'; retryAtMs: number; why: string }
  | { kind: 'stale'; sinceMs: number; retryAtMs: number | null; why: string }
  | { kind: 'polling' }
  | { kind: 'ended'; reason: Goodbye }
  | { kind: 'incompatible'; theirs: number };

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
  /** Ends (`terminate`) or kills (`kill`) a process of this machine, if it is still the one that was meant. */
  signalProcess(process: { pid: number; startedAtMs: number; signal: ProcessSignal }): Promise<void>;
  /** The first view is drawn: the window may be shown. */
  windowReady(): Promise<void>;
}

export type ProcessSignal = 'terminate' | 'kill';
