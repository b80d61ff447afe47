/** WebSockets that the window's program opens for the page, which may open none itself. The program authenticates both
 *  ends; the first message of such a socket is `connected`.
 *
 *  All of them share one pull request: the messages of all sockets arrive together, with one request in flight. A socket is
 *  read no faster than the page pulls. */
import type { ErrorBody } from '../wire/wire';
import type { SocketHost } from './link';

/** Head of each message in an answer: number of the socket, kind, length. */
const HEAD_BYTES = 9;
const MESSAGE = 0;
/** Pause after a pull that failed, as when the program is ending; and for how long the end of a socket may be pulled. */
const RETRY_MS = 1_000;
/** RFC 6455: abnormal closure. */
const BROKEN = 1006;

/** The part of WebSocket that a session uses. */
export interface SocketLike {
  readonly readyState: number;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  /** It was not opened, and nothing follows; what the window's program says. The engine's own sockets say nothing. */
  onrefused?: ((error: unknown) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

export class CoreSockets {
  readonly #host: SocketHost;
  /** The program closes sockets that a page with another id left open. */
  readonly #page = crypto.randomUUID();
  readonly #open = new Map<number, CoreSocket>();
  #last = 0;
  #pulling = false;

  constructor(host: SocketHost) {
    this.#host = host;
  }

  /** Opens one to machine `id` at `address`. */
  open(id: string, address: string): SocketLike {
    const number = ++this.#last;
    const [page, host] = [this.#page, this.#host];
    const socket = new CoreSocket({
      send: (text) => host.send(page, number, text),
      close: () => {
        this.#open.delete(number);
        void host.close(page, number).catch(() => undefined);
      },
    });
    this.#open.set(number, socket);
    host.open(page, number, id, address).then(
      () => socket.opened(),
      (error: unknown) => {
        this.#open.delete(number);
        socket.refused(error);
      },
    );
    void this.#pull();
    return socket;
  }

  async #pull(): Promise<void> {
    if (this.#pulling) return;
    this.#pulling = true;
    while (this.#open.size > 0) {
      try {
        this.#deal(await this.#host.next(this.#page));
      } catch {
        for (const number of [...this.#open.keys()]) this.#ended(number, BROKEN);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    this.#pulling = false;
  }

  #deal(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const decoder = new TextDecoder();
    for (let at = 0; at + HEAD_BYTES <= bytes.byteLength; ) {
      const [number, kind, length] = [view.getUint32(at), view.getUint8(at + 4), view.getUint32(at + 5)];
      const from = at + HEAD_BYTES;
      at = from + length;
      if (kind === MESSAGE) this.#open.get(number)?.received(decoder.decode(bytes.subarray(from, at)));
      else this.#ended(number, view.getUint16(from));
    }
  }

  #ended(number: number, code: number): void {
    const socket = this.#open.get(number);
    this.#open.delete(number);
    socket?.ended(code);
  }
}

class CoreSocket implements SocketLike {
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  onrefused: ((error: unknown) => void) | null = null;
  #readyState: number = WebSocket.CONNECTING;
  readonly #way: { send: (text: string) => Promise<void>; close: () => void };
  #sending: Promise<void> = Promise.resolve();

  constructor(way: { send: (text: string) => Promise<void>; close: () => void }) {
    this.#way = way;
  }

  get readyState(): number {
    return this.#readyState;
  }

  send(text: string): void {
    // One after the other: two commands in flight may overtake each other.
    this.#sending = this.#sending.then(() => (this.#readyState === WebSocket.OPEN ? this.#way.send(text) : undefined)).catch((error: unknown) => {
      // Its end, and the last messages before it, are still to be pulled.
      if ((error as Partial<ErrorBody> | null)?.code === 'notFound') setTimeout(() => this.#broke(), RETRY_MS);
      else this.#broke();
    });
  }

  close(): void {
    if (this.#readyState === WebSocket.CLOSED) return;
    this.#readyState = WebSocket.CLOSED;
    this.#way.close();
  }

  opened(): void {
    if (this.#readyState === WebSocket.CONNECTING) this.#readyState = WebSocket.OPEN;
  }

  received(text: string): void {
    // The first message may come before the answer that it is open.
    this.opened();
    if (this.#readyState === WebSocket.OPEN) this.onmessage?.(new MessageEvent('message', { data: text }));
  }

  refused(error: unknown): void {
    if (this.#readyState === WebSocket.CLOSED) return;
    this.#readyState = WebSocket.CLOSED;
    this.onrefused?.(error);
  }

  ended(code: number): void {
    if (this.#readyState === WebSocket.CLOSED) return;
    this.#readyState = WebSocket.CLOSED;
    this.onclose?.(new CloseEvent('close', { code }));
  }

  #broke(): void {
    if (this.#readyState === WebSocket.CLOSED) return;
    this.#way.close();
    this.ended(BROKEN);
  }
}
