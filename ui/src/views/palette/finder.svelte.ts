/** State of the palette: the text, the results and the selected row. Queries the machines while a person types. */
import { cursor } from '../../state/time/cursor.svelte';
import { FindAnywhere, type MachineFindings } from '../../state/machines/find.svelte';
import { machines } from '../../state/machines/machines.svelte';
import { processes } from '../../state/processes/processes.svelte';
import { reveal } from '../../state/page/reveal.svelte';
import { router } from '../../state/page/router.svelte';
import { findMarks, parseFind } from '../../text/query/find';
import { fold } from '../../text/query/fold';
import type { QueryFault } from '../../text/query/messages';
import type { Node } from '../../text/query/parse';
import { doRows, momentOf } from './commands';
import { keepPlaces, paletteGroups, questionTo, rowsOf, type Group, type Row } from './rows';

/** Typing pause after which machines are queried. */
const PAUSE_MS = 60;

export class Finder {
  text = $state.raw('');
  /** The error of the text; an incomplete query counts too. */
  error = $state.raw<QueryFault | null>(null);
  /** Why a typed moment cannot be gone to. */
  noMoment = $state.raw<string | null>(null);
  groups = $state.raw<readonly Group[]>([]);
  /** Folded parts of names to mark. */
  marks = $state.raw<readonly string[]>([]);
  /** The query that is running, or was answered; `null`: none. */
  asked = $state.raw<FindAnywhere | null>(null);
  #chosenId = $state.raw<string | null>(null);

  readonly rows = $derived(rowsOf(this.groups));
  readonly chosen = $derived(this.rows.find(({ id }) => id === this.#chosenId) ?? this.rows[0] ?? null);

  #root: Node | null = null;
  /** Answers to the text before, as far as they still match: shown until there are new ones. */
  #before: readonly MachineFindings[] = [];
  #moved = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort = new AbortController();

  constructor() {
    this.#list();
  }

  type(text: string): void {
    this.text = text;
    const moment = momentOf(text, Date.now());
    const query = moment === null ? parseFind(text) : { ok: true as const, root: null };
    this.error = query.ok ? null : query.error;
    this.noMoment = moment !== null && 'problem' in moment ? moment.problem : null;
    // An incomplete query keeps the results.
    if (!query.ok && query.error.unfinished) return;
    this.stop();
    this.#root = query.ok ? query.root : null;
    this.marks = findMarks(this.#root);
    this.#before = (this.asked?.results ?? this.#before).flatMap((answer) => this.#stillFits(answer));
    this.asked = null;
    this.#moved = false;
    this.#chosenId = null;
    this.#list();
    const root = this.#root;
    if (root !== null && machines.all.some((machine) => questionTo(machine, root) !== null)) this.#timer = setTimeout(() => this.#ask(root), PAUSE_MS);
    else this.#before = [];
  }

  /** There are more answers. Rows that a person chooses from stay where they are. */
  answered(): void {
    this.#list();
  }

  /** Cancels the query; answers that arrive later are ignored. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  choose(row: Row): void {
    this.#moved = true;
    this.#chosenId = row.id;
  }

  /** Goes up or down by some rows, around the ends by one. */
  move(by: number): void {
    const { rows, chosen } = this;
    if (chosen === null) return;
    const at = rows.indexOf(chosen);
    const next = Math.abs(by) === 1 ? (at + by + rows.length) % rows.length : Math.max(0, Math.min(rows.length - 1, at + by));
    this.choose(rows[next] as Row);
  }

  /** Goes to what a row shows, or does it. */
  go(row: Row): void {
    if (row.kind === 'do') {
      row.run();
      return;
    }
    const { key } = row.machine;
    if (row.kind === 'process') {
      cursor.goLive();
      processes.setQuery('');
      processes.showOn(key, `${row.process.pid}:${row.process.startedAtMs}`);
      router.go('processes', key);
      return;
    }
    if (row.kind === 'disk') reveal.show(row.disk.mount);
    router.go('overview', key);
  }

  #ask(root: Node): void {
    const questions = machines.all.flatMap((machine) => {
      const query = questionTo(machine, root);
      return query === null ? [] : [{ machine, query }];
    });
    this.asked = new FindAnywhere(questions, this.#abort.signal);
  }

  #list(): void {
    const moment = momentOf(this.text, Date.now());
    const all = machines.all;
    const found = this.asked === null || (this.asked.answered === 0 && !this.asked.done) ? this.#before : this.asked.results;
    const doing = this.error !== null ? [] : [...(moment !== null && 'row' in moment ? [moment.row] : []), ...(moment === null ? doRows(this.text, this.#root) : [])];
    // One machine needs no list of machines until it is looked for.
    const listed = this.error !== null || moment !== null || (all.length === 1 && this.#root === null) ? [] : all;
    const next = paletteGroups(listed, found, this.#root, doing);
    this.groups = this.#moved ? keepPlaces(this.groups, next) : next;
  }

  /** Processes of an earlier answer whose names still fit. */
  #stillFits({ machine, findings }: MachineFindings): MachineFindings[] {
    const processes = this.marks.length === 0 ? [] : findings.processes.filter(({ name }) => this.marks.every((mark) => fold(name).includes(mark)));
    return processes.length === 0 ? [] : [{ machine, findings: { ...findings, machine: false, disks: [], more: 0, processes } }];
  }
}
