/** Texts of the palette about answers: which machines answered, how fast, and which did not. Pure. */
import type { ConnectionState } from '../../state/machines/machine.svelte';
import type { Refusal } from '../../state/machines/find.svelte';
import type { MachineState } from '../../state/machines/machine-state.svelte';
import { count, whole } from '../../text/format';
import { visible } from '../../text/visible';
import type { Goodbye } from '../../wire/wire';

/** Outcome of a query to all machines. */
export interface Asked {
  readonly asked: number;
  readonly answered: number;
  readonly tookMs: number;
  readonly done: boolean;
  readonly silent: readonly MachineState[];
  readonly offline: readonly MachineState[];
  readonly older: readonly MachineState[];
  readonly refused: readonly Refusal[];
}

/** Machines named one by one; more than these are counted. */
const NAMED = 3;

/** `8 of 8 machines answered in 90 ms`. `only`: the name of the one machine there is. */
export function answeredMessage({ asked, answered, tookMs, done }: Asked, only: string | null): string {
  if (asked === 0) return done ? 'No machine could be asked' : '';
  const inMs = done ? ` in ${whole(tookMs)} ms` : '';
  if (only !== null) return answered === 1 ? `${only} answered${inMs}` : done ? `${only} did not answer` : `Asking ${only}`;
  return `${answered} of ${count(asked, 'machine', 'machines')} answered${inMs}`;
}

const listed = (names: readonly string[]): string =>
  names.length <= NAMED ? names.join(', ').replace(/, ([^,]*)$/, ' and $1') : `${names.slice(0, NAMED).join(', ')} and ${names.length - NAMED} more`;

/** Why a machine was not asked, after "is" or "are". */
function notAsked(state: ConnectionState): string {
  switch (state.kind) {
    case 'ended':
      return ENDED[state.reason] ?? 'reconnecting';
    case 'polling':
      return 'only asked now and then, and cannot be searched';
    case 'toPair':
      return 'not paired';
    case 'incompatible':
      return 'of another version';
    case 'wrongMachine':
      return 'not at its address';
    default:
      return state.kind;
  }
}
const ENDED: Partial<Record<Goodbye, string>> = { suspend: 'asleep', shutdown: 'shut down', update: 'being updated', revoked: 'not paired any more', unauthorized: 'not paired any more' };

/** The machines that did not answer, and those that could not be asked, each in a sentence. */
export function silentMessages({ silent, offline, older, refused }: Asked): string[] {
  const name = (machine: MachineState): string => visible(machine.name);
  const sentences: string[] = [];
  if (silent.length > 0) sentences.push(`${listed(silent.map(name))} did not answer.`);
  const groups = new Map<string, string[]>();
  for (const machine of offline) {
    const text = notAsked(machine.connection);
    groups.set(text, [...(groups.get(text) ?? []), name(machine)]);
  }
  for (const [text, names] of groups) sentences.push(`${listed(names)} ${names.length === 1 ? 'is' : 'are'} ${text}.`);
  const refusals = new Map<string, string[]>();
  for (const { machine, message } of refused) refusals.set(message, [...(refusals.get(message) ?? []), name(machine)]);
  for (const [message, names] of refusals) sentences.push(`${listed(names)} rejected it: ${message}`);
  if (older.length > 0) sentences.push(`${listed(older.map(name))} ${older.length === 1 ? 'runs' : 'run'} an older Sightline that cannot search.`);
  return sentences;
}

/** For screen readers: counts only. */
export function spokenCount(rows: number, asked: Asked | null): string {
  const results = rows === 0 ? 'Nothing found' : count(rows, 'result', 'results');
  return asked === null ? results : `${results}. ${asked.answered} of ${count(asked.asked, 'machine', 'machines')} answered.`;
}
