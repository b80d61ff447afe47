/** Discovery of machines on the network: polls the window's program for what DNS-SD announces while a component holds a
 *  lease, one request at a time. A request is answered when something changed, after 2 s at the latest. */
import type { MachineHost } from '../../link/link';
import { discoveryProblem } from '../../text/sharing-messages';
import type { FoundMachine, FoundMachines } from '../../wire/wire';
import { sentenceOf } from './requests';

/** Pause after a failed request. */
const RETRY_MS = 2_000;
/** Pause after an answer without news, in case the program answers too early: no busy loop. */
const REST_MS = 100;

export class Discovery {
  /** All machines that announce themselves, known or not, by name. */
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

  /** `onFound` is called with each answer. */
  constructor(host: MachineHost, onFound: (found: FoundMachines) => void) {
    this.#host = host;
    this.#onFound = onFound;
    document.addEventListener('visibilitychange', this.#resume);
  }

  /** Runs until the undo is called, while the page is visible. */
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
        this.problem = discoveryProblem(found);
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
    // A component may have started it again meanwhile.
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
