/** Why a machine is not connected: a code with parameters, which links report, and the message for it. Pure. */
import type { Diagnosis, ErrorBody, Probe } from '../wire/wire';
import { errorMessage } from './error-messages';
import { probeMessage, type Found } from './probe-messages';
import { sentence } from './sentence';

export type Cause =
  /** No answer within the time limit. */
  | { readonly code: 'noAnswer' }
  /** The socket closed before the session began. */
  | { readonly code: 'didNotAnswer' }
  /** The socket closed. */
  | { readonly code: 'broke' }
  /** It sent something that is not a message of the protocol. */
  | { readonly code: 'malformed' }
  /** It sent a message over the size limit. */
  | { readonly code: 'oversized' }
  /** No socket can be opened to its address. */
  | { readonly code: 'cannotOpen' }
  /** It did not accept the proof of access. */
  | { readonly code: 'unproven' }
  /** It has no room for another viewer. */
  | { readonly code: 'full' }
  /** This page did not keep up. */
  | { readonly code: 'slow' }
  | { readonly code: 'anotherMachine' }
  /** A probe was answered and got access: the cause is over, or it is in the network between. */
  | { readonly code: 'didNotHold' }
  /** It was probed. */
  | { readonly code: 'probed'; readonly probe: Probe }
  /** The machine, or the window's program, refused a request. */
  | { readonly code: 'refused'; readonly error: ErrorBody }
  /** Something failed in this page, or between it and the window's program. */
  | { readonly code: 'failed'; readonly detail: string }
  /** The page was built with an address that cannot be used. */
  | { readonly code: 'badAddress'; readonly given: string; readonly flaw: AddressFlaw };

/** What is wrong with the address that a page was built with. */
export type AddressFlaw = 'notWhole' | 'scheme' | 'credentials' | 'plain';

const PLAIN: Readonly<Record<Exclude<Cause['code'], 'probed' | 'refused' | 'failed' | 'badAddress'>, string>> = {
  noAnswer: 'No answer.',
  didNotAnswer: 'It does not answer.',
  broke: 'The connection broke.',
  malformed: 'It sent an invalid message.',
  oversized: 'It sent a message over the size limit.',
  cannotOpen: 'The address cannot be opened.',
  unproven: 'It did not accept the proof of access.',
  full: 'It has no room for another viewer.',
  slow: 'The connection was too slow.',
  anotherMachine: 'Another machine answers.',
  didNotHold: 'The machine answers, but the connection did not hold.',
};

const FLAWS: Readonly<Record<AddressFlaw, string>> = {
  notWhole: 'it is not a complete address. Use one such as wss://host:7444/api/v1/stream.',
  scheme: 'it has to begin with ws://, wss://, http:// or https://.',
  credentials: 'it must not contain a user name or a password.',
  plain: 'an encrypted page may open encrypted addresses only. Use wss://.',
};

export function causeMessage(cause: Cause): Found {
  switch (cause.code) {
    case 'probed':
      return probeMessage(cause.probe);
    case 'refused':
      return { text: errorMessage(cause.error), remedy: '' };
    case 'failed':
      return { text: sentence(cause.detail), remedy: '' };
    case 'badAddress':
      return { text: `This page was built with the address “${cause.given}” (VITE_WS_URL), which cannot be used: ${FLAWS[cause.flaw]}`, remedy: 'Build the page again with another address, or without one.' };
    default:
      return { text: PLAIN[cause.code], remedy: '' };
  }
}

/** What to check where a machine does not answer, and nothing more is known. `name`: the machine, or `it`. */
export const unreachableRemedy = (name: string): string => `See whether ${name} is on, and on this network.`;

/** The cause says only that there was no answer. */
export function isSilence({ code }: Cause): boolean {
  return code === 'noAnswer' || code === 'didNotAnswer' || code === 'broke';
}

/** What a probe says of a machine that runs, and cannot be watched: not what a proxy before it may say as well (no room),
 *  nor that it answers, as one does that is about to sleep. The Rust client has the same list (`Diagnosis::is_running`);
 *  `golden/link.jsonl` has a case of each. */
const RUNNING: ReadonlySet<Diagnosis['code']> = new Set<Diagnosis['code']>(['wrongPort', 'noLongerEncrypted', 'encryptedOnly', 'otherKey', 'unknownName', 'blocked', 'impostor']);
const PAIRING: ReadonlySet<Diagnosis['code']> = new Set<Diagnosis['code']>(['noLongerEncrypted', 'encryptedOnly', 'otherKey', 'impostor']);

/** The machine runs, whatever it said when it left. */
export function isRunning(cause: Cause): boolean {
  switch (cause.code) {
    case 'probed':
      return RUNNING.has(cause.probe.diagnosis.code);
    case 'unproven':
    case 'full':
    case 'slow':
      return true;
    default:
      return false;
  }
}

/** Something answers for the machine: it is not silent, whether it runs or a proxy says so. */
export function isAnswering(cause: Cause): boolean {
  return isRunning(cause) || cause.code === 'didNotHold' || (cause.code === 'probed' && (cause.probe.kind === 'ok' || cause.probe.kind === 'busy'));
}

/** To pair again ends it. */
export function endsByPairing(cause: Cause): boolean {
  return cause.code === 'probed' && PAIRING.has(cause.probe.diagnosis.code);
}

/** A thrown value as a cause. */
export function thrownCause(error: unknown): Cause {
  const { code, message } = (typeof error === 'object' && error !== null ? error : {}) as Partial<ErrorBody>;
  if (typeof message !== 'string') return { code: 'failed', detail: String(error) };
  return error instanceof Error || typeof code !== 'string' ? { code: 'failed', detail: message } : { code: 'refused', error: error as ErrorBody };
}
