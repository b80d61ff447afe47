/** What it means for a link that its machine was looked at from outside: whether to go on trying, and what to say. */
import { PROTOCOL } from '../wire/contract';
import type { Probe } from '../wire/wire';
import type { ConnectionState } from './link';

/** Why it cannot be reached at the moment, in words, and what a person can do. */
export interface Away {
  why: string;
  /** Empty: nothing has to be done. */
  remedy: string;
}

export type Verdict =
  /** It is tried again, not before `retryAfterMs` where the machine asked for that. */
  | ({ kind: 'away'; retryAfterMs: number | null } & Away)
  /** Trying again changes nothing until somebody acts, here or there. */
  | { kind: 'final'; state: ConnectionState }
  /** It is tried again, since the right one may come back to its address. */
  | { kind: 'impostor'; foundId: string | null };

export function verdict(probe: Probe): Verdict {
  const { kind, message: why, remedy, retryAfterMs } = probe;
  switch (kind) {
    case 'toPair':
      return { kind: 'final', state: { kind: 'toPair' } };
    case 'revoked':
      return { kind: 'final', state: { kind: 'ended', reason: 'revoked' } };
    case 'newer':
      return { kind: 'final', state: { kind: 'incompatible', theirs: probe.protocol ?? PROTOCOL + 1 } };
    case 'older':
      return { kind: 'final', state: { kind: 'incompatible', theirs: probe.protocol ?? PROTOCOL - 1 } };
    case 'wrongMachine':
      return { kind: 'impostor', foundId: probe.machineId };
    case 'ok':
      // It lets this program in: whatever it was is over, or is on the way between.
      return { kind: 'away', why: 'The machine answers, but the connection did not hold.', remedy: '', retryAfterMs };
    case 'nameNotFound':
    case 'refused':
    case 'noAnswer':
    case 'wrongPort':
    case 'notSightline':
    case 'tls':
    case 'blocked':
    case 'busy':
      return { kind: 'away', why, remedy, retryAfterMs };
  }
}
