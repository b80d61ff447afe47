/** Lines and areas of a column that has gaps: `NaN` ends a run, and nothing joins two runs. */

/** From values to device pixels, linear. */
export interface Projection {
  x: (ms: number) => number;
  y: (value: number) => number;
}

export interface Paths {
  stroke: Path2D;
  fill: Path2D | null;
}

interface Shape {
  /** Lower edge of the area; `null`: zero. */
  base: ArrayLike<number> | null;
  area: boolean;
  /** Zero draws no line: in a mirrored plot both lines would lie on the middle and hide it. */
  quiet: boolean;
}

/** Paths of `column` over `times`. */
export function tracePaths(times: ArrayLike<number>, column: ArrayLike<number>, { base, area, quiet }: Shape, projection: Projection): Paths {
  const stroke = new Path2D();
  const fill = area ? new Path2D() : null;
  const { x, y } = projection;
  const zero = y(0);
  let start = -1;
  for (let index = 0; index <= times.length; index++) {
    const present = index < times.length && !Number.isNaN(column[index] as number);
    if (present && start < 0) start = index;
    if (present || start < 0) continue;
    traceRun(start, index);
    start = -1;
  }
  return { stroke, fill };

  function traceRun(from: number, to: number): void {
    const single = to - from === 1;
    for (let index = from; index < to; index++) {
      const px = x(times[index] as number);
      const py = y(column[index] as number);
      if (index === from) {
        stroke.moveTo(px, py);
        // A lone sample between two gaps would be invisible.
        if (single) stroke.lineTo(px + 1, py);
        fill?.moveTo(px, py);
      } else {
        if (quiet && !column[index] && !column[index - 1]) stroke.moveTo(px, py);
        else stroke.lineTo(px, py);
        fill?.lineTo(px, py);
      }
    }
    if (!fill) return;
    if (base) {
      for (let index = to - 1; index >= from; index--) fill.lineTo(x(times[index] as number), y(base[index] as number));
    } else {
      fill.lineTo(x(times[to - 1] as number), zero);
      fill.lineTo(x(times[from] as number), zero);
    }
    fill.closePath();
  }
}
