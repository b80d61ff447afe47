/** Which series the page keeps, and the batches in which their past is requested. */
import type { Series } from '../../wire/wire';

/** A core's shares are on no screen; its busy share is. On 64 threads they would be two thirds of all numbers. */
const NOT_KEPT: ReadonlySet<string> = new Set(['cpu.core.user', 'cpu.core.system', 'cpu.core.iowait', 'cpu.core.steal']);
/** 900 points of three numbers for 40 series are about 1 MB, a quarter of the largest message. */
const BATCH = 40;
/** Requests a session may have in flight, less a few for others. */
const MAX_BATCHES = 12;

export function kept(series: Series): boolean {
  return !NOT_KEPT.has(series.metric);
}

/** Ids to ask for, a request each. A machine with more series than fit gets the first ones: what is drawn comes first. */
export function backfillBatches(all: Series[]): string[][] {
  const ids = all.filter(kept).map((series) => series.id);
  const batches: string[][] = [];
  for (let start = 0; start < ids.length && batches.length < MAX_BATCHES; start += BATCH) batches.push(ids.slice(start, start + BATCH));
  return batches;
}
