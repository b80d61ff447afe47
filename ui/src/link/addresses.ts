/** Where a machine may be: the addresses that worked, the last of them first, and those that somebody says it is at. */

import { ADDRESSES } from '../wire/contract';

export class Addresses {
  #known: string[];
  /** Announced lately and never proven; gone with the next announcement. */
  #hearsay: string[] = [];

  constructor(known: readonly string[]) {
    this.#known = known.slice(0, ADDRESSES);
  }

  /** Each once, in the order in which to try them. */
  round(): string[] {
    // What was announced a moment ago is more likely than where it was last week.
    const announced = this.#hearsay.filter((address) => !this.#known.includes(address));
    const alive = this.#known.filter((address) => this.#hearsay.includes(address));
    const others = this.#known.filter((address) => !this.#hearsay.includes(address));
    return [...alive, ...announced, ...others];
  }

  /** It has proven itself there. */
  worked(address: string): void {
    this.#known = [address, ...this.#known.filter((other) => other !== address)].slice(0, ADDRESSES);
  }

  heard(addresses: readonly string[]): void {
    if (addresses.length > 0) this.#hearsay = addresses.slice(0, ADDRESSES);
  }
}
