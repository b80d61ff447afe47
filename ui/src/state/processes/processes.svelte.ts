/** The process table of the machine in view: the rows, their order, and the selected process.
 *
 *  Merging frames: `process-table.ts`. Sorting, tree, holding still: `process-order.ts`. This class puts them together,
 *  once a frame and once for each thing a person does; nothing here runs in between. */
import type { Frame, ProcessesChange, ProcessesKey, QueryField } from '../../wire/wire';
import type { QueryFault } from '../../text/query/messages';
import { parseQuery, type Filter, type QueryScale } from '../../text/query/processes';
import { visible } from '../../text/visible';
import { machine } from '../machines/machine.svelte';
import { machines } from '../machines/machines.svelte';
import { preferences } from '../page/preferences.svelte';
import { checkedChoices, type CpuWhole, type OptionalColumn, type ProcessChoices } from './process-choices';
import { arrange, hold, keepingSame, sortAfterClick, type Line, type SortColumn } from './process-order';
import { familyOf, ProcessTable, type Family, type Process } from './process-table';
import { Trace } from './process-trace';

/** Why rows keep their places. */
export type HoldReason = 'pointer' | 'focus' | 'menu';
const HOLD_REASONS: readonly HoldReason[] = ['menu', 'pointer', 'focus'];

/** Most users proposed while a filter is typed. */
const PROPOSED_USERS = 6;

export class ProcessesState {
  /** The lines of the table, top to bottom. */
  lines = $state.raw<readonly Line[]>([]);
  /** Processes there are. */
  total = $state.raw(0);
  /** Processes that match the filter. */
  matching = $state.raw(0);
  /** When the table was read; `null`: nothing has come yet. */
  sampledAtMs = $state.raw<number | null>(null);
  /** The rows have owners and command lines; a scope may hide them. */
  hasOwners = $state.raw(true);
  /** The filter as typed. */
  query = $state.raw('');
  /** The error of the filter as typed; the last valid one stays in force. */
  queryError = $state.raw<QueryFault | null>(null);
  /** Folded parts of names to mark. */
  marks = $state.raw<readonly string[]>([]);
  /** A filter is in force. */
  filtered = $state.raw(false);
  /** Fields that the filter in force compares. */
  comparedFields = $state.raw<ReadonlySet<QueryField>>(new Set());
  /** Why rows keep their places; `null`: they do not. */
  held = $state.raw<HoldReason | null>(null);
  /** Key of the selected row. */
  selectedKey = $state.raw<string | null>(null);
  /** The process of that row as last seen. */
  selected = $state.raw<Process | null>(null);
  /** It is no longer there. */
  selectedGone = $state.raw(false);
  /** The drawer shows it in full. */
  open = $state.raw(false);
  /** Rises with each sample of the selected process; read it where the trace is read. */
  traceVersion = $state.raw(0);

  readonly choices = $derived<ProcessChoices>(checkedChoices(preferences.value.processes));
  readonly trace = new Trace();

  #table = new ProcessTable();
  #family: Family = { parentOf: new Map(), childrenOf: new Map() };
  #familyShape = -1;
  #filter: Filter | null = null;
  #collapsed: ReadonlySet<string> = new Set();
  #holds = new Set<HoldReason>();
  /** Process to select once its machine is in view. */
  #wanted: { machineKey: string; key: string } | null = null;

