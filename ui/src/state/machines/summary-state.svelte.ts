/** Channel `summary` of one machine: the newest summary, and the last 15 minutes of them (`history`) with their back-fill.
 *
 *  Every machine of the list sends its summary, in view or not; `subscribe` says how often a component needs it. */
import { CHANNELS } from '../../wire/contract';
import type { Channel, Frame, Summary } from '../../wire/wire';
import { Backfill } from '../history/backfill';
import { GAP_INTERVALS } from '../history/ring';
import { SummaryRing } from '../history/summary-ring';
import { type Ask, worthRetrying } from './requests';
import type { FrameListener } from './subscriptions';

/** Interval of summaries where no component needs more. */
const SUMMARY_MS = CHANNELS.summary.intervalMs;
/** How finely the past of a summary is loaded: a card is 100 px wide, the comparison a few hundred. */
const HISTORY_STEP_MS = 3_000;

interface Source {
  readonly paceMs: number;
  request: Ask;
  use(channel: Channel, onFrame: FrameListener, everyMs?: number): () => void;
}

export class SummaryState {
  /** The newest summary; `null` until one came. */
  current = $state.raw<Summary | null>(null);
  /** Rises when the history holds something new; read it where the history is read. */
  version = $state.raw(0);
  readonly history = new SummaryRing();
  readonly #source: Source;
  readonly #backfill: Backfill;
  /** How often each subscriber wants the summary. */
  readonly #subscribers = new Map<symbol, number>();
  #unsubscribe: (() => void) | null = null;
  #everyMs = 0;

  constructor(source: Source) {
    this.#source = source;
    this.#backfill = new Backfill((fromMs, toMs) => this.#load(fromMs, toMs), worthRetrying);
  }

  /** Keeps the history; `everyMs` is how often at most. The shortest interval applies to all. Returns the undo. */
  subscribe(everyMs = SUMMARY_MS): () => void {
    const subscriber = Symbol();
    this.#subscribers.set(subscriber, everyMs);
    this.#updatePace();
    return () => {
      this.#subscribers.delete(subscriber);
      this.#updatePace();
    };
  }

  /** A new session began: the time in between is missing. */
  reconnected(): void {
    this.#backfill.markMissing(this.history.lastMs);
  }

  /** Clears the history, and notifies what is drawn from it. */
  clear(): void {
    this.history.clear();
    this.#backfill.reset();
    this.version += 1;
  }

  #updatePace(): void {
    const everyMs = this.#subscribers.size === 0 ? 0 : Math.min(...this.#subscribers.values());
    if (everyMs === this.#everyMs) return;
    this.#everyMs = everyMs;
    const before = this.#unsubscribe;
    // The new subscription first, so that the machine does not stop in between.
    this.#unsubscribe = everyMs === 0 ? null : this.#source.use('summary', (frame) => this.#receive(frame), everyMs);
    before?.();
  }

  #receive(frame: Frame): void {
    const summary = frame.data as Summary;
    const beforeMs = this.history.lastMs;
    this.current = summary;
    this.history.push(frame.sampledAtMs, summary);
    this.version += 1;
    const everyMs = Math.max(SUMMARY_MS, this.#source.paceMs);
    if (beforeMs !== null && frame.sampledAtMs - beforeMs > GAP_INTERVALS * everyMs) this.#backfill.markMissing(beforeMs);
    void this.#backfill.run(frame.sampledAtMs);
  }

  async #load(fromMs: number, toMs: number): Promise<void> {
    const maxPoints = Math.ceil((toMs - fromMs) / HISTORY_STEP_MS) + 1;
    this.history.fill(await this.#source.request('summary.history', { fromMs, toMs, maxPoints }));
    this.version += 1;
  }
}
