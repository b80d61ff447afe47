/** A column of the summary history as the points of a line: one a step, never joined over a gap. Pure, and without garbage: the same
 *  arrays are used again. */

/** Two points further apart than this have a gap between them: summaries come every 5 s. */
export const GAP_MS = 13_000;
/** More than any chart of the fleet is wide, in steps. */
const ROOM = 2_048;

/** Points of a line, oldest first; a value of `NaN` ends a run. */
export class Trace {
  length = 0;
  readonly times = new Float64Array(ROOM);
  readonly values = new Float64Array(ROOM);
  /** Highest value; 0 where there is none. */
  peak = 0;

  /** Reads the rows from `fromMs` to `toMs`; those of one step of `stepMs` become their mean. */
  read(times: Float64Array, column: Float32Array, fromMs: number, toMs: number, stepMs: number): this {
    this.length = 0;
    this.peak = 0;
    let step = NaN;
    let sum = 0;
    let time = 0;
    let count = 0;
    let lastMs = -Infinity;
    const end = (): void => {
      if (count === 0) return;
      this.#add(time / count, sum / count);
      sum = time = count = 0;
    };
    for (let index = firstFrom(times, fromMs - GAP_MS); index < times.length; index += 1) {
      const atMs = times[index] as number;
      if (atMs > toMs + stepMs) break;
      const value = column[index] as number;
      const gap = atMs - lastMs > GAP_MS;
      if (gap || Number.isNaN(value)) {
        end();
        if (this.length > 0 && !Number.isNaN(this.values[this.length - 1] as number)) this.#add(atMs, NaN);
        step = NaN;
      }
      lastMs = atMs;
      if (Number.isNaN(value)) continue;
      const here = Math.floor(atMs / stepMs);
      if (here !== step) end();
      step = here;
      sum += value;
      time += atMs;
      count += 1;
    }
    end();
    return this;
  }

  #add(atMs: number, value: number): void {
    if (this.length === ROOM) return;
    this.times[this.length] = atMs;
    this.values[this.length] = value;
    this.length += 1;
    if (value > this.peak) this.peak = value;
  }
}

/** Index of the first time at or after `atMs`. `times` rises. */
function firstFrom(times: Float64Array, atMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the row that covers `atMs`; -1: none does. */
export function rowAt(times: Float64Array, atMs: number): number {
  const index = firstFrom(times, atMs + 1) - 1;
  return index >= 0 && atMs - (times[index] as number) <= GAP_MS ? index : -1;
}
