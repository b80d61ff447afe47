/** State of a machine that does not answer: reconnecting, stale or offline, by how long it has been silent. */
import { HISTORY_SPAN_MS, STALE_AFTER_MS } from '../wire/contract';
import type { Cause } from '../text/cause';
import type { ConnectionState } from './link';

/** After this, all samples that a chart shows are too old. */
const OFFLINE_AFTER_MS = HISTORY_SPAN_MS;
/** A machine that never answered this page is offline once it was tried as often. */
const OFFLINE_AFTER_TRIES = 3;

export interface Absence {
  why: Cause;
  /** When it is tried next. */
  retryAtMs: number;
  /** Rounds that failed in a row. */
  tries: number;
  /** When a message arrived last at this page. */
  heardMs: number | null;
  /** When it answered last, before this page was loaded. `undefined`: the machine that served this page, which is never
   *  offline. */
  seenMs: number | null | undefined;
}

export function availability({ why, retryAtMs, tries, heardMs, seenMs }: Absence, nowMs: number): ConnectionState {
  if (heardMs === null) return seenMs !== undefined && tries >= OFFLINE_AFTER_TRIES ? { kind: 'offline', sinceMs: seenMs, retryAtMs, why } : { kind: 'reconnecting', retryAtMs, why, tries };
  const silentMs = nowMs - heardMs;
  if (silentMs < STALE_AFTER_MS) return { kind: 'reconnecting', retryAtMs, why, tries };
  if (silentMs < OFFLINE_AFTER_MS || seenMs === undefined) return { kind: 'stale', sinceMs: heardMs, retryAtMs, why };
  return { kind: 'offline', sinceMs: heardMs, retryAtMs, why };
}

/** Time until the state changes by itself; `null`: never. */
export function changesInMs({ heardMs, seenMs }: Absence, nowMs: number): number | null {
  if (heardMs === null) return null;
  const silentMs = nowMs - heardMs;
  const next = [STALE_AFTER_MS, ...(seenMs === undefined ? [] : [OFFLINE_AFTER_MS])].find((limit) => silentMs < limit);
  return next === undefined ? null : next - silentMs;
}
