/** Looks from outside why a machine cannot be reached: one look at a time, seldom, and none while nobody sees the page. */
import type { Probe } from '../wire/wire';

/** A machine that is away for long is not looked at with every try. */
const EVERY_MS = 10_000;

export class Lookout {
  readonly #probe: (address: string) => Promise<Probe>;
  #looking = false;
  #lookedMs = -Infinity;
  /** Names what the next answer is about; an answer to an earlier question is nobody's. */
  #question = 0;
  /** The last look found that the machine answers HTTP. */
  #answersHttp = false;

  constructor(probe: (address: string) => Promise<Probe>) {
    this.#probe = probe;
  }

  get answersHttp(): boolean {
    return this.#answersHttp;
  }

  /** The next failure is looked at at once, and what was found before is no longer so. */
  forget(): void {
    this.#question += 1;
    this.#looking = this.#answersHttp = false;
    this.#lookedMs = -Infinity;
  }

  /** What is so at `address`; `null`: it was not looked at, or the answer came too late. */
  async look(address: string): Promise<Probe | null> {
    const nowMs = Date.now();
    if (this.#looking || document.visibilityState === 'hidden' || nowMs - this.#lookedMs < EVERY_MS) return null;
    this.#looking = true;
    this.#lookedMs = nowMs;
    const question = ++this.#question;
    let found: Probe | null = null;
    try {
      found = await this.#probe(address);
    } catch {
      // It could not be looked at: what is known stands.
    }
    if (question !== this.#question) return null;
    this.#looking = false;
    if (found) this.#answersHttp = found.kind === 'ok' || found.kind === 'blocked';
    return found;
  }
}
