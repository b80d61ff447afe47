/** All machines: this one, and those that a person added. A browser knows the machine that served the page, and no
 *  other. Start reading at `start`. */
import type { Host, Link, MachineHost, OpenOther } from '../../link/link';
import { openRemote } from '../../link/remote';
import type { Comparing, FoundMachine, FoundMachines, KnownMachine, WatchedMachine } from '../../wire/wire';
import { ListKeeping } from './list-keeping';
import { Discovery } from './discovery.svelte';
import { moved, renamed, sameList, tagged, unknownOf, withAddress } from './machine-list';
import { byTag, countMarks } from './machine-mark';
import { MachineState } from './machine-state.svelte';
import { preferences } from '../page/preferences.svelte';
import { asRequestError, sentenceOf } from './requests';

/** Number of machines whose last 15 minutes are kept after they were in view; the one not in view for longest is dropped. */
const REMEMBERED = 8;

export class Machines {
  /** This machine: the window's own, or the one that served the page. */
  readonly here = new MachineState();
  /** The others, in the person's order. */
  others = $state.raw<readonly MachineState[]>([]);
  /** The one that the views show. */
  inView = $state.raw<MachineState>(this.here);
  /** The list is read: before that, an address that names an unknown machine is no error. */
  ready = $state.raw(false);
  /** Why the others are not shown, or a change could not be stored; a sentence for people. */
  problem = $state.raw<string | null>(null);
  /** These are replayed machines. */
  demo = $state.raw(false);
  /** Only in the window. */
  host = $state.raw<Host | null>(null);
  /** This machine first. */
  readonly all = $derived<readonly MachineState[]>([this.here, ...this.others]);
  /** All tags, in the order in which they first stand. */
  readonly tags = $derived([...new Set(this.others.flatMap(({ known }) => known?.tags.slice(0, 1) ?? []))]);
  /** The machines by their first tag; this one is with those without a tag. */
  readonly groups = $derived(byTag(this.all));
  /** How many machines have each mark, worst first. */
  readonly counts = $derived(countMarks(this.all.map(({ mark }) => mark)));

  #discovery = $state.raw<Discovery | null>(null);
  readonly #keeping = new ListKeeping({ list: () => this.list, write: (list) => this.#ask((remote) => remote.save([...list])) });
  readonly #onInView = new Set<(next: MachineState) => void>();
  readonly #stops = new Map<string, () => void>();
  #openOther: OpenOther = openRemote;
  #recent: MachineState[] = [];
  #removeViewer: (() => void) | null = null;
  /** Discovery for machines that do not answer. */
  #unlease: (() => void) | null = null;

