/** Texts of the cells of the process table. Pure. The unit stands in the head of the column. */
import { fixed, whole } from '../../text/format';
import { formatter } from '../../text/time';
import type { Process } from '../../state/processes/process-table';
import type { SortColumn } from '../../state/processes/process-order';

/** What cells are written with. */
export interface CellContext {
  /** Cores that are 100 %. */
  readonly cpuWhole: number;
  /** Midnight before the sample, Unix milliseconds. */
  readonly todayMs: number;
  /** By how much the machine's clock is ahead of the viewer's. */
  readonly clockOffsetMs?: number;
}

const DAY_MS = 86_400_000;
const CLOCK = formatter('en-GB', { hour: '2-digit', minute: '2-digit' });
const WEEKDAY = formatter('en-GB', { weekday: 'short' });
const DATE = formatter('en-GB', { day: 'numeric', month: 'short' });
const YEAR = formatter('en-GB', { month: 'short', year: 'numeric' });

/** Midnight before a moment, in the viewer's time zone. */
export function midnightBefore(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** `09:02` today, `Fri` within a week, `9 Nov` within a year, else `Nov 2024`. */
export function startedText(startedAtMs: number, todayMs: number): string {
  if (startedAtMs >= todayMs) return CLOCK(startedAtMs);
  if (startedAtMs >= todayMs - 6 * DAY_MS) return WEEKDAY(startedAtMs);
  return (startedAtMs >= todayMs - 300 * DAY_MS ? DATE : YEAR)(startedAtMs);
}

/** A figure with one decimal; what rounds to nothing is a bare 0. */
function one(value: number | null): string {
  if (value === null) return '–';
  return value < 0.05 ? '0' : value >= 999.95 ? whole(value) : fixed(value);
}

export function cellText(process: Process, column: SortColumn, context: CellContext): string {
  switch (column) {
    case 'name':
      return process.name;
    case 'pid':
      return String(process.pid);
    case 'user':
      return process.user ?? '–';
    case 'cpu':
      return cpuText(process.cpuRatio, context.cpuWhole);
    case 'memory':
      return whole(process.memoryBytes / 2 ** 20);
    case 'read':
      return one(process.readBytesPerS === null ? null : process.readBytesPerS / 1e6);
    case 'write':
      return one(process.writeBytesPerS === null ? null : process.writeBytesPerS / 1e6);
    case 'threads':
      return String(process.threads);
    case 'started':
      return startedText(process.startedAtMs - (context.clockOffsetMs ?? 0), context.todayMs);
    case 'command':
      // A kernel thread has no command line; it is written as ps writes it.
      return process.command === '' ? `[${process.name}]` : (process.command ?? '–');
  }
}

export function cpuText(ratio: number | null, cpuWhole: number): string {
  return one(ratio === null ? null : (ratio / cpuWhole) * 100);
}

/** Width of the CPU bar in px, of at most `full`; the smallest load that shows gets a pixel. */
export function cpuBar(ratio: number | null, cpuWhole: number, full: number): number {
  const share = Math.min(1, (ratio ?? 0) / cpuWhole);
  return share < 0.002 ? 0 : Math.max(1, Math.round(share * full));
}

/** The letter of a process's tile. */
export function letterOf(name: string): string {
  return (/[\p{L}\p{N}]/u.exec(name)?.[0] ?? '·').toUpperCase().slice(0, 1);
}
