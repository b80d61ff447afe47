/** Layout of the fleet: position of each heading and card, so that only visible ones are in the page. Pure. */
import type { FleetGroupRows } from './arrange';

export const CARD_HEIGHT = 156;
export const HEAD_HEIGHT = 32;
const CARD_MIN_WIDTH = 236;
const GAP = 12;

export interface Laid {
  /** Unique in the wall. */
  readonly id: string;
  /** Absent: a heading. */
  readonly key?: string;
  readonly group: FleetGroupRows;
  readonly folded: boolean;
  readonly top: number;
  readonly left: number;
  readonly width: number;
  readonly height: number;
}

export interface Wall {
  readonly laid: readonly Laid[];
  readonly columns: number;
  readonly height: number;
}

/** Cards side by side, as many as fit, of one width. */
export function layOut(groups: readonly FleetGroupRows[], width: number, folded: ReadonlySet<string>): Wall {
  const columns = Math.max(1, Math.floor((width + GAP) / (CARD_MIN_WIDTH + GAP)));
  const cardWidth = Math.floor((width - (columns - 1) * GAP) / columns);
  const laid: Laid[] = [];
  let top = 0;
  for (const group of groups) {
    const shut = group.fold !== null && folded.has(group.fold);
    if (group.fold !== null) {
      laid.push({ id: `head ${group.fold}`, group, folded: shut, top, left: 0, width, height: HEAD_HEIGHT });
      top += HEAD_HEIGHT;
    } else top += GAP;
    if (shut) continue;
    group.keys.forEach((key, index) => {
      const column = index % columns;
      laid.push({ id: `card ${key}`, key, group, folded: false, top: top + Math.floor(index / columns) * (CARD_HEIGHT + GAP), left: column * (cardWidth + GAP), width: cardWidth, height: CARD_HEIGHT });
    });
    top += Math.ceil(group.keys.length / columns) * (CARD_HEIGHT + GAP) - (group.keys.length > 0 ? GAP : 0);
  }
  return { laid, columns, height: top };
}

/** The card above or below, as the eye goes; `null` at the edge. */
export function neighbour({ laid }: Wall, id: string, direction: -1 | 1): Laid | null {
  const from = laid.find((one) => one.id === id);
  if (!from) return null;
  const rows = laid.filter((one) => one.key !== undefined && (direction > 0 ? one.top > from.top : one.top < from.top));
  const top = direction > 0 ? rows[0]?.top : rows.at(-1)?.top;
  const row = rows.filter((one) => one.top === top);
  return row.reduce<Laid | null>((best, one) => (best === null || Math.abs(one.left - from.left) < Math.abs(best.left - from.left) ? one : best), null);
}
