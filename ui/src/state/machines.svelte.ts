/** All machines: this one, and those that a person added. A browser knows the machine that served the page, and no
 *  other. Start reading at `start`. */
import type { Host, Link, OpenOther } from '../link/link';
import { openRemote } from '../link/remote';
import type { KnownMachine } from '../wire/wire';
import { MachineState } from './machine-state.svelte';

/** Machines whose last 15 minutes are kept after the view went elsewhere; the one not seen for longest goes. */
const REMEMBERED = 8;

export class Machines {
  /** This machine: the window's own, or the one that served the page. */
  readonly here = new MachineState();
  /** The others, in the person's order. */
  others = $state.raw<readonly MachineState[]>([]);
  /** The one that the views show. */
  inView = $state.raw<MachineState>(this.here);
  /** The list is read: before, an address that names another machine is not wrong. */
  ready = $state.raw(false);
  /** Why the others are not shown; a sentence for people. */
  problem = $state.raw<string | null>(null);
  /** These are replayed machines. */
  demo = $state.raw(false);
  /** Only in the window. */
  host = $state.raw<Host | null>(null);
  /** This machine first. */
  readonly all = $derived<readonly MachineState[]>([this.here, ...this.others]);
  /** All tags, in the order in which they first stand. */
  readonly tags = $derived([...new Set(this.others.flatMap(({ known }) => known?.tags.slice(0, 1) ?? []))]);

  readonly #onInView = new Set<(next: MachineState) => void>();
  readonly #stops = new Map<string, () => void>();
  #recent: MachineState[] = [];
  #unlook: (() => void) | null = null;
  #openOther: OpenOther = openRemote;

  /** Begins with this machine; returns the undo. `openOther`: how the others are reached. */
  start(link: Link, host: Host | null = null, openOther: OpenOther = openRemote): () => void {
    this.host = host;
    this.#openOther = openOther;
    const stop = this.here.start(link, host);
    this.#unlook = this.inView.look();
    return () => {
      this.#unlook?.();
      this.#unlook = null;
      for (const stopOther of this.#stops.values()) stopOther();
      this.#stops.clear();
      this.others = [];
      this.inView = this.here;
      stop();
    };
  }

  /** In the window: takes the other machines over from its program, and connects to them. */
  async load(): Promise<void> {
    const remote = this.host?.machines;
    try {
      if (remote) {
        const { machines, demo } = await remote.read();
        await remote.take();
        this.demo = demo;
        this.#adopt(machines);
      }
    } catch (error) {
      this.problem = `Other machines cannot be shown: ${error instanceof Error ? error.message : String((error as { message?: unknown }).message ?? error)}`;
    }
    this.ready = true;
  }

  /** Calls `f` when another machine comes into view; returns the undo. */
  onInView(f: (next: MachineState) => void): () => void {
    this.#onInView.add(f);
    return () => this.#onInView.delete(f);
  }

  byKey(key: string): MachineState | null {
    return this.all.find((candidate) => candidate.key === key) ?? null;
  }

  /** Shows a machine; `false` where there is none of this key. */
  show(key: string): boolean {
    const next = this.byKey(key);
    if (!next) return false;
    if (next === this.inView) return true;
    this.#unlook?.();
    this.inView = next;
    this.#unlook = next.look();
    for (const f of this.#onInView) f(next);
    this.#recent = [next, ...this.#recent.filter((other) => other !== next)];
    for (const old of this.#recent.splice(REMEMBERED)) old.ring.clear();
    return true;
  }

  /** Takes another order, other names, tags or addresses, or leaves machines out; kept by the window's program. */
  async save(list: readonly KnownMachine[]): Promise<void> {
    const remote = this.host?.machines;
    if (!remote) return;
    this.#adopt((await remote.save([...list])).machines);
  }

  /** Adds a machine that was just paired; returns it. */
  add(known: KnownMachine): MachineState {
    this.#adopt([...this.#list().filter(({ id }) => id !== known.id), known]);
    return this.byKey(known.id) ?? this.here;
  }

  /** The list as it is kept. */
  #list(): KnownMachine[] {
    return this.others.flatMap(({ known }) => (known ? [known] : []));
  }

  #adopt(list: readonly KnownMachine[]): void {
    const before = new Map(this.others.map((state) => [state.key, state]));
    this.others = list.map((known) => {
      const state = before.get(known.id) ?? this.#begin(known);
      before.delete(known.id);
      state.known = known;
      return state;
    });
    for (const [key, gone] of before) {
      if (gone === this.inView) this.show('');
      this.#stops.get(key)?.();
      this.#stops.delete(key);
    }
  }

  #begin(known: KnownMachine): MachineState {
    const state = new MachineState(known);
    const remote = this.host?.machines;
    if (!remote) return state;
    const stop = state.start(this.#openOther(known, remote));
    const unfeel = state.feel();
    this.#stops.set(known.id, () => {
      unfeel();
      stop();
    });
    return state;
  }
}

export const machines = new Machines();