  /** Machines found on the network and not known yet, by name; not authenticated. */
  get found(): readonly FoundMachine[] {
    return unknownOf(this.#discovery?.found ?? [], this.list, this.here.info?.id ?? null);
  }

  /** Why nothing can be found; a sentence for people. */
  get foundProblem(): string | null {
    return this.#discovery?.problem ?? null;
  }

  /** The list as it is now. */
  get list(): KnownMachine[] {
    return this.others.flatMap(({ known }) => (known ? [known] : []));
  }

  /** Begins with this machine; returns the undo. `openOther` opens the link to another one. */
  start(link: Link, host: Host | null = null, openOther: OpenOther = openRemote): () => void {
    this.host = host;
    const remote = host?.machines;
    this.#openOther = openOther;
    this.#discovery = remote ? new Discovery(remote, (found) => this.#announced(found)) : null;
    const unpace = preferences.onChange(() => this.#pace());
    const stop = this.here.start(link, host);
    // A browser shows this machine only, and has no list.
    const unsubscribeSummary = remote ? this.here.subscribeSummary() : () => undefined;
    this.#pace();
    // The monitor's own cost is shown beside every view.
    const removeViewer = this.here.addViewer();
    return () => {
      unpace();
      unsubscribeSummary();
      removeViewer();
      this.#keeping.end();
      this.#unlease = null;
      this.#discovery?.end();
      this.#discovery = null;
      this.#removeViewer?.();
      this.#removeViewer = null;
      for (const stopOther of this.#stops.values()) stopOther();
      this.#stops.clear();
      this.#recent = [];
      this.#keeping.kept = [];
      this.others = [];
      this.inView = this.here;
      this.ready = false;
      this.problem = null;
      stop();
    };
  }

  /** In the window: takes the other machines over from its program, and connects to them. */
  async load(): Promise<void> {
    const remote = this.host?.machines;
    try {
      if (remote) {
        const { machines, demo } = await remote.read();
        const watched = await remote.take();
        this.demo = demo;
        this.#keeping.kept = machines;
        this.#adopt(machines, watched);
      }
    } catch (error) {
      this.problem = `Other machines cannot be shown: ${sentenceOf(error)}`;
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
    this.#removeViewer?.();
    this.inView = next;
    this.#removeViewer = next === this.here ? null : next.addViewer();
    for (const f of this.#onInView) f(next);
    // This machine is always in use, and so never dropped.
    if (next !== this.here) this.#recent = [next, ...this.#recent.filter((other) => other !== next)];
    for (const old of this.#recent.splice(REMEMBERED)) old.forgetRing();
    return true;
  }

  /** Runs discovery until the undo is called, for components that show `found`. */
  lookAround(): () => void {
    return this.#discovery?.lease() ?? (() => undefined);
  }

  /** Pairs by a link, and adds the machine. Rejects with a `RequestError`, whose `message` is for people. */
  async pair(link: string): Promise<MachineState> {
    return this.#keeping.whileAdding(async () => this.#add(await this.#ask((remote) => remote.pair(link))));
  }

  /** Begins to pair without a link: both screens show digits. Rejects as `pair` does. */
  compare(address: string): Promise<Comparing> {
    return this.#ask((remote) => remote.compare(address));
  }

  /** `same`: the person sees the same digits there. Waits for the approval there; `null` where not `same`. Rejects as
   *  `pair` does. */
  async endCompare(ticket: string, same: boolean): Promise<MachineState | null> {
    return this.#keeping.whileAdding(async () => {
      const known = await this.#ask((remote) => remote.compareEnd(ticket, same));
      return known ? this.#add(known) : null;
    });
  }

  rename(key: string, name: string): Promise<void> {
    return this.#change(renamed(this.list, key, name));
  }

  setTags(key: string, tags: readonly string[]): Promise<void> {
    return this.#change(tagged(this.list, key, tags));
  }

  /** `toIndex`: its index among the others afterwards. */
  move(key: string, toIndex: number): Promise<void> {
    return this.#change(moved(this.list, key, toIndex));
  }

  /** Applies another order, with changed tags; no machine is added or left out. */
  arrange(list: readonly KnownMachine[]): Promise<void> {
    return this.#change(list);
  }

  /** Removes it from the list; its token is deleted. */
  remove(key: string): Promise<void> {
    return this.#change(this.list.filter(({ id }) => id !== key));
  }

  /** Adds what is in a file that the person chooses; how many were added, `null`: no file was chosen. */
  async importList(): Promise<number | null> {
    return this.#keeping.whileAdding(async () => {
      const list = await this.#ask((remote) => remote.importList());
      if (!list) return null;
      const before = this.others.length;
      this.#keeping.kept = list.machines;
      this.#adopt([...this.list, ...list.machines.filter(({ id }) => this.byKey(id) === null)]);
      return this.others.length - before;
    });
  }

  /** Writes the list to a file that the person chooses; its path, or `null`. */
  exportList(): Promise<string | null> {
    return this.#ask((remote) => remote.exportList());
  }

  async #ask<T>(what: (remote: MachineHost) => Promise<T>): Promise<T> {
    const remote = this.host?.machines;
    try {
      if (!remote) throw new Error('only the window on this machine can do this');
      return await what(remote);
    } catch (error) {
      throw asRequestError(error);
    }
  }

  /** Shows a person's change at once, and reverts it where it cannot be stored. */
  async #change(list: readonly KnownMachine[]): Promise<void> {
    this.#adopt(list);
    try {
      await this.#keeping.now();
      this.problem = null;
    } catch (error) {
      this.#adopt(this.#keeping.kept);
      this.problem = `The list of machines could not be kept: ${sentenceOf(error)}`;
      throw error;
    }
  }

