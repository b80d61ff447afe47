/** The last two minutes of one process, kept from the moment it is selected. Pure; memory is fixed. */
import type { Process } from './process-table';

/** Samples kept: two minutes at one a second. */
export const TRACE_LENGTH = 120;

export type TraceColumn = 'cpu' | 'memory' | 'disk';

export class Trace {
  readonly #columns: Readonly<Record<TraceColumn, Float64Array>> = {
    cpu: new Float64Array(TRACE_LENGTH),
    memory: new Float64Array(TRACE_LENGTH),
    disk: new Float64Array(TRACE_LENGTH),
  };
  #next = 0;
  #lastMs = 0;

  constructor() {
    this.clear();
  }

  clear(): void {
    for (const column of Object.values(this.#columns)) column.fill(NaN);
    this.#next = 0;
    this.#lastMs = 0;
  }

  /** Adds a sample, unless this moment is there already. */
  push(atMs: number, process: Process): void {
    if (atMs <= this.#lastMs) return;
    this.#lastMs = atMs;
    const { readBytesPerS: read, writeBytesPerS: write } = process;
    this.#columns.cpu[this.#next] = process.cpuRatio ?? NaN;
    this.#columns.memory[this.#next] = process.memoryBytes;
    this.#columns.disk[this.#next] = read === null && write === null ? NaN : (read ?? 0) + (write ?? 0);
    this.#next = (this.#next + 1) % TRACE_LENGTH;
  }

  /** Oldest first, the newest last; `null` before the first sample and where nothing is known. */
  values(name: TraceColumn): (number | null)[] {
    const column = this.#columns[name];
    return Array.from(column, (_, index) => {
      const value = column[(this.#next + index) % TRACE_LENGTH] ?? NaN;
      return Number.isNaN(value) ? null : value;
    });
  }
}
