/** Draws lines of the fleet on canvases. Independent of machines: a trace, a box and a scale. */
import type { Trace } from './trace';

export interface Box {
  /** Device pixels. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Scale {
  readonly fromMs: number;
  readonly toMs: number;
  readonly low: number;
  readonly high: number;
}

/** Adds the runs of a trace to a path; each area is closed at the bottom of the box. */
export function addRuns({ times, values, length }: Trace, { left, top, width, height }: Box, { fromMs, toMs, low, high }: Scale, line: Path2D, area: Path2D | null): void {
  const xOf = width / (toMs - fromMs);
  const yOf = height / (high - low);
  const bottom = top + height;
  let firstX = NaN;
  let lastX = NaN;
  let lastY = NaN;
  const end = (): void => {
    if (Number.isNaN(firstX)) return;
    // A lone point between two gaps would be invisible.
    if (lastX === firstX) line.lineTo(lastX + 1, lastY);
    if (area) {
      area.lineTo(lastX, bottom);
      area.lineTo(firstX, bottom);
      area.closePath();
    }
    firstX = NaN;
  };
  for (let index = 0; index < length; index += 1) {
    const value = values[index] as number;
    if (Number.isNaN(value)) {
      end();
      continue;
    }
    const x = left + ((times[index] as number) - fromMs) * xOf;
    const y = bottom - Math.max(0, Math.min(1.02 * (high - low), value - low)) * yOf;
    if (Number.isNaN(firstX)) {
      firstX = x;
      line.moveTo(x, y);
      area?.moveTo(x, y);
    } else {
      line.lineTo(x, y);
      area?.lineTo(x, y);
    }
    lastX = x;
    lastY = y;
  }
  end();
}

export interface Ink {
  readonly line: string;
  readonly fill: string;
}

/** A small line with its area. */
export function spark(context: CanvasRenderingContext2D, trace: Trace, box: Box, scale: Scale, ink: Ink, lineWidth: number): void {
  const line = new Path2D();
  const area = new Path2D();
  context.save();
  context.beginPath();
  context.rect(box.left, box.top - lineWidth, box.width, box.height + 2 * lineWidth);
  context.clip();
  addRuns(trace, box, scale, line, area);
  context.fillStyle = ink.fill;
  context.fill(area);
  context.strokeStyle = ink.line;
  context.lineWidth = lineWidth;
  context.lineJoin = 'round';
  context.stroke(line);
  context.restore();
}
