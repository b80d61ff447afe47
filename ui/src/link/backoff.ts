/** Waiting between two tries: full jitter, so that many viewers of one machine do not come back at once. */
import { BACKOFF_FIRST_MS, BACKOFF_LONGEST_MS, BACKOFF_RESET_AFTER_MS } from '../wire/contract';

export class Backoff {
  #tries = 0;
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** How long to wait before the next try. */
  nextMs(): number {
    const ceiling = Math.min(BACKOFF_LONGEST_MS, BACKOFF_FIRST_MS * 2 ** this.#tries);
    this.#tries = Math.min(this.#tries + 1, 16);
    return Math.round(this.#random() * ceiling);
  }

  /** A connection ended that had been up for `upMs`. */
  ended(upMs: number): void {
    if (upMs >= BACKOFF_RESET_AFTER_MS) this.#tries = 0;
  }

  reset(): void {
    this.#tries = 0;
  }
}
