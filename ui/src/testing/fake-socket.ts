/** A WebSocket without a network, for tests: the test is the machine at its other end. */
import type { ClientMessage, ServerMessage } from '../wire/wire';

export class FakeSocket {
  static all: FakeSocket[] = [];
  readyState: number = WebSocket.CONNECTING;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onrefused: ((error: unknown) => void) | null = null;
  sent: string[] = [];

  constructor(
    readonly url: string,
    readonly protocol: string,
  ) {
    FakeSocket.all.push(this);
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.closedBy(1006);
  }

  /** The machine closes the socket. */
  closedBy(code: number): void {
    this.readyState = WebSocket.CLOSED;
    this.onclose?.({ code });
  }

  /** The window's program did not open it. */
  refusedWith(error: unknown): void {
    this.readyState = WebSocket.CLOSED;
    this.onrefused?.(error);
  }

  /** Messages of the page, by type. */
  sentOf<T extends ClientMessage['type']>(type: T): Extract<ClientMessage, { type: T }>[] {
    return this.sent.map((text) => JSON.parse(text) as ClientMessage).filter((message): message is Extract<ClientMessage, { type: T }> => message.type === type);
  }

  /** Answers all requests so far; later ones are not answered. */
  answerPings(): void {
    for (const { id } of this.sentOf('ping')) this.say({ type: 'pong', id, serverTimeMs: Date.now() });
  }

  /** The upgrade is done; no message has arrived yet. */
  opened(): void {
    this.readyState = WebSocket.OPEN;
  }

  say(message: ServerMessage | string): void {
    this.readyState = WebSocket.OPEN;
    this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) });
  }
}
