/** Moments and durations as text, in the viewer's time zone. */

const two = (value: number) => String(value).padStart(2, '0');

/** `17:06:27` */
export function clock(ms: number): string {
  const date = new Date(ms);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `17:06` */
export function clockShort(ms: number): string {
  return clock(ms).slice(0, 5);
}

const DATE = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' });

/** Date by locale: `Sat, 21 Nov 2026`. */
export function date(ms: number): string {
  return DATE.format(ms);
}

const SHORT_DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** Day and month by locale: `20 Nov`. */
export function dayShort(ms: number): string {
  return SHORT_DAY.format(ms);
}

/** Day of the calendar, the same everywhere: `2026-11-21`; empty for what is no date. */
export function day(ms: number): string {
  const at = new Date(ms);
  return Number.isNaN(at.getTime()) ? '' : at.toISOString().slice(0, 10);
}

/** `12:04:10` of today, `Thu, 19 Nov 12:04` of another day. */
export function moment(ms: number, nowMs: number): string {
  return new Date(ms).toDateString() === new Date(nowMs).toDateString() ? clock(ms) : `${DAY.format(ms)} ${clockShort(ms)}`;
}

const WEEKDAY = new Intl.DateTimeFormat(undefined, { weekday: 'short' });

/** When something was last so, as short as it can be: `12:04` today, `Thu 19:04` within a week, `9 Nov 19:04` before. */
export function lastTime(ms: number, nowMs: number): string {
  const midnightMs = new Date(nowMs).setHours(0, 0, 0, 0);
  if (ms >= midnightMs) return clockShort(ms);
  return `${ms >= midnightMs - 6 * 86_400_000 ? WEEKDAY.format(ms) : SHORT_DAY.format(ms)} ${clockShort(ms)}`;
}

/** Two largest units: `12 d 4 h`, `4 min 3 s`, `12 s`. */
export function duration(ms: number): string {
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
