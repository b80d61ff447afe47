/** One render pass a second for all machines of the fleet and the sidebar: frames arrive at any time, and their figures are
 *  shown at the next tick. Then all figures change and all small charts are drawn in one frame of the display. A hidden
 *  page has no ticks. */

/** A tick comes this long after the whole second: machines sample on it, and their frames need a moment. */
const PHASE_MS = 250;
const PERIOD_MS = 1_000;

export class RenderTick {
  /** Rises with each tick; a component that shows figures reads it, and reads the figures untracked. */
  count = $state(0);
  /** The viewer's clock at the last tick, Unix milliseconds. */
  nowMs = Date.now();
  readonly #draws = new Set<(nowMs: number) => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #frame = 0;

  /** Calls `draw` at each tick; returns the undo. */
  subscribe(draw: (nowMs: number) => void): () => void {
    this.#draws.add(draw);
    if (this.#draws.size === 1) this.#begin();
    return () => {
      this.#draws.delete(draw);
      if (this.#draws.size === 0) this.#end();
    };
  }

  #begin(): void {
    document.addEventListener('visibilitychange', this.#onVisibility);
    this.nowMs = Date.now();
    this.#wait();
  }

  #end(): void {
    document.removeEventListener('visibilitychange', this.#onVisibility);
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
  }

  readonly #onVisibility = (): void => {
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
    // What was missed is drawn as soon as the page is visible.
    if (document.visibilityState !== 'hidden') this.#frame = requestAnimationFrame(() => this.#pass());
  };

  #wait(): void {
    clearTimeout(this.#timer);
    if (document.visibilityState === 'hidden') return;
    this.#timer = setTimeout(() => (this.#frame = requestAnimationFrame(() => this.#pass())), PERIOD_MS - ((Date.now() - PHASE_MS) % PERIOD_MS));
  }

  #pass(): void {
    this.nowMs = Date.now();
    this.count += 1;
    for (const draw of this.#draws) draw(this.nowMs);
    this.#wait();
  }
}

export const renderTick = new RenderTick();
