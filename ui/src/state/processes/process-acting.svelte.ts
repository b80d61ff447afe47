/** Acting on the process that is looked at: what is asked first, what was sent, and why it may not be.
 *  Only the window on this machine acts; by PID and start, never by a place in the table. */
import type { ProcessSignal } from '../../link/link';
import { clock } from '../../text/time';
import { visible } from '../../text/visible';
import { cursor } from '../time/cursor.svelte';
import { machine } from '../machines/machine.svelte';
import { machines } from '../machines/machines.svelte';
import type { Process } from './process-table';
import { status } from '../page/status.svelte';

/** What waits for a yes. */
export interface Asked {
  readonly process: Process;
  readonly signal: ProcessSignal;
}

/** What the machine said to the last try. */
export interface Outcome {
  readonly key: string;
  readonly text: string;
  readonly failed: boolean;
}

const SENT: Readonly<Record<ProcessSignal, (name: string) => string>> = {
  terminate: (name) => `${name} was asked to end.`,
  kill: (name) => `${name} was killed.`,
  stop: (name) => `${name} is paused.`,
  continue: (name) => `${name} goes on.`,
};

export class Acting {
  asked = $state.raw<Asked | null>(null);
  outcome = $state.raw<Outcome | null>(null);

  constructor() {
    // What was asked about one machine is never done to another.
    machines.onInView(() => (this.asked = this.outcome = null));
  }

  /** Why nothing can be done to any process; `null`: it can. */
  get offBecause(): string | null {
    if (machine.known) return `${visible(machine.name)} lets you view, not act. End processes at the machine itself.`;
    if (!machine.host) return 'Only the window on this machine can end its processes.';
    if (cursor.pinnedMs !== null) return `You are viewing ${clock(cursor.pinnedMs)}. Go live to act.`;
    if (!machine.fresh) return 'The monitor of this machine does not answer. Wait until it is live.';
    return null;
  }

  /** Asks first, but for letting it go on, which harms nothing. */
  ask(process: Process, signal: ProcessSignal): void {
    if (this.offBecause !== null) {
      status.say(this.offBecause);
      return;
    }
    this.outcome = null;
    if (signal === 'continue') void this.#send({ process, signal });
    else this.asked = { process, signal };
  }

  cancel(): void {
    this.asked = null;
  }

  confirm(): void {
    const { asked } = this;
    this.asked = null;
    if (asked) void this.#send(asked);
  }

  async #send({ process, signal }: Asked): Promise<void> {
    const { key, pid, startedAtMs, name } = process;
    const of = machines.inView;
    try {
      await machine.signalProcess({ pid, startedAtMs, signal, name });
      this.#tell(of === machines.inView ? key : null, SENT[signal](name), false);
    } catch (error) {
      this.#tell(of === machines.inView ? key : null, wordsOf(error), true);
    }
  }

  /** `key`: of the row it is said at; `null`: that row is in view no more. */
  #tell(key: string | null, text: string, failed: boolean): void {
    if (key !== null) this.outcome = { key, text, failed };
    status.say(text);
  }
}

/** What a rejected command says: an `ErrorBody`, which is no `Error`. */
function wordsOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string') return error.message;
  return `${String(error)}. Nothing was sent.`;
}

export const acting = new Acting();
