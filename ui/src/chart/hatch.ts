/** Hatch pattern that marks a range without samples. */
const DISTANCE = 6;

/** Hatches a rectangle; all in device pixels, lines `ratio` wide. */
export function hatch(context: CanvasRenderingContext2D, left: number, top: number, width: number, height: number, colour: string, ratio: number): void {
  if (width < 1) return;
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.beginPath();
  // Anchored to the canvas, not to the gap: stripes of neighbouring plots run on and do not crawl when the gap moves.
  const first = Math.floor((left - height) / (DISTANCE * ratio)) * DISTANCE * ratio;
  for (let x = first; x < left + width; x += DISTANCE * ratio) {
    context.moveTo(x, top + height);
    context.lineTo(x + height, top);
  }
  context.strokeStyle = colour;
  context.lineWidth = ratio;
  context.stroke();
  context.restore();
}