  constructor() {
    machines.onInView(() => this.#forget());
  }

  /** Why there is no table, or no newer one; `null`: there is. */
  get missingBecause(): string | null {
    return machine.connection.kind === 'polling' ? `The process table comes over a WebSocket, which does not get through to ${visible(machine.name)} or is switched off here.` : null;
  }

  /** Follows the table for as long as it is shown; returns the undo. */
  follow(): () => void {
    return machine.use('processes', (frame) => this.take(frame));
  }

  /** Takes a frame of channel `processes`. */
  take(frame: Frame): void {
    if (frame.key) this.#table.replace(frame.data as ProcessesKey);
    else if (!this.#table.change(frame.data as ProcessesChange)) return;
    this.sampledAtMs = frame.sampledAtMs;
    this.hasOwners = this.#table.hasOwners;
    this.#arrange(this.held !== null);
    this.#refreshSelected();
  }

  process(key: string): Process | undefined {
    return this.#table.processes.get(key);
  }

  /** Ancestors of a process, the root first. */
  parentsOf(key: string): Process[] {
    const chain: Process[] = [];
    const seen = new Set([key]);
    for (let at = this.#family.parentOf.get(key); at !== undefined && !seen.has(at); at = this.#family.parentOf.get(at)) {
      seen.add(at);
      const parent = this.process(at);
      if (parent) chain.unshift(parent);
    }
    return chain;
  }

  /** Its children, by PID. */
  childrenOf(key: string): Process[] {
    const children = this.#family.childrenOf.get(key) ?? [];
    return children.flatMap((child) => this.process(child) ?? []).sort((a, b) => a.pid - b.pid);
  }

  /** Values for completions of a field of the filter: the users who own most processes. */
  valuesOf = (field: QueryField): readonly string[] => {
    if (field !== 'user') return [];
    const counts = new Map<string, number>();
    for (const { user } of this.#table.processes.values()) if (user) counts.set(user, (counts.get(user) ?? 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, PROPOSED_USERS).map(([user]) => user);
  };

  setQuery(text: string): void {
    this.query = text;
    const query = parseQuery(text);
    this.queryError = query.ok ? null : query.error;
    if (!query.ok) return;
    this.#filter = query.filter;
    this.filtered = query.filter !== null;
    this.marks = query.marks;
    this.comparedFields = query.fields;
    this.#arrange(false);
  }

  sortBy(column: SortColumn): void {
    this.#choose({ sort: sortAfterClick(this.choices.sort, column) });
  }

  setTree(tree: boolean): void {
    this.#choose({ tree });
  }

  setCpuWhole(cpuWhole: CpuWhole): void {
    this.#choose({ cpuWhole });
  }

  setHidden(column: OptionalColumn, hidden: boolean): void {
    const others = this.choices.hidden.filter((other) => other !== column);
    this.#choose({ hidden: hidden ? [...others, column] : others });
  }

  /** Folds or unfolds the children of a row of the tree. */
  setOpen(key: string, open: boolean): void {
    const collapsed = new Set(this.#collapsed);
    if (open) collapsed.delete(key);
    else collapsed.add(key);
    this.#collapsed = collapsed;
    this.#arrange(false);
  }

  /** Rows keep their places for as long as there is a reason. */
  setHold(reason: HoldReason, on: boolean): void {
    if (on) this.#holds.add(reason);
    else this.#holds.delete(reason);
    const held = HOLD_REASONS.find((known) => this.#holds.has(known)) ?? null;
    const released = this.held !== null && held === null;
    this.held = held;
    if (released) this.#arrange(false);
  }

  /** Selects a process, or none. */
  select(key: string | null): void {
    if (key === this.selectedKey) return;
    this.selectedKey = key;
    this.selected = key === null ? null : (this.process(key) ?? this.lines.find((line) => line.key === key)?.process ?? null);
    this.selectedGone = this.selected !== null && !this.process(this.selected.key);
    this.trace.clear();
    this.#refreshSelected();
  }

  /** Opens the details of a process. */
  show(key: string): void {
    this.select(key);
    this.open = true;
  }

  /** The same, of a machine that is in view or comes into view next. */
  showOn(machineKey: string, key: string): void {
    if (machineKey === machine.key) this.show(key);
    else this.#wanted = { machineKey, key };
  }

  close(): void {
    this.open = false;
  }

  /** Another machine comes into view: nothing of the one before is shown under its name. The filter stays. */
  #forget(): void {
    this.#table = new ProcessTable();
    this.#familyShape = -1;
    this.#collapsed = new Set();
    this.#holds.clear();
    this.held = null;
    this.sampledAtMs = null;
    this.hasOwners = true;
    this.selectedKey = null;
    this.selected = null;
    this.selectedGone = false;
    this.open = false;
    this.trace.clear();
    this.traceVersion += 1;
    this.#arrange(false);
    const wanted = this.#wanted;
    this.#wanted = null;
    if (wanted?.machineKey === machine.key) this.show(wanted.key);
  }

  #choose(change: Partial<ProcessChoices>): void {
    preferences.set({ processes: { ...preferences.value.processes, ...change } });
    this.#arrange(false);
  }

  #scale(): QueryScale {
    const { info, clockOffsetMs } = machine;
    return {
      // Start times of processes are of the machine's clock.
      nowMs: (this.sampledAtMs ?? 0) + clockOffsetMs,
      memoryTotalBytes: info?.memoryTotalBytes ?? 0,
      cpuWhole: this.choices.cpuWhole === 'machine' ? (info?.cores ?? 1) : 1,
    };
  }

  #arrange(keepPlaces: boolean): void {
    const { processes, shape } = this.#table;
    if (shape !== this.#familyShape) {
      this.#family = familyOf(processes);
      this.#familyShape = shape;
    }
    const filter = this.#filter;
    const scale = this.#scale();
    let matching = 0;
    const matches = filter
      ? (process: Process): boolean => {
          const does = filter(process, scale);
          if (does) matching += 1;
          return does;
        }
      : null;
    const { sort, tree } = this.choices;
    const proper = arrange(processes, this.#family, { sort, tree, collapsed: this.#collapsed, matches });
    const next = keepPlaces ? hold(this.lines, processes, this.#family, proper) : proper;
    this.lines = keepingSame(this.lines, next);
    this.total = processes.size;
    this.matching = filter ? matching : processes.size;
  }

  #refreshSelected(): void {
    if (this.selectedKey === null) return;
    const now = this.process(this.selectedKey);
    this.selectedGone = this.selected !== null && !now;
    if (!now) return;
    this.selected = now;
    if (this.sampledAtMs !== null) this.trace.push(this.sampledAtMs, now);
    this.traceVersion += 1;
  }
}

export const processes = new ProcessesState();
