/** State that all lanes of the overview share: the time window, the sample at the cursor, and where the plots are. */
import { getContext, setContext } from 'svelte';
import { gridStep, gridTimes } from '../../chart/scale';
import type { PlotWindow } from '../../chart/window';
import { cursor } from '../../state/time/cursor.svelte';
import { machine, type Sample } from '../../state/machines/machine.svelte';
import { lastAtOrBefore } from '../../state/history/ring';
import { theme } from '../../state/page/theme.svelte';
import { plain, type Quantity } from '../../text/format';

/** A series as a lane's table shows it. */
export interface TableColumn {
  text: string;
  id: string;
  format: (value: number | null) => Quantity;
}

/** The window of the plots with the values of its rows. */
export interface StageWindow extends PlotWindow {
  /** Values of a series, row by row; all `NaN` where it is not kept. */
  column(id: string): Float64Array;
}

export class Stage {
  /** Where the plots lie, from the left edge of the lanes. */
  plotLeft = $state(0);
  plotWidth = $state(0);
  /** Moment under the pointer. */
  hoverMs = $state.raw<number | null>(null);
  /** The lane whose numbers are shown as a table. */
  table = $state.raw<{ title: string; columns: readonly TableColumn[] } | null>(null);
  #last: { key: string; window: StageWindow } | null = null;

  /** A new object only when there is something else to draw. */
  readonly window = $derived.by<StageWindow>(() => this.#window());
  /** The sample at the cursor. */
  readonly shown = $derived<Sample>(cursor.pinnedMs === null ? machine.sample : this.#sampleAt(cursor.pinnedMs));
  readonly hovered = $derived<Sample | null>(this.hoverMs === null ? null : this.#sampleAt(this.hoverMs));
  /** The values are old: nothing arrives. */
  readonly old = $derived(!machine.fresh && machine.info !== null);
  readonly theme = $derived(theme.current);

  /** Where a moment is, in pixels from the left edge of the plots. */
  x(atMs: number): number {
    const { fromMs, toMs } = this.window;
    return Math.max(0, Math.min(1, (atMs - fromMs) / (toMs - fromMs))) * this.plotWidth;
  }

  /** The sample nearest to a place in the plots. */
  momentAt(x: number): number {
    const { fromMs, toMs } = this.window;
    const atMs = fromMs + (x / Math.max(1, this.plotWidth)) * (toMs - fromMs);
    const { times } = machine.ring;
    const index = lastAtOrBefore(times, atMs);
    const before = times[index];
    const after = times[index + 1];
    const snap = machine.ring.intervalMs;
    if (after !== undefined && after - atMs < snap / 2) return after;
    return before !== undefined && atMs - before < snap ? before : Math.round(atMs);
  }

  /** Text alternative of a plot: now, lowest and highest of the window. */
  sentence(name: string, { id, format }: Pick<TableColumn, 'id' | 'format'>): string {
    let low = Infinity;
    let high = -Infinity;
    for (const value of this.window.column(id)) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    const now = plain(format(this.shown.value(id)));
    return low > high ? `${name}: no data` : `${name}: ${now}, low ${plain(format(low))}, high ${plain(format(high))}`;
  }

  #sampleAt(atMs: number): Sample {
    void machine.pastVersion;
    return machine.sampleAt(atMs);
  }

  #window(): StageWindow {
    void machine.ringVersion;
    const { fromMs, toMs } = cursor;
    const { ring } = machine;
    const all = ring.times;
    // A row on either side, so that lines reach the edges.
    const start = Math.max(0, lastAtOrBefore(all, fromMs));
    const end = Math.min(all.length, lastAtOrBefore(all, toMs) + 2);
    const dim = this.old;
    const key = `${fromMs} ${toMs} ${all[start] ?? ''} ${all[end - 1] ?? ''} ${dim} ${machine.pastVersion} ${this.plotWidth}`;
    if (this.#last?.key === key) return this.#last.window;
    const times = all.slice(start, end);
    const step = gridStep(toMs - fromMs, this.plotWidth || 600);
    const window: StageWindow = {
      fromMs,
      toMs,
      times,
      gaps: ring.gaps(fromMs, Math.min(toMs, machine.nowMs)),
      grid: gridTimes(fromMs, toMs, step),
      dim,
      column: (id) => ring.column(id)?.slice(start, end) ?? new Float64Array(times.length).fill(NaN),
    };
    this.#last = { key, window };
    return window;
  }
}

const KEY = Symbol('stage');

export function provideStage(): Stage {
  return setContext(KEY, new Stage());
}

export function useStage(): Stage {
  return getContext<Stage>(KEY);
}

/** Sums of columns, from the first up: what a stack draws. A missing part counts as none, a missing row stays missing. */
export function stacked(columns: Float64Array[]): Float64Array[] {
  let below: Float64Array | null = null;
  return columns.map((column) => {
    const sum = column.map((value, index) => (below ? (below[index] as number) + (Number.isNaN(value) ? 0 : value) : value));
    below = sum;
    return sum;
  });
}

/** The same values, drawn downwards. */
export function negative(column: Float64Array): Float64Array {
  return column.map((value) => -value);
}
