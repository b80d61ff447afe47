/** Target of a link: which machine it connects to, and how. */
import type { Goodbye, Probe, Scope, SnapshotBody } from '../wire/wire';

export interface Target {
  addresses: readonly string[];
  /** Where its stream is. */
  url: (address: string) => string;
  /** Which machine it has to be; `null`: whichever served this page, and access is by its cookie. */
  machineId: string | null;
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
