/** The browser's link: a WebSocket to the machine that served this page. Never reads what the messages say, save
 *  what the connection itself needs (`connected`, `challenge`, `goodbye`). */
import type { ClientMessage, Goodbye, ServerMessage } from '../wire/wire';
import { parseServerMessage, PROTOCOL } from '../wire/guard';
import { Backoff } from './backoff';
import { Emitter } from './emitter';
import type { ConnectionState, Link, Timing } from './link';
import { Watchdog } from './watchdog';

export const SUBPROTOCOL = 'sightline.v1';
/** A handshake that takes longer is given up. */
const HANDSHAKE_MS = 8_000;
/** Without data for this long the page says so and shows its last values as old. */
const STALE_AFTER_MS = 30_000;
/** The machine ends the session to begin it anew, with another scope (`changed`), whether it says so or not. */
const RESTART_CODE = 1012;
/** A session that lived shorter is not begun anew at once: a machine that hangs up on everyone is not hammered. */
const RESTART_AFTER_MS = 1_000;
/** The machine said it would not have us: trying again changes nothing until someone acts. */
const FINAL: ReadonlySet<Goodbye> = new Set<Goodbye>(['revoked', 'unauthorized', 'protocol', 'tooLarge']);
/** The machine went away on purpose: no warning, and it is awaited quietly. */
const QUIET: ReadonlySet<Goodbye> = new Set<Goodbye>(['shutdown', 'suspend', 'update']);

interface Options {
  random?: () => number;
  open?: (url: string, protocol: string) => WebSocket;
}

export class SocketLink implements Link {
  readonly #url: string;
  readonly #open: (url: string, protocol: string) => WebSocket;
  readonly #emitter = new Emitter();
  readonly #backoff: Backoff;
  readonly #watchdog: Watchdog;
  #socket: WebSocket | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #handshake: ReturnType<typeof setTimeout> | undefined;
  #stale: ReturnType<typeof setTimeout> | undefined;
  #retryAtMs: number | null = null;
  #liveSinceMs: number | null = null;
  #lastHeardMs: number | null = null;
  #goodbye: Goodbye | null = null;
  #closed = false;

