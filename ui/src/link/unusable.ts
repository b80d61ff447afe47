/** The link of a page that was built with an address that cannot be used: it reports that, and tries nothing. */
import type { Cause } from '../text/cause';
import { Emitter } from './emitter';
import type { ConnectionState, Link } from './link';

export class UnusableLink implements Link {
  readonly #emitter = new Emitter();

  constructor(why: Cause) {
    this.#emitter.setState({ kind: 'offline', sinceMs: null, retryAtMs: null, why });
  }

  onState(f: (state: ConnectionState) => void): () => void {
    return this.#emitter.onState(f);
  }

  onMessage(): () => void {
    return () => undefined;
  }

  onTiming(): () => void {
    return () => undefined;
  }

  send(): void {}
  retryNow(): void {}
  hurry(): void {}
  setPace(): void {}
  refresh(): void {}
  close(): void {}
}
