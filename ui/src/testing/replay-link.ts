/** A link that plays given messages: tests stand in for a machine with it, and the demo machines build on it. */
import type { ClientMessage, ServerMessage } from '../wire/wire';
import { Emitter } from '../link/emitter';
import type { ConnectionState, Link, Pace, Timing } from '../link/link';

export class ReplayLink implements Link {
  readonly sent: ClientMessage[] = [];
  readonly #emitter = new Emitter();
  retries = 0;
  readonly hurries: (readonly string[])[] = [];
  refreshes = 0;
  pace: Pace | null = null;
  closed = false;
  /** Called with each message the page sends; may answer with `play`. */
  onSend: ((message: ClientMessage) => void) | null = null;

  send(message: ClientMessage): void {
    this.sent.push(message);
    this.onSend?.(message);
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
    this.retries += 1;
  }

  hurry(addresses: readonly string[] = []): void {
    this.hurries.push(addresses);
  }

  setPace(pace: Pace): void {
    this.pace = pace;
  }

  refresh(): void {
    this.refreshes += 1;
  }

  close(): void {
    this.closed = true;
  }

  /** Delivers messages as if the machine had sent them. */
  play(...messages: ServerMessage[]): void {
    for (const message of messages) {
      if (message.type === 'connected') this.become({ kind: 'live' });
      this.#emitter.message(message);
    }
  }

  measure(timing: Timing): void {
    this.#emitter.timing(timing);
  }

  become(state: ConnectionState): void {
    this.#emitter.setState(state);
  }
}
