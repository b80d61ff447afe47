/** Moments and durations as text, in the viewer's time zone. What is no moment is `–`: a machine may say any number, and
 *  the engine throws for one that has no date. */

const two = (value: number) => String(value).padStart(2, '0');

/** The last moment that has a date in every time zone. */
const LAST_MS = 8.64e15 - 86_400_000;
const NEVER = '–';
/** Longest time that is told: no machine runs for 1000 years. */
const LONGEST_MS = 1_000 * 365 * 86_400_000;

export const isMoment = (ms: number): boolean => Math.abs(ms) <= LAST_MS;

/** A formatter that throws for nothing. */
export function formatter(locale: string | undefined, options: Intl.DateTimeFormatOptions): (ms: number) => string {
  const format = new Intl.DateTimeFormat(locale, options);
  return (ms) => (isMoment(ms) ? format.format(ms) : NEVER);
}

/** For `datetime`; `undefined`: it has none. */
export const machineTime = (ms: number): string | undefined => (isMoment(ms) ? new Date(ms).toISOString() : undefined);

/** `17:06:27` */
export function clock(ms: number): string {
  if (!isMoment(ms)) return NEVER;
  const date = new Date(ms);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `17:06` */
export function clockShort(ms: number): string {
  return clock(ms).slice(0, 5);
}

const DATE = formatter(undefined, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
const DAY = formatter(undefined, { weekday: 'short', day: 'numeric', month: 'short' });

/** Date by locale: `Sat, 21 Nov 2026`. */
export function date(ms: number): string {
  return DATE(ms);
}

const SHORT_DAY = formatter(undefined, { day: 'numeric', month: 'short' });

/** Day and month by locale: `20 Nov`. */
export function dayShort(ms: number): string {
  return SHORT_DAY(ms);
}

/** Day of the calendar, the same everywhere: `2026-11-21`; empty for what is no date. */
export function day(ms: number): string {
  const at = new Date(ms);
  return Number.isNaN(at.getTime()) ? '' : at.toISOString().slice(0, 10);
}

/** `12:04:10` of today, `Thu, 19 Nov 12:04` of another day. */
export function moment(ms: number, nowMs: number): string {
  if (!isMoment(ms)) return NEVER;
  return new Date(ms).toDateString() === new Date(nowMs).toDateString() ? clock(ms) : `${DAY(ms)} ${clockShort(ms)}`;
}

const WEEKDAY = formatter(undefined, { weekday: 'short' });

/** When something was last so, as short as it can be: `12:04` today, `Thu 19:04` within a week, `9 Nov 19:04` before. */
export function lastTime(ms: number, nowMs: number): string {
  if (!isMoment(ms)) return NEVER;
  const midnightMs = new Date(nowMs).setHours(0, 0, 0, 0);
  if (ms >= midnightMs) return clockShort(ms);
  return `${ms >= midnightMs - 6 * 86_400_000 ? WEEKDAY(ms) : SHORT_DAY(ms)} ${clockShort(ms)}`;
}

/** Two largest units: `12 d 4 h`, `4 min 3 s`, `12 s`. */
export function duration(ms: number): string {
  if (!(Math.abs(ms) <= LONGEST_MS)) return NEVER;
  const total = Math.max(0, Math.round(ms / 1000));
  const parts: [number, string][] = [
    [Math.floor(total / 86_400), 'd'],
    [Math.floor(total / 3600) % 24, 'h'],
    [Math.floor(total / 60) % 60, 'min'],
    [total % 60, 's'],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([value], index) => index === 0 || value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
}

/** `2 min 15 s ago` */
export function ago(ms: number): string {
  return `${duration(ms)} ago`;
}

/** Time since start as the head shows it: never finer than minutes. */
export function uptime(seconds: number): string {
  return seconds < 60 ? 'less than 1 min' : duration(Math.floor(seconds / 60) * 60_000);
}
