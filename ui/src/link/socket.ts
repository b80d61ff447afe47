/** The link over a network: keeps a session with one machine for as long as the page lives, and opens it again when it ends.
 *
 *  `link-machine.ts` decides, without a clock; this driver has the WebSocket (`session.ts`), the one timer, the events of
 *  the browser (online, visibility), and the requests to the window's program. */
import { type Cause, thrownCause } from '../text/cause';
import { POLL_EVERY_MS } from '../wire/contract';
import { fits } from '../wire/shape';
import type { ClientMessage, Scope, ServerMessage, SnapshotBody } from '../wire/wire';
import type { SocketLike } from './core-socket';
import { verdict } from './diagnosis';
import { Emitter } from './emitter';
import type { ConnectionState, Link, Pace, Timing } from './link';
import { step } from './link-machine';
import { begin, dueAtMs, type LinkAction, type LinkConfig, type LinkEvent, type LinkMemory } from './link-state';
import { Session, SUBPROTOCOL } from './session';
import { connectedOf, framesOf } from './snapshot-frames';
import type { Target } from './target';

export { SUBPROTOCOL };

interface Options {
  random?: () => number;
  /** In place of the engine's own WebSocket. */
  open?: (url: string, protocol: string) => SocketLike;
}

export class SocketLink implements Link {
  readonly #target: Target;
  readonly #config: LinkConfig;
  readonly #open: (url: string, protocol: string) => SocketLike;
  readonly #random: () => number;
  readonly #emitter = new Emitter();
  #state: LinkMemory;
  #session: Session | null = null;
  #scope: Scope;
  /** Events that occurred while actions were performed. */
  readonly #events: LinkEvent[] = [];
  #busy = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #armedMs: number | null = null;

