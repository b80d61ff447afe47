/** One metric of all machines: the highest, its axis, and the positions of its labels. Pure. */
import type { FleetMetric } from '../../state/page/preferences.svelte';
import { percent, rate, roundRate, type Quantity, UNKNOWN } from '../../text/format';

export interface Metric {
  readonly key: FleetMetric;
  readonly text: string;
  readonly low: number;
  /** `null`: as high as the highest. */
  readonly high: number | null;
  /** As a readout. */
  readonly format: (value: number | null) => Quantity;
  /** As the top of an axis. */
  readonly top: (value: number) => string;
}

const ratio = (value: number | null): Quantity => percent(value, 0);
const degrees = (value: number | null): Quantity => (value === null ? UNKNOWN : { figure: value.toFixed(0), unit: '°C' });

export const METRICS: readonly Metric[] = [
  { key: 'cpu', text: 'CPU', low: 0, high: 1, format: ratio, top: () => '100 %' },
  { key: 'memory', text: 'Memory', low: 0, high: 1, format: ratio, top: () => '100 %' },
  { key: 'diskFull', text: 'Disk fullest', low: 0, high: 1, format: ratio, top: () => '100 %' },
  { key: 'net', text: 'Network', low: 0, high: null, format: rate, top: (value) => `${roundRate(value).figure} ${roundRate(value).unit}` },
  { key: 'temperature', text: 'Temperature', low: 0, high: 100, format: degrees, top: (value) => `${value} °C` },
];

/** How many are drawn in colour. */
export const LEADERS = 3;
/** Colours of the leaders, told apart by lightness first. */
export const LEADER_COLOURS = ['--s-1', '--s-3', '--s-4'] as const;
/** A machine takes a leader's place only when it is ahead by this share of the axis: colours do not flicker. */
const AHEAD = 0.02;

/** Keys of the leaders, each in the place (and colour) it has: places of those who stay do not change. */
export function leaders(values: ReadonlyMap<string, number>, before: readonly (string | null)[], span: number): (string | null)[] {
  const stayed = (key: string): boolean => before.includes(key);
  const ranked = [...values].sort(([a, x], [b, y]) => y + (stayed(b) ? AHEAD * span : 0) - x - (stayed(a) ? AHEAD * span : 0)).slice(0, LEADERS).map(([key]) => key);
  const places = Array.from({ length: LEADERS }, (_, place) => {
    const there = before[place] ?? null;
    return there !== null && ranked.includes(there) ? there : null;
  });
  for (const key of ranked) if (!places.includes(key)) places[places.indexOf(null)] = key;
  return places;
}

/** Heights of labels that want to be at `wanted`, `apart` from each other, between 0 and `height`, highest first. */
export function spread(wanted: readonly number[], apart: number, height: number): number[] {
  const order = wanted.map((y, index) => ({ y, index })).sort((a, b) => a.y - b.y || a.index - b.index);
  const out: number[] = Array.from({ length: wanted.length }, () => 0);
  let from = 0;
  for (const [place, { y, index }] of order.entries()) {
    const last = height - (order.length - 1 - place) * apart;
    from = Math.max(from, Math.min(Math.max(0, y), last));
    out[index] = Math.max(0, from);
    from += apart;
  }
  return out;
}
