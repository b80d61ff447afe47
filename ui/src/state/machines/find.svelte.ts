/** One query to all machines at once (`find`): answers are collected as they arrive, for one second. Machines that did not
 *  answer in time are listed, and so are those that could not be asked.
 *
 *  No machine is trusted with more than its own rows: what it claims of itself is bounded, and what it claims of the query
 *  is its own view of it, until all say so. */
import { reportedError } from '../../text/query/messages';
import { FINDINGS } from '../../wire/contract';
import type { Findings } from '../../wire/wire';
import type { MachineState } from './machine-state.svelte';
import { RequestError } from './requests';
import { uniqueBy } from './unique';

/** Time limit; machines that have not answered by then are listed as silent. */
export const FIND_WITHIN_MS = 1_000;
/** Most processes in an answer. */
const FIND_LIMIT = 20;
/** Most processes that a system can have (`PID_MAX_LIMIT` of Linux). */
const MOST_PROCESSES = 2 ** 22;

/** `findings` as far as they can be: what was asked for, each row once. */
function bounded(findings: Findings): Findings {
  const { processes, disks, more } = findings;
  return {
    ...findings,
    processes: uniqueBy(processes, ({ pid, startedAtMs }) => `${pid}:${startedAtMs}`).slice(0, FIND_LIMIT),
    disks: uniqueBy(disks, ({ mount }) => mount).slice(0, FINDINGS),
    more: Math.trunc(Math.min(Math.max(more, 0), MOST_PROCESSES)),
  };
}

/** The query for one machine. */
export interface Question {
  machine: MachineState;
  query: string;
}

/** A machine that rejected the query, and why; a sentence for people. */
export interface Refusal {
  machine: MachineState;
  message: string;
}

/** What one machine found. */
export interface MachineFindings {
  machine: MachineState;
  findings: Findings;
}

export class FindAnywhere {
  /** Machines that were asked. */
  asked = $state.raw(0);
  /** Of them, those that answered, even if they do not know the method; not those that rejected it. */
  answered = $state.raw(0);
  /** What was found, in the order of the machines; those where nothing matches are left out. */
  results = $state.raw<readonly MachineFindings[]>([]);
  /** They did not answer in time; known when it is over. */
  silent = $state.raw<readonly MachineState[]>([]);
  /** They could not be asked. */
  offline = $state.raw<readonly MachineState[]>([]);
  /** They are older, and do not know the method. */
  older = $state.raw<readonly MachineState[]>([]);
  /** They rejected the query: not those that say what is wrong with it, where all that answered say so. */
  refused = $state.raw<readonly Refusal[]>([]);
  /** Why the query cannot be understood, as every machine that was asked says; a sentence for people. Known when it is
   *  over: the page has read the query itself, and one machine that says otherwise speaks for itself only. */
  problem = $state.raw<string | null>(null);
  /** From the question to the last answer, or to the deadline. */
  tookMs = $state.raw(0);
  /** Nothing more will come. */
  done = $state.raw(false);

  /** Asks each machine its question; answers stand in the order of the questions. After `signal` nothing changes any
   *  more. */
  constructor(questions: readonly Question[], signal: AbortSignal) {
    const machines = questions.map(({ machine }) => machine);
    const asked = machines.filter((machine) => machine.connection.kind === 'live');
    this.asked = asked.length;
    this.offline = machines.filter((machine) => machine.connection.kind !== 'live');
    const startedMs = performance.now();
    const waiting = new Set(asked);
    const results = new Map<MachineState, Findings>();
    /** Those that say that the query cannot be understood. */
    const misread = new Set<MachineState>();

    const end = (): void => {
      clearTimeout(deadline);
      signal.removeEventListener('abort', end);
      if (this.done || signal.aborted) return;
      this.silent = asked.filter((machine) => waiting.has(machine));
      if (asked.length > 0 && misread.size === asked.length) {
        this.problem = this.refused[0]?.message ?? null;
        this.refused = [];
      }
      this.tookMs = performance.now() - startedMs;
      this.done = true;
    };
    const deadline = setTimeout(end, FIND_WITHIN_MS);
    signal.addEventListener('abort', end);

    const answer = (machine: MachineState, take: () => void): void => {
      if (this.done || signal.aborted) return;
      waiting.delete(machine);
      take();
      this.answered = asked.length - waiting.size - this.refused.length;
      if (waiting.size === 0) end();
    };
    for (const { machine, query } of questions) {
      if (machine.connection.kind !== 'live') continue;
      machine.request('find', { query, limit: FIND_LIMIT }).then(
        (given) => answer(machine, () => {
          const findings = bounded(given);
          if (!findings.machine && findings.processes.length === 0 && findings.disks.length === 0) return;
          results.set(machine, findings);
          this.results = asked.flatMap((other) => {
            const found = results.get(other);
            return found ? [{ machine: other, findings: found }] : [];
          });
        }),
        (error: unknown) => {
          // A lost connection counts as no answer.
          if (!(error instanceof RequestError) || error.code === 'unavailable') return;
          answer(machine, () => {
            if (error.code === 'unknownMethod') {
              this.older = [...this.older, machine];
              return;
            }
            if (error.query || error.code === 'badParams') misread.add(machine);
            const message = (error.query ? reportedError(error.query, 'find') : null) ?? error.message;
            this.refused = [...this.refused, { machine, message }];
          });
        },
      );
    }
    if (waiting.size === 0) end();
  }
}
