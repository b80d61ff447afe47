/** Notices a connection that is open but silent: asks after three intervals, gives it up five seconds later. */
import { MISSED_INTERVALS, PONG_WITHIN_MS } from '../wire/contract';
import type { Channel, ChannelInfo, ClientMessage } from '../wire/wire';

/** Silence that is normal while nothing is subscribed, or only what comes when something happens. */
const IDLE_MS = 20_000;
/** A page that nobody sees waits for alerts only, and asks seldom whether they could still come. */
const HIDDEN_MS = 60_000;
/** Their interval is how fast an event can come, not how often one does. */
const EVENTS: ReadonlySet<string> = new Set<Channel>(['alerts']);

export class Watchdog {
  readonly #ping: () => void;
  readonly #dead: () => void;
  #intervals = new Map<string, number>();
  #subscribed = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = false;
  #running = false;

  constructor(actions: { ping: () => void; dead: () => void }) {
    this.#ping = actions.ping;
    this.#dead = actions.dead;
  }

  start(channels: ChannelInfo[]): void {
    this.#running = true;
    this.#intervals = new Map(channels.map((channel) => [channel.name, channel.intervalMs]));
    this.#subscribed.clear();
    this.heard();
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  /** Learns from what the page asks for how often it should hear something. */
  sent(message: ClientMessage): void {
    if (message.type === 'subscribe') {
      for (const channel of message.channels) {
        if (!EVENTS.has(channel)) this.#subscribed.set(channel, Math.max(message.intervalMs ?? 0, this.#intervals.get(channel) ?? IDLE_MS));
      }
    } else if (message.type === 'unsubscribe') {
      for (const channel of message.channels) this.#subscribed.delete(channel);
    } else return;
    if (this.#running && !this.#asked) this.heard();
  }

  heard(): void {
    if (!this.#running) return;
    this.#asked = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.ask(), this.#patienceMs());
  }

  /** Asks now whether the other end is there. */
  ask(): void {
    if (!this.#running || this.#asked) return;
    this.#asked = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#dead, PONG_WITHIN_MS);
    this.#ping();
  }

  #patienceMs(): number {
    if (document.visibilityState === 'hidden') return HIDDEN_MS;
    return this.#subscribed.size === 0 ? IDLE_MS : MISSED_INTERVALS * Math.min(...this.#subscribed.values());
  }
}
