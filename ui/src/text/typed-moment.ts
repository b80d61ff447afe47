/** A moment as a person types it: `14:32`, `14:32:05 yesterday`, `today 9:05`. Pure. */
import { clock } from './time';

/** The moment, Unix milliseconds; `yesterday` where it was typed, or because the time is still to come today. */
export interface TypedMoment {
  readonly atMs: number;
  readonly yesterday: boolean;
  /** As it is shown: `14:32:05`, `14:32:05 yesterday`. */
  readonly text: string;
}

const TIME = /^(?:(today|yesterday)\s+)?(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s+(today|yesterday))?$/i;

/** The moment, in the viewer's time zone; `null`: it is no time. */
export function typedMoment(text: string, nowMs: number): TypedMoment | null {
  const [, before, hours = '', minutes = '', seconds = '0', after] = TIME.exec(text.trim()) ?? [];
  if (hours === '' || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59 || (before !== undefined && after !== undefined)) return null;
  const day = (before ?? after)?.toLowerCase();
  const at = new Date(nowMs);
  at.setHours(Number(hours), Number(minutes), Number(seconds), 0);
  const yesterday = day === 'yesterday' || (day === undefined && at.getTime() > nowMs);
  // By the calendar: a day is not always 24 hours.
  if (yesterday) at.setDate(at.getDate() - 1);
  return { atMs: at.getTime(), yesterday, text: yesterday ? `${clock(at.getTime())} yesterday` : clock(at.getTime()) };
}
