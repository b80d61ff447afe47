/** Subscriptions of a page to the channels of one machine: the listeners of each channel with their intervals, and the
 *  subscription that is sent for all of them. A hidden page subscribes to alerts only; the person may choose longer
 *  intervals, or pause. */
import type { Channel, ClientMessage, Frame } from '../../wire/wire';

export type FrameListener = (frame: Frame) => void;
/** At most every so many milliseconds; 0: as often as there is something. `null`: only when asked for. */
export type Floor = number | null;

/** Channels of events and viewers, to which the person's update interval does not apply. */
const NO_FIGURES: ReadonlySet<Channel> = new Set<Channel>(['alerts', 'sessions', 'sharing']);

export class Subscriptions {
  readonly #send: (message: ClientMessage) => void;
  /** Listeners of each channel, with their intervals. */
  readonly #listeners = new Map<Channel, Map<FrameListener, number>>();
  /** The last subscription that was sent: the interval of each channel. */
  readonly #asked = new Map<Channel, number>();
  /** Channels that wait for one frame only. */
  readonly #refreshing = new Set<Channel>();
  #visible = true;
  #floor: Floor = 0;

  constructor(send: (message: ClientMessage) => void) {
    this.#send = send;
  }

  get visible(): boolean {
    return this.#visible;
  }

  /** Frames of a channel for `onFrame`; the first is a key frame. `everyMs`: how often at most; 0: as often as there is
   *  something. Returns the undo. */
  use(channel: Channel, onFrame: FrameListener, everyMs: number): () => void {
    let listeners = this.#listeners.get(channel);
    if (!listeners) this.#listeners.set(channel, (listeners = new Map()));
    listeners.set(onFrame, everyMs);
    // A second listener needs a key frame of its own: subscribing again causes one.
    this.#subscribe([channel], true);
    return () => {
      listeners.delete(onFrame);
      if (this.#listeners.get(channel) !== listeners) return;
      if (listeners.size > 0) {
        // The other listeners may have longer intervals.
        if (this.#asked.has(channel) && this.#asked.get(channel) !== this.#everyMs(channel)) this.#subscribe([channel]);
        return;
      }
      this.#listeners.delete(channel);
      this.#refreshing.delete(channel);
      if (this.#visible) this.#unsubscribe([channel]);
    };
  }

  deliver(frame: Frame): void {
    for (const f of [...(this.#listeners.get(frame.channel)?.keys() ?? [])]) f(frame);
    if (this.#refreshing.delete(frame.channel)) this.#unsubscribe([frame.channel]);
  }

  /** A new session has no subscriptions: they are sent again. */
  begin(): void {
    this.#subscribe(this.#channels, true);
  }

  setVisible(visible: boolean): void {
    if (visible === this.#visible) return;
    this.#visible = visible;
    if (visible) this.#subscribe(this.#channels);
    else this.#unsubscribe(this.#channels);
  }

  setFloor(floor: Floor): void {
    if (floor === this.#floor) return;
    this.#floor = floor;
    const figures = this.#channels.filter((channel) => !NO_FIGURES.has(channel));
    if (floor !== null) this.#subscribe(figures);
    else if (this.#visible) this.#unsubscribe(figures);
  }

  /** One key frame of every channel with a listener. */
  refresh(): void {
    this.#subscribe(this.#channels, true);
  }

  get #channels(): Channel[] {
    return [...this.#listeners.keys()];
  }

  #unsubscribe(channels: Channel[]): void {
    for (const channel of channels) {
      this.#asked.delete(channel);
      this.#refreshing.delete(channel);
    }
    if (channels.length > 0) this.#send({ type: 'unsubscribe', channels });
  }

  /** Shortest interval of a channel. */
  #everyMs(channel: Channel): number {
    const wanted = Math.min(...(this.#listeners.get(channel)?.values() ?? [0]));
    return NO_FIGURES.has(channel) ? wanted : Math.max(wanted, this.#floor ?? 0);
  }

  /** `once`: while paused, one frame is requested all the same. */
  #subscribe(channels: Channel[], once = false): void {
    if (!this.#visible) return;
    const byEvery = new Map<number, Channel[]>();
    for (const channel of channels) {
      if (!NO_FIGURES.has(channel) && this.#floor === null) {
        if (!once) continue;
        this.#refreshing.add(channel);
      } else this.#refreshing.delete(channel);
      const everyMs = this.#everyMs(channel);
      this.#asked.set(channel, everyMs);
      byEvery.set(everyMs, [...(byEvery.get(everyMs) ?? []), channel]);
    }
    for (const [everyMs, together] of byEvery) this.#send({ type: 'subscribe', channels: together, ...(everyMs > 0 ? { intervalMs: everyMs } : {}) });
  }
}
