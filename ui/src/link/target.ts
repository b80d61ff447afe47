/** Target of a link: which machine it leads to, and how it is reached. */
import type { Goodbye, Probe, Proof, Scope, SnapshotBody } from '../wire/wire';

/** Which machine it has to be, and how this page proves that it may look. */
export interface Identity {
  id: string;
  /** Rejects with an `ErrorBody`: `notFound` where there is no token, `unauthorized` where the challenge is another's. */
  prove(machineId: string, nonce: string): Promise<Proof>;
}

export interface Target {
  addresses: readonly string[];
  /** Where its stream is. */
  url: (address: string) => string;
  /** `null`: whichever machine served this page; its cookie lets it in, or nothing does. */
  identity: Identity | null;
  /** Looks from outside why it cannot be reached; `null`: nobody can. */
  probe: ((address: string) => Promise<Probe>) | null;
  /** Rejects with an `ErrorBody`: `unauthorized` where the machine does not let this page look. */
  poll: () => Promise<SnapshotBody>;
  /** When it was last heard of, before this page; `undefined`: this is the machine that served the page. */
  seenMs?: number | null;
  /** How it left, before this page. */
  goodbye?: Goodbye | null;
  /** What it lets this page see, as far as is known before it says so. */
  scope?: Scope;
  /** `false`: never by WebSocket, whatever a person chooses. */
  socket?: boolean;
}
