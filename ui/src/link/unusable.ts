/** The link of a page that was built with an address that cannot be used: it says so, and tries nothing. */
import { Emitter } from './emitter';
import type { ConnectionState, Link } from './link';

export class UnusableLink implements Link {
  readonly #emitter = new Emitter();

  /** `why`: a sentence for people. */
  constructor(why: string) {
    this.#emitter.setState({ kind: 'offline', sinceMs: null, retryAtMs: null, why, remedy: 'Build the page anew with another address, or without one.' });
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
