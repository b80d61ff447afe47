/** Channel `overview` of one machine: its series, facts and faults, the newest sample, and the last 15 minutes of samples
 *  (`ring`) with their back-fill.
 *
 *  The two version counters stand for the ring, which is plain data: read them where the ring is read. */
import type { Facts, Fault, Frame, OverviewKey, OverviewValues, Series } from '../../wire/wire';
import { Backfill } from '../history/backfill';
import { backfillBatches, kept } from '../history/backfill-batches';
import { Ring, SPAN_MS } from '../history/ring';
import { type Ask, worthRetrying } from './requests';
import { uniqueBy } from './unique';

/** The numbers of one moment. */
export interface Sample {
  atMs: number;
  /** Value of a series by its id; `null`: there is none. */
  value(id: string): number | null;
}

const NOTHING: Sample = { atMs: 0, value: () => null };
/** How often live charts move on while no samples arrive. */
const CLOCK_MS = 1_000;
/** No machine samples more often; one that says 0 would ask for endless points. */
const SHORTEST_MS = 100;

/** `facts` with each device once. */
function drawn(facts: Facts): Facts {
  const device = (it: { device: string }): string => it.device;
  return { ...facts, disks: uniqueBy(facts.disks, device), filesystems: uniqueBy(facts.filesystems, device), interfaces: uniqueBy(facts.interfaces, device), sensors: uniqueBy(facts.sensors, ({ kind, device }) => `${kind} ${device}`) };
}

export class OverviewState {
  /** The set of series, and where each id stands in it. */
  series = $state.raw<Series[]>([]);
  facts = $state.raw<Facts | null>(null);
  faults = $state.raw<Fault[]>([]);
  /** The newest sample. */
  sample = $state.raw<Sample>(NOTHING);
  /** Rises when the ring holds something new. */
  ringVersion = $state.raw(0);
  /** Rises when the ring's past changed: filled in, or cleared. */
  pastVersion = $state.raw(0);
  /** Right edge of live charts: the newest sample, or the clock's time once samples are overdue. */
  nowMs = $state.raw(0);
  readonly ring = new Ring();
  readonly #ids = $derived(new Set(this.series.map((series) => series.id)));
  readonly #backfill: Backfill;
  #positions = new Map<string, number>();
  #lastFrameAtMs: number | null = null;
  #clock: ReturnType<typeof setInterval> | undefined;

  constructor(ask: Ask) {
    this.#backfill = new Backfill((fromMs, toMs) => this.#load(ask, fromMs, toMs), worthRetrying);
  }

  /** Whether the machine has this series. */
  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Applies a frame of the channel. `paceMs`: the person's update interval; 0: as sampled. */
  receive(frame: Frame, paceMs: number): void {
    const data = frame.data as OverviewKey | OverviewValues;
    const previousMs = this.ring.lastMs;
    if (frame.key) this.#setSeries(data as OverviewKey, paceMs);
    const { values } = data;
    const positions = this.#positions;
    const value = (id: string): number | null => {
      const position = positions.get(id);
      return position === undefined ? null : (values[position] ?? null);
    };
    this.ring.push(frame.sampledAtMs, value);
    this.#lastFrameAtMs = Date.now();
    this.sample = { atMs: frame.sampledAtMs, value };
    this.nowMs = frame.sampledAtMs;
    this.ringVersion += 1;
    if (!frame.key) return;
    this.#backfill.markMissing(previousMs);
    void this.#backfill.run(frame.sampledAtMs, this.ring.intervalMs);
  }

  /** The sample that covers `atMs`: no values where nothing was measured. */
  sampleAt(atMs: number): Sample {
    const index = this.ring.indexAt(atMs);
    if (index < 0) return { atMs, value: () => null };
    const row = this.ring.rowAt(index);
    return { atMs: this.ring.times[index] as number, value: (id) => row.get(id) ?? null };
  }

  /** Frees the memory of the ring; it is loaded again with the next key frame. */
  forgetRing(): void {
    this.ring.clear();
    this.#backfill.reset();
  }

  /** Clears the history, and notifies what is drawn from it. */
  clear(): void {
    this.forgetRing();
    this.pastVersion += 1;
    this.ringVersion += 1;
  }

  /** Whether `nowMs` follows the clock, because samples are overdue while a view waits for them. */
  runClock(on: boolean): void {
    clearInterval(this.#clock);
    if (!on || this.#lastFrameAtMs === null) return;
    this.#clock = setInterval(() => {
      this.nowMs = this.sample.atMs + (Date.now() - (this.#lastFrameAtMs ?? 0));
    }, CLOCK_MS);
  }

  #setSeries(data: OverviewKey, paceMs: number): void {
    this.series = data.series;
    this.facts = drawn(data.facts);
    this.faults = data.faults;
    this.#positions = new Map(data.series.map((series, index) => [series.id, index]));
    const intervalMs = Math.max(data.facts.intervalMs, paceMs, SHORTEST_MS);
    // Samples at a slow update interval are loaded again as sampled, otherwise they look like gaps.
    if (intervalMs < this.ring.intervalMs && this.ring.length > 0) this.#backfill.reset();
    this.ring.intervalMs = intervalMs;
    this.ring.setSeries(data.series.filter(kept).map((series) => series.id));
  }

  async #load(ask: Ask, fromMs: number, toMs: number): Promise<void> {
    const { intervalMs } = this.ring;
    const maxPoints = Math.ceil(SPAN_MS / intervalMs) + 2;
    const batches = backfillBatches(this.series);
    const parts = await Promise.all(batches.map((series) => ask('history.query', { series, fromMs: Math.round(fromMs), toMs, maxPoints })));
    this.ring.fill(parts, fromMs, toMs - intervalMs / 2);
    this.pastVersion += 1;
    this.ringVersion += 1;
  }
}
