/** What the result of a probe means for a link: whether to go on trying. */
import type { Cause } from '../text/cause';
import { PROTOCOL } from '../wire/contract';
import type { Probe } from '../wire/wire';
import type { ConnectionState } from './link';

export type Verdict =
  /** It is tried again, not before `retryAfterMs` where the machine asked for that. */
  | { kind: 'away'; why: Cause; retryAfterMs: number | null }
  /** A person has to act, here or there. */
  | { kind: 'final'; state: ConnectionState }
  /** It is tried again, since the right one may come back to its address. */
  | { kind: 'impostor'; foundId: string | null };

export function verdict(probe: Probe): Verdict {
  const { retryAfterMs } = probe;
  switch (probe.kind) {
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
      return { kind: 'away', why: { code: 'didNotHold' }, retryAfterMs };
    case 'nameNotFound':
    case 'refused':
    case 'noAnswer':
    case 'wrongPort':
    case 'notSightline':
    case 'tls':
    case 'blocked':
    case 'busy':
      return { kind: 'away', why: { code: 'probed', probe }, retryAfterMs };
  }
}
