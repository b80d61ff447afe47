/** The one-time code of a link (`#p=…`). It leaves the address as this module is loaded, before any other of the page
 *  reads it, and is kept in memory only: whoever looks over a shoulder, into the history or at a shared screen finds none.
 *
 *  The stream is tried first: a browser that may look already needs no code, and leaves it unused. */
import type { Link } from './link';

/** What a whole link carries: 128 bits in base64url. */
const WHOLE = /^[A-Za-z0-9_-]{22}$/;

class PairLink {
  #held: string | null = null;
  #listeners = new Set<() => void>();

  constructor() {
    this.#take();
    // A link may be opened in a page that is there already.
    addEventListener('hashchange', () => {
      if (this.#take()) for (const f of this.#listeners) f();
    });
  }

  /** What stood behind `#p=`, whole or not; `null`: nothing to pair with. */
  get held(): string | null {
    return this.#held;
  }

  /** What is held can be a code. */
  get whole(): boolean {
    return this.#held !== null && WHOLE.test(this.#held);
  }

  /** It was used, or is of no use. */
  forget(): void {
    this.#held = null;
  }

  /** Calls `f` when a link was opened in this page; returns the undo. */
  onLink(f: () => void): () => void {
    this.#listeners.add(f);
    return () => this.#listeners.delete(f);
  }

  /** A page that may look needs no code. */
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