  constructor(url: string, options: Options = {}) {
    this.#url = url;
    this.#open = options.open ?? ((address, protocol) => new WebSocket(address, protocol));
    this.#backoff = new Backoff(options.random);
    this.#watchdog = new Watchdog({
      ping: () => this.send({ type: 'ping', id: 0 }),
      dead: () => this.#drop('no answer'),
    });
    addEventListener('online', this.#hurry);
    document.addEventListener('visibilitychange', this.#hurry);
    this.#connect();
  }

  send(message: ClientMessage): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#watchdog.sent(message);
    this.#socket.send(JSON.stringify(message));
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

  hurry(): void {
    this.#hurry();
  }

  setPace(): void {
    // Not yet: always by socket.
  }

  refresh(): void {
    // Not yet: always by socket.
  }

  retryNow(): void {
    if (this.#closed || this.#socket) return;
    this.#goodbye = null;
    this.#backoff.reset();
    this.#connect();
  }

  close(): void {
    this.#closed = true;
    removeEventListener('online', this.#hurry);
    document.removeEventListener('visibilitychange', this.#hurry);
    clearTimeout(this.#retry);
    clearTimeout(this.#stale);
    this.#release()?.close(1000);
  }

  /** The network is back, or somebody looks again: no reason to wait out the rest. */
  readonly #hurry = (): void => {
    if (document.visibilityState === 'hidden' || this.#socket || this.#retryAtMs === null) return;
    this.#backoff.reset();
    this.#connect();
  };

  #connect(): void {
    clearTimeout(this.#retry);
    this.#retryAtMs = null;
    let socket: WebSocket;
    try {
      socket = this.#open(this.#url, SUBPROTOCOL);
    } catch {
      this.#waitAndRetry('the address cannot be opened');
      return;
    }
    this.#socket = socket;
    this.#handshake = setTimeout(() => this.#drop('no answer'), HANDSHAKE_MS);
    socket.onmessage = (event: MessageEvent) => {
      if (typeof event.data === 'string') this.#heard(event.data);
    };
    socket.onclose = ({ code }: CloseEvent) => {
      const anew = this.#goodbye === 'changed' || (this.#goodbye === null && code === RESTART_CODE);
      if (anew && this.#upMs() >= RESTART_AFTER_MS) this.#restart();
      else this.#drop(this.#liveSinceMs === null ? 'it does not answer' : 'the connection broke');
    };
  }

  #heard(text: string): void {
    this.#lastHeardMs = Date.now();
    this.#watchdog.heard();
    const message = parseServerMessage(text);
    if (!message) return;
    if (message.type === 'connected') {
      clearTimeout(this.#handshake);
      if (message.protocol !== PROTOCOL) {
        this.#release()?.close(1000);
        this.#emitter.setState({ kind: 'incompatible', theirs: message.protocol });
        return;
      }
      clearTimeout(this.#stale);
      this.#stale = undefined;
      this.#goodbye = null;
      this.#liveSinceMs = Date.now();
      this.#watchdog.start(message.channels);
      this.#emitter.setState({ kind: 'live' });
    } else if (message.type === 'challenge') {
      this.#toPair();
    } else if (message.type === 'goodbye') {
      this.#goodbye = message.reason;
    }
    this.#emitter.message(message);
  }

  /** The machine asks for a token, which a page never has: its access is a cookie, and this browser has none. Nothing
   *  is tried again until a person acts. */
  #toPair(): void {
    this.#release()?.close(1000);
    clearTimeout(this.#stale);
    this.#stale = undefined;
    // It was no data: nothing that is shown can grow old from here.
    this.#lastHeardMs = null;
    this.#emitter.setState({ kind: 'toPair' });
  }

  #restart(): void {
    this.#release();
    this.#goodbye = null;
    this.#emitter.setState({ kind: 'connecting' });
    this.#connect();
  }

  /** How long it has been live; 0 where it is not. */
  #upMs(): number {
    return this.#liveSinceMs === null ? 0 : Date.now() - this.#liveSinceMs;
  }

  /** Lets go of the socket; what it still says is nobody's business. */
  #release(): WebSocket | null {
    const socket = this.#socket;
    if (socket) socket.onmessage = socket.onclose = null;
    this.#socket = null;
    clearTimeout(this.#handshake);
    this.#watchdog.stop();
    if (this.#liveSinceMs !== null) this.#backoff.ended(this.#upMs());
    this.#liveSinceMs = null;
    return socket;
  }

  #drop(why: string): void {
    const looked = this.#liveSinceMs !== null;
    this.#release()?.close();
    if (this.#goodbye && FINAL.has(this.#goodbye)) {
      clearTimeout(this.#stale);
      this.#emitter.setState({ kind: 'ended', reason: this.#goodbye, ...(looked ? { atMs: Date.now() } : {}) });
      return;
    }
    this.#waitAndRetry(why);
  }

  #waitAndRetry(why: string): void {
    const waitMs = this.#backoff.nextMs();
    const retryAtMs = Date.now() + waitMs;
    this.#retryAtMs = retryAtMs;
    this.#retry = setTimeout(() => this.#connect(), waitMs);
    if (this.#goodbye && QUIET.has(this.#goodbye)) {
      if (this.#emitter.state.kind !== 'ended') this.#emitter.setState({ kind: 'ended', reason: this.#goodbye });
      return;
    }
    const silentMs = this.#lastHeardMs === null ? 0 : Date.now() - this.#lastHeardMs;
    if (this.#lastHeardMs !== null && silentMs >= STALE_AFTER_MS) {
      this.#emitter.setState({ kind: 'stale', sinceMs: this.#lastHeardMs, retryAtMs, why });
      return;
    }
    this.#emitter.setState({ kind: 'reconnecting', retryAtMs, why });
    if (this.#lastHeardMs !== null) this.#stale ??= setTimeout(() => this.#turnStale(why), STALE_AFTER_MS - silentMs);
  }

  #turnStale(why: string): void {
    this.#stale = undefined;
    if (this.#emitter.state.kind !== 'reconnecting' || this.#lastHeardMs === null) return;
    this.#emitter.setState({ kind: 'stale', sinceMs: this.#lastHeardMs, retryAtMs: this.#retryAtMs, why });
  }
}
