/** What the result of a probe, or of an attempt of the window's program, means for a link: whether to go on trying. */
import { type Cause, thrownCause } from '../text/cause';
import { PROTOCOL } from '../wire/contract';
import type { ErrorBody, Goodbye, Probe } from '../wire/wire';
import type { ConnectionState } from './link';
import type { End } from './link-state';

export type Verdict =
  /** It is tried again, not before `retryAfterMs` where the machine asked for that. */
  | { kind: 'away'; why: Cause; retryAfterMs: number | null }
  /** A person has to act, here or there. */
  | { kind: 'final'; state: ConnectionState & { kind: 'toPair' | 'ended' | 'incompatible' } }
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

/** RFC 6455: the machine ended a session that did not begin. */
const POLICY = 1008;
/** The same: a connection that broke. */
const BROKEN = 1006;

/** How an attempt of the window's program ended, which it rejected with `error`; `goodbye`: the machine said so first. */
export function attemptEnd(error: unknown): { end: End; goodbye: Goodbye | null } {
  const { code, window } = (error ?? {}) as Partial<ErrorBody>;
  const plainly = (end: End) => ({ end, goodbye: null });
  if (window?.is !== 'notReached') return plainly(code === 'notFound' ? { kind: 'toPair' } : { kind: 'lost', why: thrownCause(error), told: false });
  const { probe } = window;
  const left = (goodbye: Goodbye) => ({ end: { kind: 'closed' as const, code: POLICY, told: true }, goodbye });
  if (probe.diagnosis.code === 'ended') return left(probe.diagnosis.reason);
  if (probe.diagnosis.code === 'forgotten') return left('unauthorized');
  const found = verdict(probe);
  switch (found.kind) {
    case 'final':
      return found.state.kind === 'ended' ? left(found.state.reason) : plainly(found.state);
    case 'impostor':
      return plainly({ kind: 'wrongMachine', foundId: found.foundId });
    case 'away':
      // A probe finds out more.
      return plainly({ kind: 'closed', code: BROKEN, told: false });
  }
}
