/** The time cursor: the second that every lane, card and table shows. Live means that it is at now. */
import { machine } from '../machines/machine.svelte';
import { preferences, type RangeMinutes } from '../page/preferences.svelte';
import { SPAN_MS } from '../history/ring';
import { router } from '../page/router.svelte';

/** Where a freshly pinned moment stands in the window, if there is room on its right. */
const PINNED_SHARE = 0.55;
/** Browsers refuse to rewrite the address many times a second. */
const ADDRESS_AFTER_MS = 250;

export class Cursor {
  /** The pinned moment, Unix milliseconds; `null`: live. */
  pinnedMs = $state.raw<number | null>(null);
  #windowToMs = $state.raw(0);
  #addressTimer: ReturnType<typeof setTimeout> | undefined;

  readonly live = $derived(this.pinnedMs === null);
  /** The moment at the cursor. */
  readonly atMs = $derived(this.pinnedMs ?? machine.nowMs);
  readonly rangeMs = $derived(preferences.value.rangeMinutes * 60_000);
  /** Right and left edge of the charts. Pinned they stand still, so that moving the cursor redraws nothing. */
  readonly toMs = $derived(this.pinnedMs === null ? machine.nowMs : this.#windowToMs);
  readonly fromMs = $derived(this.toMs - this.rangeMs);

  /** Moves to a moment; at or past now it is live. */
  pin(atMs: number): void {
    const now = machine.nowMs;
    const { intervalMs } = machine.ring;
    if (now > 0 && atMs > now - intervalMs / 2) {
      this.goLive();
      return;
    }
    const at = now > 0 ? Math.max(atMs, now - SPAN_MS) : atMs;
    const wasLive = this.pinnedMs === null;
    const to = wasLive ? now : this.#windowToMs;
    if (wasLive) this.#windowToMs = now;
    if (at > to || at < to - this.rangeMs || to === 0) this.#centre(at);
    this.pinnedMs = Math.round(at);
    this.#writeAddress();
  }

  goLive(): void {
    this.pinnedMs = null;
    this.#writeAddress();
  }

  /** The pinned moment is no longer kept. */
  readonly lost = $derived(this.pinnedMs !== null && machine.nowMs > 0 && this.pinnedMs < machine.nowMs - SPAN_MS - 1_000);

  /** Moves by whole seconds. */
  step(seconds: number): void {
    if (machine.nowMs > 0) this.pin(Math.round(this.atMs / 1000) * 1000 + seconds * 1000);
  }

  /** Goes to the sample before or after. */
  stepSample(direction: -1 | 1): void {
    const { times } = machine.ring;
    let index = machine.ring.indexAt(this.atMs);
    if (index < 0) index = times.length - 1;
    const next = times[index + direction];
    if (next !== undefined) this.pin(next);
    else if (direction > 0) this.goLive();
  }

  setRange(minutes: RangeMinutes): void {
    preferences.set({ rangeMinutes: minutes });
    if (this.pinnedMs !== null) this.#centre(this.pinnedMs);
  }

  /** Follows the address. */
  read(parameters: URLSearchParams): void {
    const t = Number(parameters.get('t'));
    if (Number.isFinite(t) && t > 0) {
      if (t !== this.pinnedMs) this.pin(t);
    } else if (this.pinnedMs !== null) this.pinnedMs = null;
  }

  #centre(atMs: number): void {
    const now = machine.nowMs || Infinity;
    this.#windowToMs = Math.min(now, Math.max(machine.nowMs - SPAN_MS + this.rangeMs, atMs + (1 - PINNED_SHARE) * this.rangeMs));
  }

  #writeAddress(): void {
    clearTimeout(this.#addressTimer);
    this.#addressTimer = setTimeout(() => router.setParameter('t', this.pinnedMs === null ? null : String(this.pinnedMs)), ADDRESS_AFTER_MS);
  }
}

export const cursor = new Cursor();
