/** Listeners of one link: messages and states. */
import type { ServerMessage } from '../wire/wire';
import type { ConnectionState } from './link';

export class Emitter {
  state: ConnectionState = { kind: 'connecting' };
  readonly #messages = new Set<(message: ServerMessage) => void>();
  readonly #states = new Set<(state: ConnectionState) => void>();

  onMessage(f: (message: ServerMessage) => void): () => void {
    this.#messages.add(f);
    return () => this.#messages.delete(f);
  }

  onState(f: (state: ConnectionState) => void): () => void {
    this.#states.add(f);
    f(this.state);
    return () => this.#states.delete(f);
  }

  message(message: ServerMessage): void {
    for (const f of this.#messages) f(message);
  }

  setState(state: ConnectionState): void {
    this.state = state;
    for (const f of this.#states) f(state);
  }
}