  /** Adds a machine that was just paired, or takes its new token into use. */
  #add(known: KnownMachine): MachineState {
    const index = this.list.findIndex(({ id }) => id === known.id);
    const list = this.list;
    if (index < 0) list.push(known);
    else list[index] = known;
    this.#keeping.added(known);
    const again = this.byKey(known.id);
    this.#adopt(list);
    if (again) this.#begin(again, known);
    return this.byKey(known.id) ?? this.here;
  }

  #adopt(list: readonly KnownMachine[], watched: readonly WatchedMachine[] = []): void {
    const before = new Map(this.others.map((state) => [state.key, state]));
    const fresh: [MachineState, KnownMachine][] = [];
    this.others = list.map((known) => {
      const state = before.get(known.id) ?? new MachineState(known);
      if (!before.delete(known.id)) fresh.push([state, known]);
      state.known = known;
      return state;
    });
    for (const [state, known] of fresh) {
      const seen = watched.find(({ id }) => id === known.id);
      if (seen) state.recall(seen);
      this.#begin(state, known);
    }
    for (const [key, gone] of before) {
      if (gone === this.inView) this.show('');
      this.#recent = this.#recent.filter((other) => other !== gone);
      this.#stops.get(key)?.();
      this.#stops.delete(key);
    }
    this.#watchAway();
  }

  /** Connects to a machine, or again to one that is connected. */
  #begin(state: MachineState, known: KnownMachine): void {
    this.#stops.get(known.id)?.();
    const remote = this.host?.machines;
    if (!remote) return;
    state.onLearned = (change) => this.#learned(state, change);
    const stop = state.start(this.#openOther({ ...known, lastGoodbye: state.goodbye ?? known.lastGoodbye }, remote));
    this.#paceOf(state);
    const unsubscribeSummary = state.subscribeSummary();
    this.#stops.set(known.id, () => {
      state.onLearned = null;
      unsubscribeSummary();
      stop();
    });
  }

  #learned(state: MachineState, change: Partial<KnownMachine>): void {
    const { known, connection } = state;
    if (!known) return;
    const addresses = connection.kind === 'live' && connection.address !== undefined ? { addresses: withAddress(known.addresses, connection.address) } : {};
    const next = { ...known, ...change, ...addresses };
    if (!sameList([known], [next])) {
      state.known = next;
      this.#keeping.soon();
    }
    this.#watchAway();
  }

  /** A known machine announces itself. The announcement is not authenticated: its link tries and verifies it. */
  #announced({ machines, announced }: FoundMachines): void {
    for (const id of announced) {
      const state = this.others.find(({ key }) => key === id);
      state?.hurry(machines.find((found) => found.id === id)?.addresses);
    }
  }

  /** Discovery runs while a known machine does not answer. */
  #watchAway(): void {
    const away = this.others.some(({ fresh }) => !fresh);
    if (away) this.#unlease ??= this.#discovery?.lease() ?? null;
    else {
      this.#unlease?.();
      this.#unlease = null;
    }
  }

  #pace(): void {
    for (const state of this.all) this.#paceOf(state);
  }

  #paceOf(state: MachineState): void {
    const { updateEvery, pollOnly } = preferences.value;
    state.setPace(updateEvery, pollOnly);
  }
}

export const machines = new Machines();
