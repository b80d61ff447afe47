/** Asks a machine for its last sample again and again, where a WebSocket does not get through. One question at a time,
 *  none while the page is hidden. */
import { POLL_EVERY_MS } from '../wire/contract';
import type { SnapshotBody } from '../wire/wire';

/** As often as a machine is asked where nobody wants it less often. */
export const POLL_MS = POLL_EVERY_MS;

interface Options {
  ask: () => Promise<SnapshotBody>;
  onAnswer: (body: SnapshotBody) => void;
  /** No answer: nothing more is asked. */
  onFail: (error: unknown) => void;
}

export class Poller {
  readonly #options: Options;
  #everyMs: number | null = POLL_MS;
  /** Names the run that is on; an answer to an earlier one is nobody's. */
  #run = 0;
  #running = false;
  #asking = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: Options) {
    this.#options = options;
    document.addEventListener('visibilitychange', this.#shown);
  }

  get running(): boolean {
    return this.#running;
  }

  /** How often it asks; `null`: when told to. */
  get everyMs(): number | null {
    return this.#everyMs;
  }

  set everyMs(everyMs: number | null) {
    if (everyMs === this.#everyMs) return;
    this.#everyMs = everyMs;
    if (this.#running && !this.#asking) this.#rest();
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#run += 1;
    void this.#ask();
  }

  stop(): void {
    this.#running = this.#asking = false;
    this.#run += 1;
    clearTimeout(this.#timer);
  }

  /** Asks now, if it asks at all. */
  now(): void {
    if (this.#running && !this.#asking) void this.#ask();
  }

  close(): void {
    this.stop();
    document.removeEventListener('visibilitychange', this.#shown);
  }

  readonly #shown = (): void => {
    if (document.visibilityState !== 'hidden' && this.#everyMs !== null) this.now();
  };

  #rest(): void {
    clearTimeout(this.#timer);
    if (this.#everyMs !== null) this.#timer = setTimeout(() => this.now(), this.#everyMs);
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#timer);
    if (document.visibilityState === 'hidden') return;
    const run = this.#run;
    this.#asking = true;
    try {
      const body = await this.#options.ask();
      if (run !== this.#run) return;
      this.#asking = false;
      this.#rest();
      this.#options.onAnswer(body);
    } catch (error) {
      if (run !== this.#run) return;
      this.stop();
      this.#options.onFail(error);
    }
  }
}
