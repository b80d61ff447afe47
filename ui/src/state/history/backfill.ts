/** Back-fill of one history: which range of the last 15 minutes is missing, and the request that loads it.
 *
 *  The two histories of a machine (the overview's ring and its summary's) share it. After a failed request the range
 *  stays missing, and the next frame that asks for it tries again. */
import { SPAN_MS } from './ring';

/** Loads the range into the history. */
export type Load = (fromMs: number, toMs: number) => Promise<void>;

export class Backfill {
  readonly #load: Load;
  readonly #worthRetrying: (error: unknown) => boolean;
  /** Since when data is missing; `null`: all that can be had is there. */
  #missingSinceMs: number | null = 0;

  constructor(load: Load, worthRetrying: (error: unknown) => boolean) {
    this.#load = load;
    this.#worthRetrying = worthRetrying;
  }

  /** The history was cleared: all of it is missing. */
  reset(): void {
    this.#missingSinceMs = 0;
  }

  /** Data may be missing since `sinceMs`, unless it is missing since earlier. `null`: nothing was there before. */
  markMissing(sinceMs: number | null): void {
    this.#missingSinceMs ??= sinceMs;
  }

  /** Loads what is missing until `nowMs`. `intervalMs` is the sampling interval: a range too short to contain a sample
   *  is not loaded. 0 where the history replaces the points that it has of the range. */
  async run(nowMs: number, intervalMs = 0): Promise<void> {
    const sinceMs = this.#missingSinceMs;
    if (sinceMs === null) return;
    this.#missingSinceMs = null;
    const fromMs = Math.max(nowMs - SPAN_MS, sinceMs + intervalMs / 2);
    if (nowMs - fromMs < 1.5 * intervalMs) return;
    try {
      await this.#load(fromMs, nowMs);
    } catch (error) {
      if (this.#worthRetrying(error)) this.#missingSinceMs = Math.min(sinceMs, this.#missingSinceMs ?? sinceMs);
    }
  }
}
