/** Virtual list of the sidebar: position of each row, and which rows are visible. Only those are in the page. Pure. */

/** Something of a fixed height in a list. */
export interface Placed<T> {
  readonly item: T;
  readonly top: number;
  readonly height: number;
}

/** Stacks items from the top. */
export function stacked<T>(items: readonly T[], heightOf: (item: T) => number): { placed: Placed<T>[]; height: number } {
  let top = 0;
  const placed = items.map((item) => {
    const height = heightOf(item);
    const one = { item, top, height };
    top += height;
    return one;
  });
  return { placed, height: top };
}

/** The part of `placed` (sorted by `top`) that is between two heights. */
export function inSight<T extends { readonly top: number; readonly height: number }>(placed: readonly T[], fromY: number, toY: number): T[] {
  let low = 0;
  let high = placed.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const one = placed[middle] as T;
    if (one.top + one.height <= fromY) low = middle + 1;
    else high = middle;
  }
  const end = placed.findIndex((one, index) => index >= low && one.top >= toY);
  return placed.slice(low, end < 0 ? placed.length : end);
}

/** The place among placed rows that is nearest to a height: before which one, or after all of them. */
export function gapAt<T>(placed: readonly Placed<T>[], y: number): number {
  const at = placed.findIndex(({ top, height }) => y < top + height / 2);
  return at < 0 ? placed.length : at;
}
