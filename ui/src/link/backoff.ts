/** Waiting between two tries: full jitter, so that many viewers of one machine do not come back at once. */

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
/** A connection that held this long starts the next series of tries afresh. */
const HEALTHY_AFTER_MS = 60_000;

export class Backoff {
  #tries = 0;
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** How long to wait before the next try. */
  nextMs(): number {
    const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#tries);
    this.#tries = Math.min(this.#tries + 1, 16);
    return Math.round(this.#random() * ceiling);
  }

  /** A connection ended that had been up for `upMs`. */
  ended(upMs: number): void {
    if (upMs >= HEALTHY_AFTER_MS) this.#tries = 0;
  }

  reset(): void {
    this.#tries = 0;
  }
}
