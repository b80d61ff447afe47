/** Exponential back-off with full jitter between two tries, so that many viewers of one machine do not reconnect at once. */
import { BACKOFF_FIRST_MS, BACKOFF_LONGEST_MS, BACKOFF_RESET_AFTER_MS } from '../wire/contract';

/** Beyond this the ceiling is reached anyway. */
const MOST_DOUBLINGS = 16;

/** How long to wait after `tries` waits in a row; `random` is from 0 to 1. */
export function backoffMs(tries: number, random: number): number {
  return Math.round(random * Math.min(BACKOFF_LONGEST_MS, BACKOFF_FIRST_MS * 2 ** Math.min(tries, MOST_DOUBLINGS)));
}

/** The waits of whoever keeps count no other way. */
export class Backoff {
  #tries = 0;
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** How long to wait before the next try. */
  nextMs(): number {
    const waitMs = backoffMs(this.#tries, this.#random());
    this.#tries += 1;
    return waitMs;
  }

  /** A connection ended that had been up for `upMs`. */
  ended(upMs: number): void {
    if (upMs >= BACKOFF_RESET_AFTER_MS) this.reset();
  }

  reset(): void {
    this.#tries = 0;
  }
}
