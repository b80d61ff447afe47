/** Keeps what changed by itself in the list of machines (last seen, addresses, what they say of themselves): written
 *  only when something changed, and seldom, as it is of no use before the next start. What a person changes is written at
 *  once, by `machines`. */

/** Between two writings. */
const WRITE_EVERY_MS = 5_000;

export class ListKeeping {
  readonly #write: () => Promise<void>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastMs = -Infinity;

  /** `write` looks itself whether there is something to write. */
  constructor(write: () => Promise<void>) {
    this.#write = write;
  }

  /** Something changed. */
  soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#lastMs = Date.now();
      void this.#write();
    }, Math.max(WRITE_EVERY_MS, this.#lastMs + WRITE_EVERY_MS - Date.now()));
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
