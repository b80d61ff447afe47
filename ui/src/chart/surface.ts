/** Canvas sized in device pixels. Its owner redraws it, and a change of its size does; nothing else. */

export interface Ground {
  context: CanvasRenderingContext2D;
  /** Device pixels. */
  width: number;
  height: number;
  /** Device pixels a CSS pixel. */
  ratio: number;
}

export class Surface {
  readonly #draw: () => void;
  #canvas: HTMLCanvasElement | undefined;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  /** For `{@attach}` on the canvas. */
  readonly attach = (canvas: HTMLCanvasElement): (() => void) => {
    this.#canvas = canvas;
    const resize = new ResizeObserver(() => this.#draw());
    resize.observe(canvas);
    return () => {
      resize.disconnect();
      this.#canvas = undefined;
    };
  };

  /** What to draw on; `null` while the canvas has no size on the page. */
  begin(): Ground | null {
    const canvas = this.#canvas;
    const context = canvas?.clientWidth ? canvas.getContext('2d') : null;
    if (!canvas || !context) return null;
    const ratio = devicePixelRatio || 1;
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    // Setting a size clears the canvas and drops its memory, so only a new one is set.
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    return { context, width, height, ratio };
  }
}
