/** Details of the selected process that are costly to read: requested while the drawer is open, and only then. */
import type { ProcessDetail } from '../../wire/wire';
import { machine } from '../machines/machine.svelte';
import { machines } from '../machines/machines.svelte';

/** Time between two requests. */
const REFRESH_MS = 3_000;

class ProcessDetailState {
  /** Of the process last followed; `null`: nothing is known yet. */
  value = $state.raw<ProcessDetail | null>(null);
  /** Why there is none, as a sentence. */
  problem = $state.raw<string | null>(null);

  /** Requests the details repeatedly; returns the undo. */
  follow(pid: number, startedAtMs: number): () => void {
    this.value = null;
    this.problem = null;
    // The same pid and start on another machine is another process.
    const of = machines.inView;
    let ended = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async (): Promise<void> => {
      if (machines.inView !== of) return;
      if (document.visibilityState !== 'hidden') {
        try {
          const value = await machine.request('process.detail', { pid, startedAtMs });
          if (ended || machines.inView !== of) return;
          this.value = value;
          this.problem = null;
          if (value.gone) return;
        } catch (error) {
          if (ended || machines.inView !== of) return;
          this.problem = error instanceof Error ? error.message : String(error);
        }
      }
      if (!ended) timer = setTimeout(() => void ask(), REFRESH_MS);
    };
    void ask();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }
}

export const processDetail = new ProcessDetailState();
