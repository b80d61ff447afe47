/** Event emitter of one link: messages, states, measurements. */
import type { ServerMessage } from '../wire/wire';
import type { ConnectionState, Timing } from './link';

export class Emitter {
  state: ConnectionState = { kind: 'connecting' };
  readonly #messages = new Set<(message: ServerMessage) => void>();
  readonly #states = new Set<(state: ConnectionState) => void>();
  readonly #timings = new Set<(timing: Timing) => void>();

  onMessage(f: (message: ServerMessage) => void): () => void {
    this.#messages.add(f);
    return () => this.#messages.delete(f);
  }

  onState(f: (state: ConnectionState) => void): () => void {
    this.#states.add(f);
    f(this.state);
    return () => this.#states.delete(f);
  }

  onTiming(f: (timing: Timing) => void): () => void {
    this.#timings.add(f);
    return () => this.#timings.delete(f);
  }

  timing(timing: Timing): void {
    for (const f of this.#timings) f(timing);
  }

  message(message: ServerMessage): void {
    for (const f of this.#messages) f(message);
  }

  setState(state: ConnectionState): void {
    this.state = state;
    for (const f of this.#states) f(state);
  }
}
