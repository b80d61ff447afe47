/** The lines of detail of one process. Pure. */
import type { ProcessDetail } from '../../wire/wire';
import { memory, plain, whole } from '../../text/format';
import { ago, clock, date, duration } from '../../text/time';
import type { Process } from '../../state/processes/process-table';

export interface DetailLine {
  readonly name: string;
  readonly text: string;
  /** In full, where the text is shortened. */
  readonly title: string | undefined;
}

/** Lines that are known, `nowMs` in the viewer's time; `clockOffsetMs` is by how much the machine's is ahead. What a system or a scope hides is left out, and mentioned elsewhere. */
export function detailLines(process: Process, detail: ProcessDetail | null, nowMs: number, clockOffsetMs = 0): DetailLine[] {
  const known = detail?.gone === false ? detail : null;
  const lines: (readonly [name: string, text: string | null, title: string | null])[] = [
    ['Started', startedText(process.startedAtMs - clockOffsetMs, nowMs), null],
    ['Threads', whole(process.threads), null],
    ['Open files', known && openFiles(known), null],
    ['Priority', written(known?.nice, (nice) => `nice ${nice}`), null],
    ['CPU time', written(known?.cpuTimeMs, duration), null],
    ['Swapped out', written(known?.swapBytes || null, (bytes) => plain(memory(bytes))), null],
    ['Address space', written(known?.virtualBytes || null, (bytes) => plain(memory(bytes))), null],
    ['Program', known?.executable ?? null, known?.executable ?? null],
    ['Folder', known?.workingDirectory ?? null, known?.workingDirectory ?? null],
    ['Cgroup', written(known?.cgroup, lastPart), known?.cgroup ?? null],
  ];
  return lines.flatMap(([name, text, title]) => (text === null ? [] : [{ name, text, title: title ?? undefined }]));
}

function written<T>(value: T | null | undefined, format: (value: T) => string): string | null {
  return value === null || value === undefined ? null : format(value);
}

function openFiles(detail: ProcessDetail): string | null {
  if (detail.openFiles === null) return null;
  return detail.openFilesLimit === null ? whole(detail.openFiles) : `${whole(detail.openFiles)} of ${whole(detail.openFilesLimit)}`;
}

function startedText(startedAtMs: number, nowMs: number): string {
  const sameDay = new Date(startedAtMs).toDateString() === new Date(nowMs).toDateString();
  return `${sameDay ? 'today' : date(startedAtMs)} ${clock(startedAtMs)}, ${ago(nowMs - startedAtMs)}`;
}

function lastPart(path: string): string {
  return path.split('/').filter((part) => part !== '').at(-1) ?? '/';
}
