/** Discovery of machines on the network: polls the window's program for what DNS-SD announces while somebody holds a
 *  lease, one request at a time. A request is answered when something changed, after 2 s at the latest. */
import type { MachineHost } from '../../link/link';
import type { FoundMachine, FoundMachines } from '../../wire/wire';
import { sentenceOf } from './requests';

/** After an answer that was none. */
const RETRY_MS = 2_000;
/** After an answer that brought nothing new: one that comes too early is not asked for in a circle. */
const REST_MS = 100;

export class Discovery {
  /** All that announces itself, known or not, by name. */
  found = $state.raw<readonly FoundMachine[]>([]);
  /** Why nothing can be found; a sentence for people. */
  problem = $state.raw<string | null>(null);

  readonly #host: MachineHost;
  readonly #onFound: (found: FoundMachines) => void;
  #leases = 0;
  #version = 0;
  #asking = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  /** `onFound` hears each answer. */
  constructor(host: MachineHost, onFound: (found: FoundMachines) => void) {
    this.#host = host;
    this.#onFound = onFound;
    document.addEventListener('visibilitychange', this.#resume);
  }

  /** Looks until the undo is called, and while the page is visible. */
  lease(): () => void {
    this.#leases += 1;
    this.#resume();
    let given = true;
    return () => {
      if (given) this.#leases -= 1;
      given = false;
    };
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#retry);
    document.removeEventListener('visibilitychange', this.#resume);
  }

  get #wanted(): boolean {
    return !this.#ended && this.#leases > 0 && document.visibilityState !== 'hidden';
  }

  readonly #resume = (): void => {
    if (this.#asking || !this.#wanted) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    void this.#ask();
  };

  async #ask(): Promise<void> {
    this.#asking = true;
    try {
      while (this.#wanted) {
        const found = await this.#host.found(this.#version);
        if (this.#ended) return;
        this.problem = found.problem;
        if (found.version === this.#version) {
          this.#again(found.problem === null ? REST_MS : RETRY_MS);
          break;
        }
        this.#version = found.version;
        this.found = found.machines;
        this.#onFound(found);
      }
    } catch (error) {
      this.problem = sentenceOf(error);
      this.#again(RETRY_MS);
    }
    this.#asking = false;
    // Somebody may have asked for it again meanwhile.
    if (this.#retry === undefined) this.#resume();
  }

  #again(afterMs: number): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#resume();
    }, afterMs);
  }
}
