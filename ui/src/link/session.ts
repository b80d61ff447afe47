/** One WebSocket to a machine, from its opening to its end. It reports once how it ended; what follows, and after which
 *  wait, is decided in `link-machine.ts`. It reads only the messages that concern the connection itself.
 *
 *  Of another machine the window's program opens the socket, once both sides have authenticated. Until `connected` nothing
 *  is sent, and nothing that arrives is passed on. */
import type { Cause } from '../text/cause';
import type { ClientMessage, Connected, ServerMessage } from '../wire/wire';
import { FRAME_BYTES, PROTOCOL, SUBPROTOCOL } from '../wire/contract';
import { parseServerMessage } from '../wire/guard';
import { fits } from '../wire/shape';
import type { SocketLike } from './core-socket';
import { attemptEnd } from './diagnosis';
import type { Timing } from './link';
import type { End } from './link-state';
import { TimingProbe } from './timing';

export { SUBPROTOCOL };

/** RFC 6455: a message is too large. */
const TOO_LARGE = 1009;

interface Options {
  socket: SocketLike;
  /** Which machine it has to be; `null`: whichever served this page, and access is by the browser's cookie. */
  machineId: string | null;
  onTiming: (timing: Timing) => void;
  /** Any message arrived. */
  onHeard: () => void;
  onConnected: (connected: Connected) => void;
  /** `connected` included. */
  onMessage: (message: ServerMessage) => void;
  /** Called once, unless it was closed from here. */
  onEnd: (end: End) => void;
}

export class Session {
  readonly #options: Options;
  readonly #timing: TimingProbe;
  #connected = false;
  #heard = false;
  /** The machine said goodbye. */
  #left = false;
  #over = false;

  constructor(options: Options) {
    this.#options = options;
    const { socket } = options;
    this.#timing = new TimingProbe({ ask: (id) => this.send({ type: 'ping', id }), report: options.onTiming });
    socket.onmessage = (event: MessageEvent) => this.#receive(event.data);
    // The window's program closes a socket by this code over a message that it does not take.
    socket.onclose = ({ code }: CloseEvent) => (code === TOO_LARGE && !this.#left ? this.#lost({ code: 'oversized' }) : this.#end({ kind: 'closed', code, told: this.#heard }));
    socket.onrefused = (error: unknown) => this.#refused(error);
  }

  /** Sends if connected; dropped otherwise. Whether it was sent. */
  send(message: ClientMessage): boolean {
    const { socket } = this.#options;
    if (socket.readyState !== WebSocket.OPEN || !this.#connected || this.#over) return false;
    socket.send(JSON.stringify(message));
    return true;
  }

  /** Measures the round-trip time, and whether the other end still answers. */
  ping(): void {
    this.#timing.ask();
  }

  /** Closes it without calling `onEnd`. */
  close(): void {
    this.#letGo(1000);
  }

  #receive(data: unknown): void {
    if (typeof data !== 'string') return;
    if (data.length > FRAME_BYTES) {
      this.#lost({ code: 'oversized' });
      return;
    }
    this.#heard = true;
    this.#options.onHeard();
    const message = parseServerMessage(data);
    if (!message) return;
    if (!fits(message)) {
      this.#lost({ code: 'malformed' });
      return;
    }
    switch (message.type) {
      case 'challenge':
        // This page has no proof: its access is a cookie, or the window's program has answered already.
        if (!this.#connected) this.#end({ kind: 'toPair' });
        return;
      case 'connected':
        this.#connect(message);
        return;
      case 'pong':
        this.#timing.answered(message.id, message.serverTimeMs);
        break;
      default:
    }
    if (message.type === 'goodbye') this.#left = true;
    if (this.#connected || message.type === 'goodbye') this.#options.onMessage(message);
  }

  #refused(error: unknown): void {
    const { end, goodbye } = attemptEnd(error);
    if (goodbye !== null) this.#options.onMessage({ type: 'goodbye', reason: goodbye });
    this.#end(end);
  }

  #connect(message: { type: 'connected' } & Connected): void {
    const { machineId } = this.#options;
    if (this.#connected) return;
    if (machineId !== null && message.machine.id !== machineId) {
      this.#end({ kind: 'wrongMachine', foundId: message.machine.id });
      return;
    }
    if (message.protocol !== PROTOCOL) {
      this.#end({ kind: 'incompatible', theirs: message.protocol });
      return;
    }
    this.#connected = true;
    this.#options.onConnected(message);
    this.#timing.start(message.serverTimeMs);
    this.#options.onMessage(message);
  }

  #lost(why: Cause): void {
    this.#end({ kind: 'lost', why, told: true });
  }

  #end(end: End): void {
    if (this.#over) return;
    this.#letGo();
    this.#options.onEnd(end);
  }

  /** Closes the socket; what still arrives is ignored. */
  #letGo(code?: number): void {
    if (this.#over) return;
    const { socket } = this.#options;
    this.#over = true;
    socket.onmessage = socket.onclose = socket.onrefused = null;
    this.#timing.stop();
    socket.close(code);
  }
}
