/** The machine in view: what all views of one machine read. It follows `machines.inView`, so that a view need not know
 *  whether it shows this machine or another.
 *
 *  A channel that is used here goes over to the next machine with the view; its first frame is a key frame again. */
import type { Host, Link, ProcessToSignal } from '../../link/link';
import type { Methods } from '../../wire/contract';
import type { Channel, Frame, Method } from '../../wire/wire';
import type { MachineState, Sample } from './machine-state.svelte';
import { machines } from './machines.svelte';

export { shutOut, type ConnectionState } from '../../link/link';
export { PROTOCOL } from '../../wire/contract';
export type { Sample } from './machine-state.svelte';

interface Use {
  channel: Channel;
  onFrame: (frame: Frame) => void;
  undo: () => void;
}

class MachineInView {
  readonly #uses = new Set<Use>();

  constructor() {
    machines.onInView((next) => {
      for (const use of this.#uses) {
        use.undo();
        use.undo = next.use(use.channel, use.onFrame);
      }
    });
  }

  get #now(): MachineState {
    return machines.inView;
  }

  get key() { return this.#now.key; }
  get name() { return this.#now.name; }
  get known() { return this.#now.known; }
  get connection() { return this.#now.connection; }
  get info() { return this.#now.info; }
  get scope() { return this.#now.scope; }
  get clientId() { return this.#now.clientId; }
  get series() { return this.#now.series; }
  get facts() { return this.#now.facts; }
  get faults() { return this.#now.faults; }
  get alerts() { return this.#now.alerts; }
  get sample() { return this.#now.sample; }
  get ring() { return this.#now.ring; }
  get ringVersion() { return this.#now.ringVersion; }
  get pastVersion() { return this.#now.pastVersion; }
  get nowMs() { return this.#now.nowMs; }
  get definitions() { return this.#now.definitions; }
  get fresh() { return this.#now.fresh; }
  get roundTripMs() { return this.#now.roundTripMs; }
  get clockOffsetMs() { return this.#now.clockOffsetMs; }
  get mark() { return this.#now.mark; }
  get goodbye() { return this.#now.goodbye; }
  get summary() { return this.#now.summary; }

  /** Acting on the machine; `null` in a browser, and for every machine but this one. */
  get host(): Host | null {
    return this.#now.host;
  }

  has(id: string): boolean {
    return this.#now.has(id);
  }

  /** As `MachineState.use`, of whichever machine is in view. */
  use(channel: Channel, onFrame: (frame: Frame) => void): () => void {
    const use: Use = { channel, onFrame, undo: this.#now.use(channel, onFrame) };
    this.#uses.add(use);
    return () => {
      this.#uses.delete(use);
      use.undo();
    };
  }

  request<M extends Method>(method: M, params?: Methods[M]['params']): Promise<Methods[M]['result']> {
    return this.#now.request(method, params);
  }

  signalProcess(process: ProcessToSignal): Promise<void> {
    return this.#now.signalProcess(process);
  }

  sampleAt(atMs: number): Sample {
    return this.#now.sampleAt(atMs);
  }

  retryNow(): void {
    this.#now.retryNow();
  }

  /** Loads the newest figures once, where updates are paused. */
  refresh(): void {
    this.#now.refresh();
  }

  loadDefinitions(): Promise<void> {
    return this.#now.loadDefinitions();
  }

  /** Begins with this machine; returns the undo. */
  start(link: Link, host: Host | null = null): () => void {
    return machines.start(link, host);
  }
}

export const machine = new MachineInView();
