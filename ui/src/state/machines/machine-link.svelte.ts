/** The connection to one machine: its link, how fresh it is, the requests and subscriptions that run over it, and the
 *  correction of the machine's clock.
 *
 *  Every time that leaves this class is of the viewer's clock, and every time that is sent is of the machine's. Other
 *  messages than frames and responses go to the owner. */
import type { ConnectionState, Link, Timing } from '../../link/link';
import type { Methods } from '../../wire/contract';
import type { Channel, Method, ServerMessage } from '../../wire/wire';
import type { UpdateEvery } from '../page/preferences.svelte';
import { RequestError, Requests } from './requests';
import { type FrameListener, Subscriptions } from './subscriptions';
import { alertHere, answeredHere, askedThere, frameHere, machineHere, settledOffset } from './viewer-clock';

/** Messages for the owner: all but those that the link and this class handle themselves. */
export type OwnerMessage = Extract<ServerMessage, { type: 'connected' | 'alert' | 'lagged' | 'goodbye' }>;

export interface LinkOwner {
  onMessage(message: OwnerMessage): void;
  onConnection(state: ConnectionState): void;
  /** The page was hidden or shown. */
  onVisibility(): void;
  /** The clock correction changed: times that are kept move by `shiftMs`. */
  onClockShift(shiftMs: number): void;
}

export class MachineLink {
  /** How fresh the data is. */
  connection = $state.raw<ConnectionState>({ kind: 'connecting' });
  /** Round-trip time, milliseconds; `null`: not measured yet. */
  roundTripMs = $state.raw<number | null>(null);
  /** By how much the machine's clock is ahead of this viewer's, milliseconds; 0 where it is too little to tell. */
  clockOffsetMs = $state.raw(0);
  /** When a message arrived last; `null`: not since the page was loaded. Not reactive. */
  heardMs: number | null = null;
  /** The person's update interval, milliseconds; 0: as sampled, or paused. */
  paceMs = 0;
  readonly #owner: LinkOwner;
  readonly #requests = new Requests();
  readonly #subscriptions = new Subscriptions((message) => this.#link?.send(message));
  #link: Link | null = null;

  constructor(owner: LinkOwner) {
    this.#owner = owner;
  }

  /** Data is there and current: connected, and something has arrived. */
  get fresh(): boolean {
    return this.connection.kind === 'live' || this.connection.kind === 'polling';
  }

  get visible(): boolean {
    return this.#subscriptions.visible;
  }

  /** Uses `link` for as long as the page lives; returns the undo. */
  start(link: Link): () => void {
    this.#link = link;
    this.#subscriptions.setVisible(document.visibilityState !== 'hidden');
    const undo = [
      link.onTiming((timing) => this.#setTiming(timing)),
      link.onMessage((message) => this.#receive(message)),
      link.onState((state) => this.#setConnection(state)),
    ];
    const onVisibility = () => this.#setVisible(document.visibilityState !== 'hidden');
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      for (const f of undo) f();
      link.close();
      this.#requests.abandon();
      this.#link = null;
    };
  }

  /** Subscribes again to every channel with a listener, since a new session has no subscriptions. Alerts arrive whether the
   *  page is hidden or not. */
  subscribeAll(): void {
    this.#subscriptions.begin();
    this.#link?.send({ type: 'subscribe', channels: ['alerts'] });
  }

  /** See `MachineState.use`. */
  use(channel: Channel, onFrame: FrameListener, everyMs = 0): () => void {
    return this.#subscriptions.use(channel, onFrame, everyMs);
  }

  /** See `MachineState.request`. */
  request<M extends Method>(method: M, params?: Methods[M]['params']): Promise<Methods[M]['result']> {
    const link = this.#link;
    if (!link || !this.fresh) return Promise.reject(new RequestError({ code: 'unavailable', message: 'not connected' }));
    if (this.connection.kind === 'polling') return Promise.reject(new RequestError({ code: 'unavailable', message: 'this needs a WebSocket, which does not get through' }));
    const offsetMs = this.clockOffsetMs;
    const there = askedThere(method, params, offsetMs);
    const answer = this.#requests.open(method, (id) => link.send({ type: 'request', id, method, ...(there === undefined ? {} : { params: there }) }));
    return answer.then((result) => answeredHere(method, result, offsetMs) as Methods[M]['result']);
  }

  setPace(updateEvery: UpdateEvery, pollOnly: boolean): void {
    const everyMs = updateEvery === 'paused' ? null : updateEvery === 'sampled' ? 0 : updateEvery * 1_000;
    this.paceMs = everyMs ?? 0;
    this.#subscriptions.setFloor(everyMs);
    this.#link?.setPace({ socket: !pollOnly, everyMs });
  }

  refresh(): void {
    this.#subscriptions.refresh();
    this.#link?.refresh();
  }

  retryNow(): void {
    this.#link?.retryNow();
  }

  hurry(addresses: readonly string[]): void {
    this.#link?.hurry(addresses);
  }

  #receive(message: ServerMessage): void {
    this.heardMs = Date.now();
    switch (message.type) {
      case 'connected':
        this.#owner.onMessage({ ...message, machine: machineHere(message.machine, this.clockOffsetMs) });
        break;
      case 'frame':
        this.#subscriptions.deliver(frameHere(message, this.clockOffsetMs));
        break;
      case 'response':
        this.#requests.settle(message);
        break;
      case 'alert':
        this.#owner.onMessage({ ...message, event: alertHere(message.event, this.clockOffsetMs) });
        break;
      case 'lagged':
      case 'goodbye':
        this.#owner.onMessage(message);
        break;
      // Handled by the link.
      case 'challenge':
      case 'pong':
      case 'error':
        break;
    }
  }

  #setConnection(state: ConnectionState): void {
    this.connection = state;
    if (!this.fresh) this.#requests.abandon();
    this.#owner.onConnection(state);
  }

  #setVisible(visible: boolean): void {
    if (visible === this.visible) return;
    this.#subscriptions.setVisible(visible);
    this.#owner.onVisibility();
  }

  #setTiming({ roundTripMs, clockOffsetMs }: Timing): void {
    if (roundTripMs !== null) this.roundTripMs = Math.round(roundTripMs);
    const settled = settledOffset(this.clockOffsetMs, clockOffsetMs);
    if (settled === this.clockOffsetMs) return;
    const shiftMs = this.clockOffsetMs - settled;
    this.clockOffsetMs = settled;
    this.#owner.onClockShift(shiftMs);
    // The history is loaded again, with the next key frame.
    if (this.connection.kind === 'live') this.#subscriptions.begin();
  }
}
