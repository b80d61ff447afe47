/** The last quarter of an hour of a machine's summary: what its card and the comparison draw. Columns are twice as
 *  long as needed and slide back when full, so that a window of them is always one `subarray`. */
import type { Summary, SummaryHistory } from '../wire/wire';
import { SPAN_MS } from './ring';

/** What is kept, each in its own unit: ratios, bytes a second, °C. */
export type Beat = 'cpu' | 'memory' | 'diskFull' | 'disk' | 'net' | 'temperature';
const BEATS: readonly Beat[] = ['cpu', 'memory', 'diskFull', 'disk', 'net', 'temperature'];
/** A point a second for 15 minutes, with room for the second that is just over. */
const MAX_POINTS = 960;

/** The numbers of a summary, by what they are. */
export function beats(summary: Summary): Record<Beat, number | null> {
  const { rxBytesPerS: rx, txBytesPerS: tx } = summary;
  return {
    cpu: summary.cpuRatio,
    memory: summary.memoryRatio,
    diskFull: summary.fullestDisk?.usedRatio ?? null,
    disk: summary.diskBytesPerS,
    net: rx === null && tx === null ? null : (rx ?? 0) + (tx ?? 0),
    temperature: summary.temperatureCelsius,
  };
}

export class Pulse {
  #times = new Float64Array(0);
  #columns = new Map<Beat, Float32Array>();
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Times of the points, Unix milliseconds, oldest first. */
  get times(): Float64Array {
    return this.#times.subarray(this.#start, this.#end);
  }

  /** Values of the points; `NaN` where there is none. */
  column(beat: Beat): Float32Array {
    return this.#columns.get(beat)?.subarray(this.#start, this.#end) ?? new Float32Array(0);
  }

  clear(): void {
    this.#start = this.#end = 0;
  }

  /** A point not newer than the last is ignored. */
  push(atMs: number, summary: Summary): void {
    if (this.length > 0 && atMs <= (this.#times[this.#end - 1] as number)) return;
    this.#append(atMs, beats(summary));
    while (this.length > 0 && (this.#times[this.#start] as number) < atMs - SPAN_MS) this.#start += 1;
  }

  /** Takes what the machine remembers; points of our own that are newer than it stay. */
  fill(history: SummaryHistory): void {
    const lastMs = history.t.at(-1);
    if (lastMs === undefined) return;
    const newer: [number, Record<Beat, number | null>][] = [];
    const times = this.times;
    for (let index = 0; index < times.length; index += 1) {
      const atMs = times[index] as number;
      if (atMs <= lastMs) continue;
      newer.push([atMs, Object.fromEntries(BEATS.map((beat) => [beat, this.column(beat)[index] ?? null])) as Record<Beat, number | null>]);
    }
    const columns: Record<Beat, (number | null)[]> = { cpu: history.cpuRatio, memory: history.memoryRatio, diskFull: history.diskRatio, disk: history.diskBytesPerS, net: history.netBytesPerS, temperature: history.temperatureCelsius };
    this.clear();
    history.t.slice(-MAX_POINTS).forEach((atMs, at) => {
      const index = Math.max(0, history.t.length - MAX_POINTS) + at;
      this.#append(atMs, Object.fromEntries(BEATS.map((beat) => [beat, columns[beat][index] ?? null])) as Record<Beat, number | null>);
    });
    for (const [atMs, values] of newer) this.#append(atMs, values);
  }

  #append(atMs: number, values: Record<Beat, number | null>): void {
    if (this.#times.length === 0) {
      this.#times = new Float64Array(2 * MAX_POINTS);
      this.#columns = new Map(BEATS.map((beat) => [beat, new Float32Array(2 * MAX_POINTS)]));
    }
    if (this.length === MAX_POINTS) this.#start += 1;
    if (this.#end === 2 * MAX_POINTS) this.#slideBack();
    this.#times[this.#end] = atMs;
    for (const [beat, column] of this.#columns) column[this.#end] = values[beat] ?? NaN;
    this.#end += 1;
  }

  #slideBack(): void {
    this.#times.copyWithin(0, this.#start, this.#end);
    for (const column of this.#columns.values()) column.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }
}
