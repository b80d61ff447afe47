/** One WebSocket to a machine, from its opening to its end. It tells once how it ended; trying again is the business of
 *  `socket.ts`. Of the messages it reads only what the connection itself needs.
 *
 *  To another machine both sides prove themselves first: it sends a challenge, the window's program answers it, and
 *  `connected` has to carry the machine's own proof. Until then nothing is asked, and nothing that is said is passed on. */
import { type Cause, thrownCause } from '../text/cause';
import type { ClientMessage, Connected, Goodbye, Proof, ServerMessage } from '../wire/wire';
import { CLOSE_CODES, FRAME_BYTES, PROTOCOL, SUBPROTOCOL } from '../wire/contract';
import { parseServerMessage } from '../wire/guard';
import { fits } from '../wire/shape';
import type { Timing } from './link';
import type { Identity } from './target';
import { TimingProbe } from './timing';
import { Watchdog } from './watchdog';

export { SUBPROTOCOL };
/** A session that lived shorter is not begun anew at once: a machine that hangs up on everyone is not hammered. */
const RESTART_AFTER_MS = 1_000;

/** How it ended. */
export type End =
  /** `heard`: the machine said something in this session. */
  | { kind: 'lost'; why: Cause; heard: boolean }
  | { kind: 'goodbye'; reason: Goodbye }
  /** It is to be begun anew at once. */
  | { kind: 'anew' }
  | { kind: 'toPair' }
  | { kind: 'incompatible'; theirs: number }
  | { kind: 'wrongMachine'; foundId: string | null };

interface Options {
  socket: WebSocket;
  /** `null`: the browser's cookie lets it in, or nothing does. */
  identity: Identity | null;
  /** From the beginning to `connected`. */
  handshakeMs: number;
  onTiming: (timing: Timing) => void;
  onConnected: (connected: Connected) => void;
  /** `connected` included. */
  onMessage: (message: ServerMessage) => void;
  /** Called once, unless it was closed from here. */
  onEnd: (end: End) => void;
}

export class Session {
  readonly #options: Options;
  readonly #handshake: ReturnType<typeof setTimeout>;
  readonly #watchdog: Watchdog;
  readonly #timing: TimingProbe;
  #connectedAtMs: number | null = null;
  #goodbye: Goodbye | null = null;
  #heard = false;
  /** What `connected` has to carry. */
  #proof: Proof | null = null;
  #challenged = false;
  #over = false;

  constructor(options: Options) {
    this.#options = options;
    const { socket } = options;
    this.#timing = new TimingProbe({ ask: (id) => this.send({ type: 'ping', id }), tell: options.onTiming });
    this.#watchdog = new Watchdog({ ping: () => this.#timing.ask(), dead: () => this.#end({ kind: 'lost', why: { code: 'noAnswer' }, heard: this.#heard }) });
    this.#handshake = setTimeout(() => this.#end({ kind: 'lost', why: { code: 'noAnswer' }, heard: this.#heard }), options.handshakeMs);
    socket.onmessage = (event: MessageEvent) => this.#receive(event.data);
    socket.onclose = ({ code }: CloseEvent) => this.#closed(code);
  }

  /** Since when it is connected; `null`: it is not yet. */
  get connectedAtMs(): number | null {
    return this.#connectedAtMs;
  }

  /** Sends if connected; dropped otherwise. */
  send(message: ClientMessage): void {
    const { socket } = this.#options;
    if (socket.readyState !== WebSocket.OPEN || this.#over) return;
    this.#watchdog.sent(message);
    socket.send(JSON.stringify(message));
  }

  /** There is a reason to doubt that the other end is there: asks now. */
  check(): void {
    if (this.#connectedAtMs !== null) this.#watchdog.ask();
  }

  /** Ends it without a word. */
  close(): void {
    this.#letGo(1000);
  }

  #receive(data: unknown): void {
    if (typeof data !== 'string') return;
    if (data.length > FRAME_BYTES) {
      this.#end({ kind: 'lost', why: { code: 'oversized' }, heard: true });
      return;
    }
    this.#heard = true;
    this.#watchdog.heard();
    const message = parseServerMessage(data);
    if (!message) return;
    if (!fits(message)) {
      this.#end({ kind: 'lost', why: { code: 'malformed' }, heard: true });
      return;
    }
    switch (message.type) {
      case 'challenge':
        this.#challenge(message.machineId, message.nonce);
        return;
      case 'connected':
        this.#connect(message);
        return;
      case 'goodbye':
        this.#goodbye = message.reason;
        break;
      case 'pong':
        this.#timing.answered(message.id, message.serverTimeMs);
        break;
      default:
    }
    if (this.#connectedAtMs !== null) this.#options.onMessage(message);
  }

  /** The machine asks for proof. A browser has none: its access is a cookie. */
  #challenge(machineId: string, nonce: string): void {
    const { identity } = this.#options;
    if (this.#challenged || this.#connectedAtMs !== null) return;
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
      else this.#end({ kind: 'lost', why: thrownCause(error), heard: true });
    }
  }

  #connect(message: { type: 'connected' } & Connected): void {
    const { identity } = this.#options;
    if (this.#connectedAtMs !== null) return;
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
    clearTimeout(this.#handshake);
    this.#goodbye = null;
    this.#connectedAtMs = Date.now();
    this.#watchdog.start(message.channels);
    this.#options.onConnected(message);
    this.#timing.start(message.serverTimeMs);
    this.#options.onMessage(message);
  }

  #closed(code: number): void {
    const upMs = this.#connectedAtMs === null ? 0 : Date.now() - this.#connectedAtMs;
    const anew = this.#goodbye === 'changed' || (this.#goodbye === null && code === CLOSE_CODES.changed);
    if (anew && upMs >= RESTART_AFTER_MS) this.#end({ kind: 'anew' });
    else if (this.#goodbye !== null && this.#goodbye !== 'changed') this.#end({ kind: 'goodbye', reason: this.#goodbye });
    else this.#end({ kind: 'lost', why: { code: this.#connectedAtMs === null ? 'didNotAnswer' : 'broke' }, heard: this.#heard });
  }

  #end(end: End): void {
    if (this.#over) return;
    this.#letGo();
    this.#options.onEnd(end);
  }

  /** Lets go of the socket; what it still says is nobody's business. */
  #letGo(code?: number): void {
    if (this.#over) return;
    const { socket } = this.#options;
    this.#over = true;
    socket.onmessage = socket.onclose = null;
    clearTimeout(this.#handshake);
    this.#watchdog.stop();
    this.#timing.stop();
    socket.close(code);
  }
}
