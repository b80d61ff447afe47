/** One query to all machines at once (`find`): answers are collected as they arrive, for one second. Machines that did not
 *  answer in time are listed, and so are those that could not be asked. */
import { reportedError } from '../../text/query/messages';
import type { Findings } from '../../wire/wire';
import type { MachineState } from './machine-state.svelte';
import { RequestError } from './requests';

/** Time limit; machines that have not answered by then are listed as silent. */
export const FIND_WITHIN_MS = 1_000;
/** Most processes in an answer. */
const FIND_LIMIT = 20;

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
  /** They rejected the query. */
  refused = $state.raw<readonly Refusal[]>([]);
  /** Why the query cannot be understood; a sentence for people. */
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

    const end = (): void => {
      clearTimeout(deadline);
      signal.removeEventListener('abort', end);
      if (this.done || signal.aborted) return;
      this.silent = asked.filter((machine) => waiting.has(machine));
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
        (findings) => answer(machine, () => {
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
            if (error.code === 'unknownMethod') this.older = [...this.older, machine];
            else if (error.query) this.problem = reportedError(error.query, 'find') ?? error.message;
            else if (error.code === 'badParams') this.problem = error.message;
            else this.refused = [...this.refused, { machine, message: error.message }];
          });
        },
      );
    }
    if (waiting.size === 0) end();
  }
}
