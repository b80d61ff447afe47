/** Why a machine is not connected: a code with parameters, as links say it, and the sentence that is made of it. Pure. */
import type { ErrorBody, Probe } from '../wire/wire';
import { errorMessage } from './error-messages';
import { probeMessage, type Found } from './probe-messages';
import { sentence } from './sharing';

export type Cause =
  /** It was waited for an answer. */
  | { readonly code: 'noAnswer' }
  /** The socket closed before the session began. */
  | { readonly code: 'didNotAnswer' }
  /** The socket closed. */
  | { readonly code: 'broke' }
  /** It sent what is no message of the protocol. */
  | { readonly code: 'malformed' }
  /** It sent a message larger than any may be. */
  | { readonly code: 'oversized' }
  /** Its address is none that a socket could have. */
  | { readonly code: 'cannotOpen' }
  /** It did not take the proof. */
  | { readonly code: 'unproven' }
  /** It has no room for another viewer. */
  | { readonly code: 'full' }
  /** This page did not keep up. */
  | { readonly code: 'slow' }
  | { readonly code: 'anotherMachine' }
  /** Looked at from outside it answers, and gives access: whatever it was is over, or is on the way between. */
  | { readonly code: 'didNotHold' }
  /** It was looked at from outside. */
  | { readonly code: 'probed'; readonly probe: Probe }
  /** What was asked of the machine, or of the window's program, was refused. */
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
  malformed: 'It said what no Sightline says.',
  oversized: 'It sent a message larger than any may be.',
  cannotOpen: 'The address cannot be opened.',
  unproven: 'It did not take the proof.',
  full: 'It has no room for another viewer.',
  slow: 'The connection was too slow.',
  anotherMachine: 'Another machine answers.',
  didNotHold: 'The machine answers, but the connection did not hold.',
};

const FLAWS: Readonly<Record<AddressFlaw, string>> = {
  notWhole: 'it is no whole address. Use one such as wss://host:7444/api/v1/stream.',
  scheme: 'it has to begin with ws://, wss://, http:// or https://.',
  credentials: 'it must not carry a user or a password.',
  plain: 'a page that came encrypted may open encrypted addresses only. Use wss://.',
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
      return { text: `This page was built with the address “${cause.given}” (VITE_WS_URL), which cannot be used: ${FLAWS[cause.flaw]}`, remedy: 'Build the page anew with another address, or without one.' };
    default:
      return { text: PLAIN[cause.code], remedy: '' };
  }
}

/** It says no more than that there was no answer. */
export function isSilence({ code }: Cause): boolean {
  return code === 'noAnswer' || code === 'didNotAnswer' || code === 'broke';
}

/** What was thrown, as the cause it is. */
export function thrownCause(error: unknown): Cause {
  const { code, message } = (typeof error === 'object' && error !== null ? error : {}) as Partial<ErrorBody>;
  if (typeof message !== 'string') return { code: 'failed', detail: String(error) };
  return error instanceof Error || typeof code !== 'string' ? { code: 'failed', detail: message } : { code: 'refused', error: error as ErrorBody };
}
