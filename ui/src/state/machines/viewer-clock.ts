/** Conversion between a machine's clock and the viewer's, in which all times on screen are: received times are converted
 *  to the viewer's, times in requests to the machine's. `offsetMs` is by how much the machine's clock is ahead.
 *
 *  `startedAtMs` of a process is not converted, since it identifies the process. */
import type { AlertEvent, AlertsList, Frame, History, Machine, Method, SummaryHistory } from '../../wire/wire';

/** A smaller offset is not visible on screen, and cannot be distinguished from a slow network. */
const TELLS_MS = 2_000;
/** The current offset is kept until it is wrong by this much: samples must not shift with every measurement. */
const SETTLED_MS = 1_000;

/** The offset to use, from the current one and the one just measured. */
export function settledOffset(inForceMs: number, measuredMs: number): number {
  if (inForceMs === 0) return Math.abs(measuredMs) >= TELLS_MS ? Math.round(measuredMs) : 0;
  if (Math.abs(measuredMs - inForceMs) < SETTLED_MS) return inForceMs;
  return Math.abs(measuredMs) >= SETTLED_MS ? Math.round(measuredMs) : 0;
}

export function frameHere(frame: Frame, offsetMs: number): Frame {
  return offsetMs === 0 ? frame : { ...frame, sampledAtMs: frame.sampledAtMs - offsetMs };
}

export function alertHere(event: AlertEvent, offsetMs: number): AlertEvent {
  return offsetMs === 0 ? event : { ...event, atMs: event.atMs - offsetMs };
}

export function machineHere(machine: Machine, offsetMs: number): Machine {
  return offsetMs === 0 ? machine : { ...machine, bootedAtMs: machine.bootedAtMs - offsetMs };
}

/** Parameters of a method that name times. */
const ASKED_TIMES: Partial<Record<Method, readonly string[]>> = {
  'history.query': ['fromMs', 'toMs'],
  'summary.history': ['fromMs', 'toMs'],
};

/** Parameters in the machine's time. */
export function askedThere(method: Method, parameters: unknown, offsetMs: number): unknown {
  const names = ASKED_TIMES[method];
  if (offsetMs === 0 || !names || typeof parameters !== 'object' || parameters === null) return parameters;
  const there: Record<string, unknown> = { ...parameters };
  for (const name of names) {
    const atMs = there[name];
    if (typeof atMs === 'number') there[name] = Math.round(atMs + offsetMs);
  }
  return there;
}

/** An answer in the viewer's time. */
export function answeredHere(method: Method, result: unknown, offsetMs: number): unknown {
  if (offsetMs === 0) return result;
  switch (method) {
    case 'history.query':
    case 'summary.history': {
      const history = result as History | SummaryHistory;
      return { ...history, t: history.t.map((atMs) => atMs - offsetMs) };
    }
    case 'alerts.list': {
      const list = result as AlertsList;
      return { ...list, events: list.events.map((event) => alertHere(event, offsetMs)) };
    }
    default:
      return result;
  }
}
