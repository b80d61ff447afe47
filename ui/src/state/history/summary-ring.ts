/** The last quarter of an hour of a machine's summary: what its card and the comparison draw. Columns are twice as
 *  long as needed and slide back when full, so that a window of them is always one `subarray`. */
import type { Summary, SummaryHistory } from '../../wire/wire';
import { SPAN_MS } from './ring';

/** What is kept, each in its own unit: ratios, bytes a second, °C. */
export type SummaryMetric = 'cpu' | 'memory' | 'diskFull' | 'disk' | 'net' | 'temperature';
const METRICS: readonly SummaryMetric[] = ['cpu', 'memory', 'diskFull', 'disk', 'net', 'temperature'];
/** A point a second for 15 minutes, with room for the second that is just over. */
const POINTS = SPAN_MS / 1_000 + 60;

type SummaryValues = Record<SummaryMetric, number | null>;

/** The numbers of a summary, by what they are. */
export function summaryValues(summary: Summary): SummaryValues {
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

export class SummaryRing {
  #times = new Float64Array(0);
  #columns = new Map<SummaryMetric, Float32Array>();
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Times of the points, Unix milliseconds, oldest first. */
  get times(): Float64Array {
    return this.#times.subarray(this.#start, this.#end);
  }

  /** Time of the newest point; `null` while there is none. */
  get lastMs(): number | null {
    return this.length === 0 ? null : (this.#times[this.#end - 1] as number);
  }

  /** Values of the points; `NaN` where there is none. */
  column(metric: SummaryMetric): Float32Array {
    return this.#columns.get(metric)?.subarray(this.#start, this.#end) ?? new Float32Array(0);
  }

  clear(): void {
    this.#start = this.#end = 0;
  }

  /** A point not newer than the last is ignored. */
  push(atMs: number, summary: Summary): void {
    if (this.length > 0 && atMs <= (this.#times[this.#end - 1] as number)) return;
    this.#append(atMs, summaryValues(summary));
    this.#forget(atMs - SPAN_MS);
  }

  /** Replaces a range by the machine's history; points before and after it stay. */
  fill(history: SummaryHistory): void {
    const [firstMs, lastMs] = [history.t[0], history.t.at(-1)];
    if (firstMs === undefined || lastMs === undefined) return;
    const times = this.times.slice();
    const own = METRICS.map((metric) => [metric, this.column(metric).slice()] as const);
    const ownAt = (index: number) => Object.fromEntries(own.map(([metric, column]) => [metric, column[index] ?? null])) as SummaryValues;
    const columns: Record<SummaryMetric, (number | null)[]> = { cpu: history.cpuRatio, memory: history.memoryRatio, diskFull: history.diskRatio, disk: history.diskBytesPerS, net: history.netBytesPerS, temperature: history.temperatureCelsius };
    this.clear();
    times.forEach((atMs, index) => {
      if (atMs < firstMs) this.#append(atMs, ownAt(index));
    });
    history.t.forEach((atMs, index) => this.#append(atMs, Object.fromEntries(METRICS.map((metric) => [metric, columns[metric][index] ?? null])) as SummaryValues));
    times.forEach((atMs, index) => {
      if (atMs > lastMs) this.#append(atMs, ownAt(index));
    });
    this.#forget((this.lastMs ?? 0) - SPAN_MS);
  }

  #forget(beforeMs: number): void {
    while (this.length > 0 && (this.#times[this.#start] as number) < beforeMs) this.#start += 1;
  }

  #append(atMs: number, values: SummaryValues): void {
    if (this.#times.length === 0) {
      this.#times = new Float64Array(2 * POINTS);
      this.#columns = new Map(METRICS.map((metric) => [metric, new Float32Array(2 * POINTS)]));
    }
    if (this.length === POINTS) this.#start += 1;
    if (this.#end === 2 * POINTS) this.#slideBack();
    this.#times[this.#end] = atMs;
    for (const [metric, column] of this.#columns) column[this.#end] = values[metric] ?? NaN;
    this.#end += 1;
  }

  #slideBack(): void {
    this.#times.copyWithin(0, this.#start, this.#end);
    for (const column of this.#columns.values()) column.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }
}
