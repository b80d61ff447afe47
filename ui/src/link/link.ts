/** Interface of a link: one stream of messages with one machine, and how fresh its data is. */
import type { Cause } from '../text/cause';
import type { ClientMessage, Comparing, FoundMachines, Goodbye, KnownMachine, MachineList, Probe, ServerMessage, Signal, SnapshotBody, WatchedMachine } from '../wire/wire';

/** How fresh the data is. Times are this page's clock, Unix milliseconds. */
export type ConnectionState =
  | { kind: 'connecting' }
  /** `address`: at which of its addresses, where it has several. */
  | { kind: 'live'; address?: string }
  /** `tries`: how often it was tried in a row. */
  | { kind: 'reconnecting'; retryAtMs: number; why: Cause; tries?: number }
  /** Its last data is old, `sinceMs` says how old. */
  | { kind: 'stale'; sinceMs: number; retryAtMs: number | null; why: Cause }
  /** It has not answered since this page was loaded, or not for long; `sinceMs`: when it answered last, if ever. */
  | { kind: 'offline'; sinceMs: number | null; retryAtMs: number | null; why: Cause }
  /** No WebSocket: the machine is polled every `everyMs`. */
  | { kind: 'polling'; everyMs?: number }
  /** `atMs`: when, if it happened while this page was open. */
  | { kind: 'ended'; reason: Goodbye; atMs?: number }
  /** The machine does not know this browser: it has to be paired first. */
  | { kind: 'toPair' }
  | { kind: 'incompatible'; theirs: number }
  /** Another machine answers at the address; nothing was sent to it. `foundId`: the id it claims; `null`: it claims the
   *  right one, and cannot prove it. */
  | { kind: 'wrongMachine'; foundId: string | null };

/** Measurements of a link. */
export interface Timing {
  /** Round-trip time, milliseconds; `null`: not measured. */
  roundTripMs: number | null;
  /** By how much the machine's clock is ahead of this page's, milliseconds. */
  clockOffsetMs: number;
}

/** The person's choice of transport and update interval. */
export interface Pace {
  /** `false`: no WebSocket, the machine is polled. */
  socket: boolean;
  /** Polling interval; 0: the default; `null`: only on demand. */
  everyMs: number | null;
}

/** This page has no access: it has to be paired (again). */
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
  /** Calls `f` with each measurement of round-trip time and clock offset. Returns the undo. */
  onTiming(f: (timing: Timing) => void): () => void;
  /** The person wants a try now, whatever the state is. */
  retryNow(): void;
  /** A hint that the machine is reachable, which ends the current wait. `addresses`: where it announces itself, which is not
   *  authenticated; they are tried, and kept once it has proven itself there. */
  hurry(addresses?: readonly string[]): void;
  setPace(pace: Pace): void;
  /** Polls once, where the machine is polled. */
  refresh(): void;
  close(): void;
}

/** Capabilities that only the window has. */
export interface Host {
  readPreferences(): Promise<unknown>;
  writePreferences(preferences: unknown): Promise<void>;
  /** Acts on a process of this machine, if it is still the one that was meant; rejects with an `ErrorBody` that says why not. */
  signalProcess(process: ProcessToSignal): Promise<void>;
  /** The first view is drawn: the window may be shown. */
  windowReady(): Promise<void>;
  /** The other machines. */
  machines: MachineHost;
}

/** What the window's program does for links to other machines: it stores the list and the tokens, which no page ever
 *  gets, and makes the requests that a script may not make. All reject with an `ErrorBody` whose `message` is for people. */
export interface MachineHost {
  read(): Promise<MachineList>;
  /** Order, names, tags, addresses; a machine that is left out is removed, and its token deleted. */
  save(machines: KnownMachine[]): Promise<MachineList>;
  /** The page takes over all links: the program's own sessions are closed when this answers. */
  take(): Promise<WatchedMachine[]>;
  /** Writes the list to a file that the person chooses; its path, or `null`. */
  exportList(): Promise<string | null>;
  /** Adds what is in a file that the person chooses; `null`: none was chosen. */
  importList(): Promise<MachineList | null>;
  /** Pairs by a link, and adds the machine. */
  pair(link: string): Promise<KnownMachine>;
  /** Begins to pair without a link: both screens show digits. */
  compare(address: string): Promise<Comparing>;
  /** `same`: the person sees the same digits there. Waits for the approval there. `null` where not `same`. */
  compareEnd(ticket: string, same: boolean): Promise<KnownMachine | null>;
  /** Why a machine cannot be reached; `id` is `null` for one that is not added. */
  probe(id: string | null, address: string): Promise<Probe>;
  poll(id: string): Promise<SnapshotBody>;
  /** Machines discovered on the network; waits up to 2 s for a change. Discovery runs while it is called. */
  found(after: number): Promise<FoundMachines>;
  /** Absent where machines are simulated. */
  sockets?: SocketHost;
}

/** WebSockets that the window's program opens for the page. `page` identifies the page, `socket` is a number of its choice. */
export interface SocketHost {
  /** Resolves once it is open to machine `id` at `address`, one of its addresses or where it announces itself, and both
   *  have authenticated. */
  open(page: string, socket: number, id: string, address: string): Promise<void>;
  send(page: string, socket: number, text: string): Promise<void>;
  /** Messages of all sockets of the page, each with a head of 9 bytes: number, kind (0: text, 1: closed), length. */
  next(page: string): Promise<Uint8Array>;
  close(page: string, socket: number): Promise<void>;
}

/** Opens the link to another machine; the host authenticates it. */
export type OpenOther = (known: KnownMachine, host: MachineHost) => Link;

/** SIGTERM, SIGKILL, SIGSTOP, SIGCONT, or what the system has in their place. */
export type ProcessSignal = Signal;

export interface ProcessToSignal {
  pid: number;
  startedAtMs: number;
  signal: ProcessSignal;
  /** What the page calls it, for the answer. */
  name: string;
}