  constructor(target: Target, options: Options = {}) {
    const { addresses, machineId, probe, socket, seenMs, goodbye } = target;
    this.#target = target;
    this.#config = { addresses, proven: machineId !== null, probes: probe !== null, socket: socket ?? true, seenMs, goodbye };
    this.#open = options.open ?? ((url, protocol) => new WebSocket(url, protocol));
    this.#random = options.random ?? Math.random;
    this.#scope = target.scope ?? 'view';
    this.#state = begin(this.#config, document.visibilityState === 'hidden');
    addEventListener('online', this.#online);
    document.addEventListener('visibilitychange', this.#visibility);
    this.#take({ type: 'start' });
  }

  send(message: ClientMessage): void {
    if (this.#session?.send(message)) this.#take({ type: 'sent', message });
  }

  onMessage(f: (message: ServerMessage) => void): () => void {
    return this.#emitter.onMessage(f);
  }

  onState(f: (state: ConnectionState) => void): () => void {
    return this.#emitter.onState(f);
  }

  onTiming(f: (timing: Timing) => void): () => void {
    return this.#emitter.onTiming(f);
  }

  retryNow(): void {
    this.#take({ type: 'retryNow' });
  }

  hurry(addresses: readonly string[] = []): void {
    this.#take({ type: 'announced', addresses });
  }

  setPace({ socket, everyMs }: Pace): void {
    this.#take({ type: 'pace', socket, everyMs });
  }

  refresh(): void {
    this.#take({ type: 'refresh' });
  }

  close(): void {
    removeEventListener('online', this.#online);
    document.removeEventListener('visibilitychange', this.#visibility);
    this.#take({ type: 'close' });
  }

  readonly #online = (): void => this.#take({ type: 'online' });

  readonly #visibility = (): void => this.#take({ type: document.visibilityState === 'hidden' ? 'hidden' : 'shown' });

  /** One event after the other: an event that an action causes is handled after all actions. */
  #take(event: LinkEvent): void {
    this.#events.push(event);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#events.shift(); next; next = this.#events.shift()) {
        const { state, actions } = step(this.#config, this.#state, next, Date.now(), this.#random);
        this.#state = state;
        for (const action of actions) this.#perform(action);
      }
    } finally {
      this.#busy = false;
    }
    this.#arm(event.type === 'heard');
  }

  /** `lazily`: keeps an earlier timer, which finds nothing to do; otherwise each message would set it again. */
  #arm(lazily: boolean): void {
    const dueMs = dueAtMs(this.#state);
    if (dueMs === this.#armedMs || (lazily && this.#armedMs !== null && dueMs !== null && dueMs > this.#armedMs)) return;
    clearTimeout(this.#timer);
    this.#armedMs = dueMs;
    if (dueMs === null) return;
    this.#timer = setTimeout(() => {
      this.#armedMs = null;
      this.#take({ type: 'time' });
    }, Math.max(0, dueMs - Date.now()));
  }

  #perform(action: LinkAction): void {
    switch (action.type) {
      case 'open':
        this.#connect(action.address);
        break;
      case 'close':
        this.#session?.close();
        this.#session = null;
        break;
      case 'ping':
        this.#session?.ping();
        break;
      case 'poll':
        void this.#poll(action.poll);
        break;
      case 'probe':
        void this.#probe(action.probe, action.address);
        break;
      case 'state':
        this.#emitter.setState(this.#shown(action.state));
    }
  }

  /** The address of the machine that served the page is not shown. */
  #shown(state: ConnectionState): ConnectionState {
    return state.kind === 'live' && this.#target.machineId === null ? { kind: 'live' } : state;
  }

  #connect(address: string): void {
    const { machineId, url } = this.#target;
    let socket: SocketLike;
    try {
      socket = this.#open(url(address), SUBPROTOCOL);
    } catch {
      this.#take({ type: 'ended', end: { kind: 'lost', why: { code: 'cannotOpen' }, told: false } });
      return;
    }
    this.#session = new Session({
      socket,
      machineId,
      onTiming: (timing) => this.#emitter.timing(timing),
      onHeard: () => this.#take({ type: 'heard' }),
      onConnected: ({ scope, channels }) => {
        this.#scope = scope;
        this.#take({ type: 'connected', channels });
      },
      onMessage: (message) => {
        if (message.type === 'goodbye') this.#take({ type: 'goodbye', reason: message.reason });
        if (this.#state.phase.kind === 'live') this.#emitter.message(message);
      },
      onEnd: (end) => {
        this.#session = null;
        this.#take({ type: 'ended', end });
      },
    });
  }

  async #poll(poll: number): Promise<void> {
    const { machineId } = this.#target;
    const everyMs = this.#state.poll.everyMs ?? POLL_EVERY_MS;
    const failed = (why: Cause, unauthorized = false) => this.#take({ type: 'pollFailed', poll, unauthorized, why });
    try {
      const body = await this.#target.poll();
      const frames = framesOf(body, everyMs);
      if (machineId !== null && body.machine.id !== machineId) failed({ code: 'anotherMachine' });
      else if (![connectedOf(body, this.#scope), ...frames].every(fits)) failed({ code: 'malformed' });
      else this.#polled(poll, body, frames);
    } catch (error) {
      failed(thrownCause(error), (error as { code?: unknown }).code === 'unauthorized');
    }
  }

  #polled(poll: number, body: SnapshotBody, frames: ServerMessage[]): void {
    const { number, asking, answers } = this.#state.poll;
    if (poll !== number || !asking) return;
    // A sample is half a second old on average when it is asked for.
    this.#emitter.timing({ roundTripMs: null, clockOffsetMs: body.sampledAtMs + 500 - Date.now() });
    this.#take({ type: 'polled', poll });
    if (!answers) this.#emitter.message(connectedOf(body, this.#scope));
    for (const message of frames) this.#emitter.message(message);
  }

  async #probe(probe: number, address: string): Promise<void> {
    try {
      const found = await this.#target.probe?.(address);
      if (found) this.#take({ type: 'probed', probe, verdict: verdict(found), answersHttp: found.kind === 'ok' || found.kind === 'blocked' });
      else this.#take({ type: 'probeFailed', probe });
    } catch {
      this.#take({ type: 'probeFailed', probe });
    }
  }
}
