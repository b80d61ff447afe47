/** The last quarter of an hour of every series a screen shows, as columns a chart takes as they are.
 *
 *  Rows are real samples, oldest first, plus one empty row after each gap's last sample: it breaks the line, and a
 *  cursor set into the gap finds no values. Columns are twice as long as needed and slide back when full, so that a
 *  window of them is always one `subarray`. */
import { HISTORY_SPAN_MS } from '../../wire/contract';
import type { History } from '../../wire/wire';

export const SPAN_MS = HISTORY_SPAN_MS;
/** Two rows further apart than this many intervals have a gap between them. */
export const GAP_INTERVALS = 2.5;
/** Bound on the rows, whatever the interval (0.5 s at the least). */
const MAX_ROWS = 2_048;

export interface Gap {
  fromMs: number;
  toMs: number;
}

export class Ring {
  intervalMs = 1_000;
  #capacity = MAX_ROWS;
  /** Memory is allocated with the first row: most machines are never in view. */
  #times = new Float64Array(0);
  #columns = new Map<string, Float64Array>();
  #start = 0;
  #end = 0;

  /** Sets which series are kept; columns that stay keep their values. */
  setSeries(ids: Iterable<string>): void {
    const columns = new Map<string, Float64Array>();
    for (const id of ids) columns.set(id, this.#columns.get(id) ?? this.#emptyColumn());
    this.#columns = columns;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  has(id: string): boolean {
    return this.#columns.has(id);
  }

  /** Removes all rows, and frees their memory. */
  clear(): void {
    this.#start = this.#end = 0;
    this.#times = new Float64Array(0);
    for (const id of this.#columns.keys()) this.#columns.set(id, new Float64Array(0));
  }

  /** Times of all rows, Unix milliseconds. */
  get times(): Float64Array {
    return this.#times.subarray(this.#start, this.#end);
  }

  /** Values of one series, row by row; `NaN` where there is none. `null`: not kept. */
  column(id: string): Float64Array | null {
    return this.#columns.get(id)?.subarray(this.#start, this.#end) ?? null;
  }

  /** Time of the first and last row, or `null` while there is none. */
  get firstMs(): number | null {
    return this.length ? (this.#times[this.#start] as number) : null;
  }

  get lastMs(): number | null {
    return this.length ? (this.#times[this.#end - 1] as number) : null;
  }

  /** Appends a sample: `value(id)` is asked once a kept series. A sample not newer than the last is ignored. */
  push(atMs: number, value: (id: string) => number | null | undefined): void {
    const last = this.lastMs;
    if (last !== null && atMs <= last) return;
    if (last !== null && atMs - last > GAP_INTERVALS * this.intervalMs) this.#append(last + this.intervalMs, () => null);
    this.#append(atMs, value);
    this.#forget(atMs - SPAN_MS - this.intervalMs);
  }

  /** Fills in rows from the machine's history between `afterMs` and `beforeMs`. */
  fill(history: History[], afterMs: number, beforeMs: number): void {
    const rows = new Map<number, Map<string, number>>();
    for (const part of history) {
      for (const [id, column] of Object.entries(part.columns)) {
        if (!this.#columns.has(id)) continue;
        part.t.forEach((atMs, index) => {
          const value = column.avg[index];
          if (value === null || value === undefined || atMs <= afterMs || atMs >= beforeMs) return;
          let row = rows.get(atMs);
          if (!row) rows.set(atMs, (row = new Map()));
          row.set(id, value);
        });
      }
    }
    if (rows.size === 0) return;
    const kept = this.#rows().filter((row) => !row.empty);
    const merged = [...kept.map((row) => ({ atMs: row.atMs, value: row.value })), ...[...rows].map(([atMs, row]) => ({ atMs, value: (id: string) => row.get(id) ?? null }))];
    merged.sort((a, b) => a.atMs - b.atMs);
    const before = new Map([...this.#columns].map(([id]) => [id, this.column(id)?.slice() ?? new Float64Array()]));
    this.clear();
    for (const row of merged) this.push(row.atMs, (id) => row.value(id, before));
  }

  /** Row that covers `atMs`: the last at or before it, unless that one is over. `-1`: none. */
  indexAt(atMs: number): number {
    const index = lastAtOrBefore(this.times, atMs);
    if (index < 0) return -1;
    return index === this.length - 1 && atMs - (this.times[index] as number) > GAP_INTERVALS * this.intervalMs ? -1 : index;
  }

  /** Copy of the values of a row: rows move when old ones are removed. */
  rowAt(index: number): Map<string, number> {
    const row = new Map<string, number>();
    for (const [id, column] of this.#columns) {
      const value = column[this.#start + index];
      if (value !== undefined && !Number.isNaN(value)) row.set(id, value);
    }
    return row;
  }

  /** Gaps between the first row and `nowMs`, oldest first. */
  gaps(fromMs: number, toMs: number): Gap[] {
    const gaps: Gap[] = [];
    const { times } = this;
    const limit = GAP_INTERVALS * this.intervalMs;
    for (let index = Math.max(1, lastAtOrBefore(times, fromMs)); index < times.length; index++) {
      const to = times[index] as number;
      const from = times[index - 1] as number;
      // The empty row stands one interval after the last sample.
      if (to - from > limit - this.intervalMs) gaps.push({ fromMs: from, toMs: to });
      if (to > toMs) break;
    }
    const last = this.lastMs;
    if (last !== null && toMs - last > limit) gaps.push({ fromMs: last, toMs });
    return gaps;
  }

  #rows(): { atMs: number; empty: boolean; value: (id: string, before: Map<string, Float64Array>) => number | null }[] {
    const columns = [...this.#columns.keys()].map((id) => this.column(id) as Float64Array);
    return Array.from(this.times, (atMs, index) => ({
      atMs,
      empty: columns.every((column) => Number.isNaN(column[index])),
      value: (id, before) => {
        const value = before.get(id)?.[index];
        return value === undefined || Number.isNaN(value) ? null : value;
      },
    }));
  }

  #append(atMs: number, value: (id: string) => number | null | undefined): void {
    if (this.#times.length === 0) this.#takeRoom();
    if (this.#end === this.#times.length) this.#slide();
    this.#times[this.#end] = atMs;
    for (const [id, column] of this.#columns) column[this.#end] = value(id) ?? NaN;
    this.#end += 1;
    if (this.length > this.#capacity) this.#start += 1;
  }

  #forget(beforeMs: number): void {
    while (this.#start < this.#end && (this.#times[this.#start] as number) < beforeMs) this.#start += 1;
  }

  #slide(): void {
    for (const array of [this.#times, ...this.#columns.values()]) array.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }

  #takeRoom(): void {
    this.#times = new Float64Array(2 * this.#capacity);
    for (const id of this.#columns.keys()) this.#columns.set(id, this.#emptyColumn());
  }

  #emptyColumn(): Float64Array {
    return new Float64Array(this.#times.length).fill(NaN);
  }
}

/** Index of the last time at or before `atMs`; `-1`: all are later. `times` rises. */
export function lastAtOrBefore(times: Float64Array, atMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
