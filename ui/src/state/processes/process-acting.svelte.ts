/** Actions on the selected process: the confirmation, the outcome, and why an action is not possible.
 *  Only the window on this machine acts; by PID and start time, never by a position in the table. */
import type { ProcessSignal } from '../../link/link';
import { clock } from '../../text/time';
import { visible } from '../../text/visible';
import { cursor } from '../time/cursor.svelte';
import { machine } from '../machines/machine.svelte';
import { machines } from '../machines/machines.svelte';
import type { Process } from './process-table';
import { status } from '../page/status.svelte';

/** The action that waits for a confirmation. */
export interface Asked {
  readonly process: Process;
  readonly signal: ProcessSignal;
}

/** Outcome of the last try. */
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
    // A confirmation for one machine never applies to another.
    machines.onInView(() => (this.asked = this.outcome = null));
  }

  /** Why no process can be acted on; `null`: it is possible. */
  get offBecause(): string | null {
    if (machine.known) return `${visible(machine.name)} lets you view, not act. End processes at the machine itself.`;
    if (!machine.host) return 'Only the window on this machine can end its processes.';
    if (cursor.pinnedMs !== null) return `You are viewing ${clock(cursor.pinnedMs)}. Go live to act.`;
    if (!machine.fresh) return 'The monitor of this machine does not answer. Wait until it is live.';
    return null;
  }

  /** Asks for a confirmation first, except for `continue`, which does no harm. */
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

  /** `key`: of the row at which it is shown; `null`: that row is not in view any more. */
  #tell(key: string | null, text: string, failed: boolean): void {
    if (key !== null) this.outcome = { key, text, failed };
    status.say(text);
  }
}

/** Message of a rejected command, an `ErrorBody`, which is not an `Error`. */
function wordsOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string') return error.message;
  return `${String(error)}. Nothing was sent.`;
}

export const acting = new Acting();
