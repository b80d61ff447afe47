/** Interface of a link: one stream of messages with one machine, and how fresh its data is. */
import type { Cause } from '../text/cause';
import type { ClientMessage, Comparing, FoundMachines, Goodbye, KnownMachine, MachineList, Probe, Proof, ServerMessage, SnapshotBody, WatchedMachine } from '../wire/wire';

/** How fresh the data is. Times are this page's clock, Unix milliseconds. */
export type ConnectionState =
  | { kind: 'connecting' }
  /** `address`: at which of its addresses, where it has several. */
  | { kind: 'live'; address?: string }
  /** `tries`: how often it was tried in a row. */
  | { kind: 'reconnecting'; retryAtMs: number; why: Cause; tries?: number }
  /** Its last data is old, `sinceMs` says how old. */
  | { kind: 'stale'; sinceMs: number; retryAtMs: number | null; why: Cause }
  /** It has not answered since this page looks, or not for long; `sinceMs`: when it was last heard of, if ever. */
  | { kind: 'offline'; sinceMs: number | null; retryAtMs: number | null; why: Cause }
  /** No WebSocket: the machine is asked every `everyMs`. */
  | { kind: 'polling'; everyMs?: number }
  /** `atMs`: when, where it was heard while this page looked. */
  | { kind: 'ended'; reason: Goodbye; atMs?: number }
  /** The machine does not know this browser: it has to be paired first. */
  | { kind: 'toPair' }
  | { kind: 'incompatible'; theirs: number }
  /** Another machine answers at the address; nothing was told to it. `foundId`: which it says it is; `null`: it says
   *  it is the right one, and cannot prove it. */
  | { kind: 'wrongMachine'; foundId: string | null };

/** What a link measured of the way to its machine. */
export interface Timing {
  /** From a question to its answer, milliseconds; `null`: not measured. */
  roundTripMs: number | null;
  /** By how much the machine's clock is ahead of this page's, milliseconds. */
  clockOffsetMs: number;
}

/** How a person wants to be served; a link does what of it concerns it. */
export interface Pace {
  /** `false`: no WebSocket, the machine is asked again and again. */
  socket: boolean;
  /** At most this often, where it is asked; 0: as often as is usual; `null`: not by itself. */
  everyMs: number | null;
}

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
  /** Calls `f` with what is measured of the way to the machine; never, where there is none. Returns the undo. */
  onTiming(f: (timing: Timing) => void): () => void;
  /** A person wants it tried now, whatever was said before. */
  retryNow(): void;
  /** There is a sign that the machine is reachable: no reason to wait out the rest. `addresses`: where it says it is,
   *  which is hearsay; they are tried, and believed when it has proven itself there. */
  hurry(addresses?: readonly string[]): void;
  setPace(pace: Pace): void;
  /** Asks once, where the machine is asked instead of listened to. */
  refresh(): void;
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
  /** The other machines. */
  machines: MachineHost;
}

/** What the window's program does for links to other machines: it keeps the list and the tokens, which no page ever
 *  sees, and asks what a script may not ask. All reject with an `ErrorBody` whose `message` is for people. */
export interface MachineHost {
  read(): Promise<MachineList>;
  /** Order, names, tags, addresses; who is left out is removed, and its token forgotten. */
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
  /** `same`: this person sees the same digits there. Waits for the answer there. `null` where not `same`. */
  compareEnd(ticket: string, same: boolean): Promise<KnownMachine | null>;
  /** Proof for a challenge that says it is of `machineId`. */
  prove(id: string, machineId: string, nonce: string): Promise<Proof>;
  /** Why a machine cannot be reached; `id` is `null` for one that is not added. */
  probe(id: string | null, address: string, secure: boolean): Promise<Probe>;
  poll(id: string): Promise<SnapshotBody>;
  /** What is found on the network; waits up to 2 s for a change. Looking goes on while it is asked. */
  found(after: number): Promise<FoundMachines>;
  /** Absent where machines are made up. */
  sockets?: SocketHost;
}

/** WebSockets that the window's program carries for the page. `page` names who asks, `socket` is a number of its choice. */
export interface SocketHost {
  /** Resolves once it is open to machine `id` at `address`, one of its addresses or where it announces itself. */
  open(page: string, socket: number, id: string, address: string): Promise<void>;
  send(page: string, socket: number, text: string): Promise<void>;
  /** What came over all sockets of the page, each with a head of 9 bytes: number, kind (0: text, 1: closed), length. */
  next(page: string): Promise<Uint8Array>;
  close(page: string, socket: number): Promise<void>;
}

/** Opens the link to another machine; the host proves that it may. */
export type OpenOther = (known: KnownMachine, host: MachineHost) => Link;

/** Asks it to end, ends it, lets it stand still, lets it go on. */
export type ProcessSignal = 'terminate' | 'kill' | 'stop' | 'continue';

export interface ProcessToSignal {
  pid: number;
  startedAtMs: number;
  signal: ProcessSignal;
  /** What the page calls it, for the answer. */
  name: string;
}
