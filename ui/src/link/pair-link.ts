/** The one-time code of a pairing link (`#p=…`). It is removed from the address when this module is loaded, before any other
 *  module reads it, and kept in memory only, so that it is not in the history or on a shared screen.
 *
 *  The stream is tried first: a browser that has access already needs no code, and leaves it unused. */
import type { Link } from './link';

/** The fragment of a complete link: 128 bits in base64url. */
const WHOLE = /^[A-Za-z0-9_-]{22}$/;

class PairLink {
  #held: string | null = null;
  #listeners = new Set<() => void>();

  constructor() {
    this.#take();
    // A link may be opened in a page that is loaded already.
    addEventListener('hashchange', () => {
      if (this.#take()) for (const f of this.#listeners) f();
    });
  }

  /** The text after `#p=`, complete or not; `null`: none. */
  get held(): string | null {
    return this.#held;
  }

  /** `held` is a complete code. */
  get whole(): boolean {
    return this.#held !== null && WHOLE.test(this.#held);
  }

  /** The code was used, or is useless. */
  forget(): void {
    this.#held = null;
  }

  /** Calls `f` when a link was opened in this page; returns the undo. */
  onLink(f: () => void): () => void {
    this.#listeners.add(f);
    return () => this.#listeners.delete(f);
  }

  /** A page that has access needs no code. */
  follow(link: Link): void {
    let live = false;
    link.onState((state) => {
      live = state.kind === 'live';
      if (live) this.forget();
    });
    this.onLink(() => {
      if (live) this.forget();
    });
  }

  #take(): boolean {
    const { hash, pathname, search } = location;
    if (!hash.startsWith('#p=')) return false;
    history.replaceState(null, '', pathname + search);
    this.#held = hash.slice('#p='.length);
    return true;
  }
}

export const pairLink = new PairLink();
