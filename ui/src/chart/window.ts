/** The time window that all plots of a page share: its range, the rows in it, and its gaps. */

export interface Span {
  fromMs: number;
  toMs: number;
}

export interface PlotWindow extends Span {
  /** Times of the rows, Unix milliseconds; one row may lie on either side of the window, so that lines reach its edges. */
  times: Float64Array;
  /** Ranges without samples. */
  gaps: Span[];
  /** Round times for vertical lines. */
  grid: number[];
  /** The data is old: drawn grey. */
  dim: boolean;
}

/** One drawn column. */
export interface Layer {
  /** Token of the line; absent: no line. */
  stroke?: string;
  /** Token of the area; absent: none. */
  fill?: string;
  fillAlpha?: number;
  width?: number;
  /** Index of the column that is the lower edge of the area; absent: zero. */
  base?: number;
}
