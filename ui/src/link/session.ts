/** One WebSocket to a machine, from its opening to its end. It reports once how it ended; what follows, and after which
 *  wait, is decided in `link-machine.ts`. It reads only the messages that concern the connection itself.
 *
 *  With another machine both sides authenticate first: it sends a challenge, the window's program answers it, and
 *  `connected` has to contain the machine's own proof. Until then nothing is sent, and nothing that arrives is passed on. */
import { type Cause, thrownCause } from '../text/cause';
import type { ClientMessage, Connected, Proof, ServerMessage } from '../wire/wire';
import { FRAME_BYTES, PROTOCOL, SUBPROTOCOL } from '../wire/contract';
import { parseServerMessage } from '../wire/guard';
import { fits } from '../wire/shape';
import type { SocketLike } from './core-socket';
import type { Timing } from './link';
import type { End } from './link-state';
import type { Identity } from './target';
import { TimingProbe } from './timing';

export { SUBPROTOCOL };

interface Options {
  socket: SocketLike;
  /** `null`: access is by the browser's cookie. */
  identity: Identity | null;
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
  /** The proof that `connected` has to contain. */
  #proof: Proof | null = null;
  #challenged = false;
  #over = false;

  constructor(options: Options) {
    this.#options = options;
    const { socket } = options;
    this.#timing = new TimingProbe({ ask: (id) => this.send({ type: 'ping', id }), report: options.onTiming });
    socket.onmessage = (event: MessageEvent) => this.#receive(event.data);
    socket.onclose = ({ code }: CloseEvent) => this.#end({ kind: 'closed', code, told: this.#heard });
  }

  /** Sends if connected; dropped otherwise. Whether it was sent. */
  send(message: ClientMessage): boolean {
    const { socket } = this.#options;
    if (socket.readyState !== WebSocket.OPEN || this.#over) return false;
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
        this.#challenge(message.machineId, message.nonce);
        return;
      case 'connected':
        this.#connect(message);
        return;
      case 'pong':
        this.#timing.answered(message.id, message.serverTimeMs);
        break;
      default:
    }
    if (this.#connected || message.type === 'goodbye') this.#options.onMessage(message);
  }

  /** The machine asks for proof. A browser has none: its access is a cookie. */
  #challenge(machineId: string, nonce: string): void {
    const { identity } = this.#options;
    if (this.#challenged || this.#connected) return;
    this.#challenged = true;
    if (identity === null) this.#end({ kind: 'toPair' });
    else if (machineId !== identity.id) this.#end({ kind: 'wrongMachine', foundId: machineId });
    else void this.#prove(identity, nonce);
  }

  async #prove(identity: Identity, nonce: string): Promise<void> {
    try {
      const proof = await identity.prove(identity.id, nonce);
      this.#proof = proof;
      this.send({ type: 'auth', tokenId: proof.tokenId, nonce: proof.nonce, mac: proof.mac });
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (code === 'notFound') this.#end({ kind: 'toPair' });
      else if (code === 'unauthorized') this.#end({ kind: 'wrongMachine', foundId: null });
      else this.#lost(thrownCause(error));
    }
  }

  #connect(message: { type: 'connected' } & Connected): void {
    const { identity } = this.#options;
    if (this.#connected) return;
    if (identity !== null) {
      if (message.machine.id !== identity.id) {
        this.#end({ kind: 'wrongMachine', foundId: message.machine.id });
        return;
      }
      if (this.#proof === null || message.mac !== this.#proof.serverMac) {
        this.#end({ kind: 'wrongMachine', foundId: null });
        return;
      }
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
    socket.onmessage = socket.onclose = null;
    this.#timing.stop();
    socket.close(code);
  }
}
