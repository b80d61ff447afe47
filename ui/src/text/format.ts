/** Numbers as text. The only place where percent and unit prefixes exist. Independent of state and views. */

/** A figure and its unit, separate because the unit is shown in a weaker colour. */
export interface Quantity {
  figure: string;
  /** Empty: a bare number. */
  unit: string;
}

/** Placeholder of an unknown value. */
export const UNKNOWN: Quantity = { figure: '–', unit: '' };

/** More than any amount that there is, in whatever unit: a machine that says so is wrong, or lies. */
const MOST = 1e15;
/** Storage has more. */
const MOST_STORED = 1e18;
/** All of the largest machine's threads. */
const MOST_RATIO = 1e4;
/** Absolute zero, and what melts everything. */
const [COLDEST, HOTTEST] = [-273.15, 1e4];

/** `value`, where it can be; `null` is shown as unknown. */
const possible = (value: number | null, most = MOST, least = 0): number | null => (value !== null && value >= least && value <= most ? value : null);

const THIN = '\u2009';

/** A `Quantity` as running text. */
export function plain(quantity: Quantity): string {
  return quantity.unit === '' ? quantity.figure : `${quantity.figure} ${quantity.unit}`;
}

/** Whole number with thin spaces between thousands. */
export function whole(given: number | null): string {
  const value = possible(given, MOST, -MOST);
  return value === null ? '–' : String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, THIN);
}

/** `number` with a fixed count of decimals. */
export function fixed(given: number | null, decimals = 1): string {
  const value = possible(given, MOST, -MOST);
  return value === null ? '–' : value.toFixed(decimals);
}

/** A ratio as percent. */
export function percent(given: number | null, decimals = 1): Quantity {
  const ratio = possible(given, MOST_RATIO);
  if (ratio === null) return UNKNOWN;
  const value = ratio * 100;
  return { figure: value >= 999.95 ? whole(value) : value.toFixed(decimals), unit: '%' };
}

const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const DECIMAL = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

function scaled(value: number, step: number, units: string[], decimals: (scaled: number, power: number) => number): Quantity {
  let power = 0;
  let rest = value;
  while (power < units.length - 1 && Number(rest.toFixed(decimals(rest, power))) >= step) {
    rest /= step;
    power += 1;
  }
  return { figure: rest.toFixed(decimals(rest, power)), unit: units[power] as string };
}

/** Memory of a process or of Sightline itself: `613 MiB`, `1.85 GiB`. */
export function memory(given: number | null): Quantity {
  const bytes = possible(given);
  if (bytes === null) return UNKNOWN;
  return scaled(bytes, 1024, BINARY, (_, power) => (power >= 3 ? 2 : 0));
}

/** Memory of the machine, always in GiB: its figures are compared with each other. */
export function gibibytes(given: number | null, decimals = 1): Quantity {
  const bytes = possible(given);
  return bytes === null ? UNKNOWN : { figure: (bytes / 2 ** 30).toFixed(decimals), unit: 'GiB' };
}

/** Storage: `412 GB`, `3.64 TB`. */
export function storage(given: number | null): Quantity {
  const bytes = possible(given, MOST_STORED);
  if (bytes === null) return UNKNOWN;
  return scaled(bytes, 1000, DECIMAL, (value, power) => (power >= 4 ? 2 : power >= 2 && value < 10 ? 1 : 0));
}

/** Used of total, in the unit of the total: `3.64`, `4.00 TB`. */
export function storageOf(givenUsed: number | null, givenTotal: number | null): { used: string; total: Quantity } {
  const [usedBytes, totalBytes] = [possible(givenUsed, MOST_STORED), possible(givenTotal, MOST_STORED)];
  if (totalBytes === null) return { used: plain(storage(usedBytes)), total: UNKNOWN };
  const total = storage(totalBytes);
  if (usedBytes === null) return { used: '–', total };
  const scale = 1000 ** DECIMAL.indexOf(total.unit);
  const used = usedBytes / scale;
  const decimals = total.unit === 'TB' || total.unit === 'PB' ? 2 : used < 10 ? 1 : 0;
  return { used: used.toFixed(decimals), total };
}

/** Bytes a second: `0 B/s`, `878 kB/s`, `3.9 MB/s`. */
export function rate(given: number | null): Quantity {
  const bytesPerS = possible(given);
  if (bytesPerS === null) return UNKNOWN;
  const { figure, unit } = scaled(bytesPerS, 1000, DECIMAL, (value, power) => (power === 0 ? 0 : power >= 3 ? 2 : value < (power === 1 ? 10 : 100) ? 1 : 0));
  return { figure, unit: `${unit}/s` };
}

/** Top of a rate axis, without needless decimals: `2.5 MB/s`. */
export function roundRate(bytesPerS: number): Quantity {
  if (possible(bytesPerS, 10 * MOST) === null) return UNKNOWN;
  let power = 0;
  let rest = bytesPerS;
  while (power < DECIMAL.length - 1 && rest >= 1000) {
    rest /= 1000;
    power += 1;
  }
  return { figure: String(Number(rest.toPrecision(3))), unit: `${DECIMAL[power] as string}/s` };
}

/** Link speed: `866 Mb/s`, `1 Gb/s`. */
export function linkSpeed(given: number | null): Quantity {
  const bitsPerS = possible(given);
  if (bitsPerS === null) return UNKNOWN;
  if (bitsPerS >= 1e9) return { figure: String(Number((bitsPerS / 1e9).toFixed(1))), unit: 'Gb/s' };
  return { figure: String(Math.round(bitsPerS / 1e6)), unit: 'Mb/s' };
}

export function gigahertz(given: number | null): Quantity {
  const hertz = possible(given, 1e12);
  return hertz === null ? UNKNOWN : { figure: (hertz / 1e9).toFixed(2), unit: 'GHz' };
}

export function celsius(given: number | null): Quantity {
  const value = possible(given, HOTTEST, COLDEST);
  return value === null ? UNKNOWN : { figure: value.toFixed(1), unit: '°C' };
}

export function perSecond(given: number | null): Quantity {
  const value = possible(given);
  return value === null ? UNKNOWN : { figure: value < 10 && value > 0 ? value.toFixed(1) : whole(value), unit: '/s' };
}

export function rpm(given: number | null): Quantity {
  const value = possible(given, 1e6);
  return value === null ? UNKNOWN : { figure: whole(Math.round(value / 10) * 10), unit: 'rpm' };
}

/** A count with its noun: `1 thread`, `16 threads`. */
export function count(value: number, one: string, many: string): string {
  return `${whole(value)} ${value === 1 ? one : many}`;
}
