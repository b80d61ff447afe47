/** Ends of axes and places of grid lines. */

const STEPS = [1, 2, 2.5, 5, 10];

/** The smallest 1, 2, 2.5, 5 × 10ⁿ that is not below `value`; 1 where that is no height. */
export function niceCeiling(value: number): number {
  if (!(value > 0 && Number.isFinite(value))) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = STEPS.find((candidate) => candidate * power >= value * (1 - 1e-9)) ?? 10;
  return step * power;
}

/** How long a peak must stay below half before an axis comes down. */
const HOLD_MS = 30_000;

/** End of a rate axis: up at once, down only after a while below half, so that it does not jump about. */
export class HeldCeiling {
  #top: number;
  #lowSinceMs: number | null = null;
  readonly #floor: number;

  constructor(floor: number) {
    this.#floor = floor;
    this.#top = floor;
  }

  /** The end for a window whose highest value is `peak`, drawn at `nowMs`. */
  at(peak: number, nowMs: number): number {
    const wanted = niceCeiling(Math.max(peak, this.#floor));
    if (wanted > this.#top) {
      this.#top = wanted;
      this.#lowSinceMs = null;
    } else if (peak < this.#top / 2 && wanted < this.#top) {
      this.#lowSinceMs ??= nowMs;
      // Time also runs backwards here: a pinned window is earlier.
      if (Math.abs(nowMs - this.#lowSinceMs) >= HOLD_MS) {
        this.#top = wanted;
        this.#lowSinceMs = null;
      }
    } else this.#lowSinceMs = null;
    return this.#top;
  }
}

/** Highest value of a column; 0 where there is none. */
export function peak(column: Float64Array): number {
  let highest = 0;
  for (const value of column) if (value > highest) highest = value;
  return highest;
}

const GRID_STEPS_MS = [10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000];

/** Distance of vertical grid lines: the finest that leaves each label its room. */
export function gridStep(rangeMs: number, widthPx: number, roomPx = 84): number {
  return GRID_STEPS_MS.find((step) => (step / rangeMs) * widthPx >= roomPx) ?? 600_000;
}

/** Round local times from `fromMs` to `toMs`. */
export function gridTimes(fromMs: number, toMs: number, stepMs: number): number[] {
  const zone = new Date(fromMs).getTimezoneOffset() * 60_000;
  const times: number[] = [];
  for (let at = Math.ceil((fromMs - zone) / stepMs) * stepMs + zone; at <= toMs; at += stepMs) times.push(at);
  return times;
}
