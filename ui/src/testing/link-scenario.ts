/** The scenarios that both link clients have to pass, as their tests read them: `src-tauri/crates/wire/golden/link.jsonl`,
 *  one a line. Times are milliseconds since the scenario began. The Rust client's test reads the same format
 *  (`link/machine/scenario.rs`). */
import type { Cause } from '../text/cause';
import type { Probe } from '../wire/wire';
import type { ConnectionState } from '../link/link';
import { step } from '../link/link-machine';
import { begin, dueAtMs, type End, type LinkAction, type LinkConfig, type LinkEvent, type LinkMemory } from '../link/link-state';

export interface Scenario {
  name: string;
  /** Its events occur in a page only: visibility, a person, a probe. */
  page?: boolean;
  target: Partial<LinkConfig> & { addresses: string[] };
  /** The random number of all waits. */
  random: number;
  steps: ScenarioStep[];
}

export interface ScenarioStep {
  at: number;
  event: { type: LinkEvent['type']; end?: object; [field: string]: unknown };
  actions: string[];
  /** When the event `time` is due next; `null`: never. */
  due: number | null;
}

const WHY: Cause = { code: 'noAnswer' };

/** Runs a scenario; returns its steps as they were performed. */
export function run({ target, random, steps }: Scenario): ScenarioStep[] {
  const config: LinkConfig = { proven: true, probes: false, socket: true, seenMs: null, ...target };
  let state = begin(config, false);
  return steps.map(({ at, event }) => {
    const next = step(config, state, whole(event, state), at, () => random);
    state = next.state;
    return { at, event, actions: next.actions.map(told), due: dueAtMs(state) };
  });
}

/** The event with the fields that a scenario leaves out: texts, and the number of the last request. */
function whole(event: ScenarioStep['event'], { poll, probe }: LinkMemory): LinkEvent {
  switch (event.type) {
    case 'ended':
      return { type: 'ended', end: { why: found(event.end), told: false, ...event.end } as unknown as End };
    case 'probed':
      return { ...event, probe: probe.number, verdict: { why: found(event['verdict']), retryAfterMs: null, ...(event['verdict'] as object) } } as unknown as LinkEvent;
    case 'polled':
      return { type: 'polled', poll: poll.number };
    case 'pollFailed':
      return { unauthorized: false, ...event, type: 'pollFailed', poll: poll.number, why: WHY };
    default:
      return event as unknown as LinkEvent;
  }
}

/** The cause with the `diagnosis` that an end or a verdict has. */
function found(result: unknown): Cause {
  const { diagnosis } = (result ?? {}) as Partial<Probe>;
  return diagnosis === undefined ? WHY : { code: 'probed', probe: { kind: 'noAnswer', address: 'a:1', diagnosis, retryAfterMs: null, machineId: null, protocol: null } };
}

function told(action: LinkAction): string {
  switch (action.type) {
    case 'open':
    case 'probe':
      return `${action.type} ${action.address}`;
    case 'state':
      return `show ${shown(action.state)}`;
    default:
      return action.type;
  }
}

function shown(state: ConnectionState): string {
  switch (state.kind) {
    case 'live':
      return `live ${state.address ?? ''}`;
    case 'reconnecting':
      return `reconnecting, next at ${state.retryAtMs}`;
    case 'stale':
    case 'offline':
      return `${state.kind} since ${state.sinceMs ?? 'ever'}, next at ${state.retryAtMs ?? 'no time'}`;
    case 'polling':
      return `polling every ${state.everyMs ?? 0}`;
    case 'ended':
      return `ended ${state.reason}${state.atMs === undefined ? '' : ` at ${state.atMs}`}`;
    case 'incompatible':
      return `incompatible ${state.theirs}`;
    case 'wrongMachine':
      return `wrongMachine ${state.foundId ?? 'unproven'}`;
    default:
      return state.kind;
  }
}
