/** Detects a connection that is open but silent: it is pinged after three intervals, and given up five seconds later. */
import { MISSED_INTERVALS, PONG_WITHIN_MS } from '../wire/contract';
import type { Channel, ChannelInfo, ClientMessage } from '../wire/wire';

/** Silence that is normal while nothing is subscribed, or only event channels are: one and a half times the interval of
 *  the machine's own pings, which a page does not see. */
const IDLE_MS = 30_000;
/** A hidden page waits for alerts only, and pings seldom. */
const HIDDEN_MS = 60_000;
/** Their interval is how fast an event can come, not how often one does. */
const EVENTS: ReadonlySet<string> = new Set<Channel>(['alerts', 'sessions', 'sharing']);

export interface Watch {
  /** Shortest interval of each channel, as announced in `connected`. */
  readonly intervals: Readonly<Record<string, number>>;
  /** Intervals of the subscribed channels. */
  readonly subscribed: Readonly<Record<string, number>>;
  readonly heardMs: number;
  /** It was pinged, and nothing arrived since. */
  readonly askedMs: number | null;
}

/** A session began that knows these channels. */
export function watch(channels: readonly ChannelInfo[], nowMs: number): Watch {
  return { intervals: Object.fromEntries(channels.map(({ name, intervalMs }) => [name, intervalMs])), subscribed: {}, heardMs: nowMs, askedMs: null };
}

export function heard(watch: Watch, nowMs: number): Watch {
  return { ...watch, heardMs: nowMs, askedMs: null };
}

export function asked(watch: Watch, nowMs: number): Watch {
  return { ...watch, askedMs: nowMs };
}

/** Learns from this client's subscriptions how often messages should arrive. */
export function sent(watch: Watch, message: ClientMessage, nowMs: number): Watch {
  if (message.type !== 'subscribe' && message.type !== 'unsubscribe') return watch;
  const others = Object.entries(watch.subscribed).filter(([channel]) => !message.channels.includes(channel));
  const wanted = message.type === 'subscribe' ? message.channels.filter((channel) => !EVENTS.has(channel) && (watch.intervals[channel] ?? 0) > 0) : [];
  const floorMs = message.type === 'subscribe' ? (message.intervalMs ?? 0) : 0;
  const subscribed = Object.fromEntries([...others, ...wanted.map((channel) => [channel, Math.max(floorMs, watch.intervals[channel] ?? 0)] as const)]);
  return { ...watch, subscribed, heardMs: watch.askedMs === null ? nowMs : watch.heardMs };
}

/** When the next step is due: to ping, or to give up after a ping. */
export function watchDueMs({ subscribed, heardMs, askedMs }: Watch, hidden: boolean): number {
  if (askedMs !== null) return askedMs + PONG_WITHIN_MS;
  const intervals = Object.values(subscribed);
  if (hidden) return heardMs + HIDDEN_MS;
  return heardMs + (intervals.length === 0 ? IDLE_MS : MISSED_INTERVALS * Math.min(...intervals));
}
