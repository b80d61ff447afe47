/** Target of a link: which machine it connects to, and how. */
import type { Goodbye, Probe, Proof, Scope, SnapshotBody } from '../wire/wire';

/** Which machine it has to be, and how this page authenticates. */
export interface Identity {
  id: string;
  /** Rejects with an `ErrorBody`: `notFound` where there is no token, `unauthorized` where the challenge is another machine's. */
  prove(machineId: string, nonce: string): Promise<Proof>;
}

export interface Target {
  addresses: readonly string[];
  /** Where its stream is. */
  url: (address: string) => string;
  /** `null`: whichever machine served this page; access is by its cookie. */
  identity: Identity | null;
  /** Probes why it cannot be reached; `null`: there is no probe. */
  probe: ((address: string) => Promise<Probe>) | null;
  /** Rejects with an `ErrorBody`: `unauthorized` where this page has no access. */
  poll: () => Promise<SnapshotBody>;
  /** When it answered last, before this page was loaded; `undefined`: this is the machine that served the page. */
  seenMs?: number | null;
  /** Its last close reason, before this page was loaded. */
  goodbye?: Goodbye | null;
  /** Scope of this page, as far as is known before `connected`. */
  scope?: Scope;
  /** `false`: never by WebSocket, whatever the person chooses. */
  socket?: boolean;
}
