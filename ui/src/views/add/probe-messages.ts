/** Outcome of probing an address that a person typed: the finding, what to do, and whether it can be paired. Pure. */
import { type Found, probeMessage } from '../../text/probe-messages';
import type { Probe } from '../../wire/wire';

export interface ProbeOutcome extends Found {
  /** A machine is there that can be paired. */
  readonly canPair: boolean;
}

export function probeOutcome(probe: Probe): ProbeOutcome {
  const { kind } = probe;
  return { ...probeMessage(probe), canPair: kind === 'ok' || kind === 'toPair' || kind === 'revoked' };
}
