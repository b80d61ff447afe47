/** State, events and actions of `link-machine.ts`. */
import type { Cause } from '../text/cause';
import { POLL_EVERY_MS } from '../wire/contract';
import type { ChannelInfo, ClientMessage, Goodbye } from '../wire/wire';
import { type AddressBook, addressBook } from './addresses';
import type { Verdict } from './diagnosis';
import type { ConnectionState } from './link';
import { type Watch, watchDueMs } from './watchdog';

/** Close reasons of a machine that left on purpose: no warning while it is awaited. */
export const QUIET: ReadonlySet<Goodbye> = new Set<Goodbye>(['shutdown', 'suspend', 'update']);

export interface LinkConfig {
  addresses: readonly string[];
  /** The machine and this client have to authenticate. */
  proven: boolean;
  /** There is a probe that finds out why it cannot be reached. */
  probes: boolean;
  /** Whether a WebSocket may be opened at first. */
  socket: boolean;
  /** As in `Target`. */
  seenMs?: number | null | undefined;
  goodbye?: Goodbye | null | undefined;
}

/** How one connection ended, or why it never began. */
export type End =
  /** `told`: something answered there. `blocked`: it answers HTTP, and no WebSocket opens; absent: not known. */
  | { kind: 'lost'; why: Cause; told: boolean; blocked?: boolean; retryAfterMs?: number }
  /** The other end closed it; its `code` as in RFC 6455. */
  | { kind: 'closed'; code: number; told: boolean }
  | { kind: 'toPair' }
  | { kind: 'incompatible'; theirs: number }
  | { kind: 'wrongMachine'; foundId: string | null };

export type LinkEvent =
  | { type: 'start' }
  /** Both sides have authenticated, where they have to. */
  | { type: 'connected'; channels: readonly ChannelInfo[] }
  /** Any message arrived. */
  | { type: 'heard' }
  | { type: 'goodbye'; reason: Goodbye }
  | { type: 'ended'; end: End }
  /** This client sent a message. */
  | { type: 'sent'; message: ClientMessage }
  /** The time that `dueAtMs` named has come. */
  | { type: 'time' }
  | { type: 'online' }
  | { type: 'hidden' }
  | { type: 'shown' }
  /** The person wants a try now. */
  | { type: 'retryNow' }
  /** A hint that the machine is reachable, at these addresses, which are not authenticated. */
  | { type: 'announced'; addresses: readonly string[] }
  | { type: 'pace'; socket: boolean; everyMs: number | null }
  /** The person wants a poll now. */
  | { type: 'refresh' }
  | { type: 'polled'; poll: number }
  | { type: 'pollFailed'; poll: number; unauthorized: boolean; why: Cause }
  | { type: 'probed'; probe: number; verdict: Verdict; answersHttp: boolean }
  | { type: 'probeFailed'; probe: number }
  | { type: 'close' };

export type LinkAction =
  | { type: 'open'; address: string }
  /** Ends the connection, or the attempt at one. */
  | { type: 'close' }
  | { type: 'ping' }
  /** Asks for the last sample; answered by `polled` or `pollFailed` with the same number. */
  | { type: 'poll'; poll: number }
  /** Probes it; answered by `probed` or `probeFailed` with the same number. */
  | { type: 'probe'; probe: number; address: string }
  | { type: 'state'; state: ConnectionState };

/** What was found out in one round over all addresses. */
export interface Round {
  rest: readonly string[];
  /** State that ends the tries, unless another address does better. */
  final: ConnectionState | null;
  why: Cause | null;
  /** `why` is of an address where something answered. */
  told: boolean;
  /** `why` is of an address that is known, and not only announced. */
  known: boolean;
  /** Something answered HTTP; `null`: not known. */
  blocked: boolean | null;
}

export type Phase =
  | { kind: 'idle' }
  | { kind: 'attempting'; round: Round; untilMs: number; goodbye: Goodbye | null }
  | { kind: 'live'; sinceMs: number; watch: Watch; goodbye: Goodbye | null }
  | { kind: 'waiting'; retryAtMs: number }
  /** No WebSocket is wanted: the machine is polled. */
  | { kind: 'polled' }
  /** Nothing is tried until a person acts, here or there; `retryAtMs`: or until then, where an update would end it. */
  | { kind: 'final'; retryAtMs: number | null }
  | { kind: 'closed' };

export interface LinkMemory {
  readonly phase: Phase;
  /** What was shown last. */
  readonly shown: ConnectionState;
  readonly addresses: AddressBook;
  /** The one that is tried or used, or was last. */
  readonly address: string;
  readonly backoff: number;
  /** Rounds that failed in a row, and sessions that never began. */
  readonly tries: number;
  readonly failures: number;
  /** Proofs in a row that were refused. */
  readonly refused: number;
  /** It is tried again by the clock after a final state, which is not told a second time. */
  readonly again: boolean;
  readonly why: Cause;
  readonly heardMs: number | null;
  readonly goodbye: { reason: Goodbye; atMs: number | null } | null;
  /** When it last said that it leaves, in a session or before one. */
  readonly leavingMs: number;
  /** `probed`: a probe found it, and stays until the next one; otherwise an attempt did, and stays until the next one. */
  readonly impostor: { foundId: string | null; probed: boolean } | null;
  /** When what is shown changes with time alone. */
  readonly turnAtMs: number | null;
  readonly hurriedMs: number;
  /** The machine asked not to be tried before (Retry-After); kept until then, unless the person wants a try. */
  readonly notBeforeMs: number;
  readonly hidden: boolean;
  readonly socketAllowed: boolean;
  readonly answersHttp: boolean | null;
  /** `answers`: it is polled, and what is shown is of that. */
  readonly poll: { running: boolean; asking: boolean; nextAtMs: number | null; everyMs: number | null; number: number; answers: boolean };
  readonly probe: { running: boolean; startedMs: number; number: number };
}

export interface Step {
  state: LinkMemory;
  actions: LinkAction[];
}

export function begin(config: LinkConfig, hidden: boolean): LinkMemory {
  const { goodbye, seenMs, socket, addresses } = config;
  return {
    phase: { kind: 'idle' },
    shown: { kind: 'connecting' },
    addresses: addressBook(addresses),
    address: '',
    backoff: 0,
    tries: 0,
    failures: 0,
    refused: 0,
    again: false,
    why: { code: 'noAnswer' },
    heardMs: null,
    goodbye: goodbye && QUIET.has(goodbye) ? { reason: goodbye, atMs: seenMs ?? null } : null,
    leavingMs: -Infinity,
    impostor: null,
    turnAtMs: null,
    hurriedMs: -Infinity,
    notBeforeMs: -Infinity,
    hidden,
    socketAllowed: socket,
    answersHttp: null,
    poll: { running: false, asking: false, nextAtMs: null, everyMs: POLL_EVERY_MS, number: 0, answers: false },
    probe: { running: false, startedMs: -Infinity, number: 0 },
  };
}

/** When the event `time` is due; `null`: never. */
export function dueAtMs({ phase, poll, turnAtMs, hidden }: LinkMemory): number | null {
  const due = [turnAtMs, poll.nextAtMs];
  if (phase.kind === 'attempting') due.push(phase.untilMs);
  else if (phase.kind === 'waiting' || phase.kind === 'final') due.push(phase.retryAtMs);
  else if (phase.kind === 'live') due.push(watchDueMs(phase.watch, hidden));
  const times = due.filter((time) => time !== null);
  return times.length === 0 ? null : Math.min(...times);
}
