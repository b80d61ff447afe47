/** The window's link: the same messages over IPC, pulled with exactly one request in flight, so that a slow page can
 *  never queue. The only file that knows Tauri; loaded only in the window. */
import { invoke } from '@tauri-apps/api/core';
import { thrownCause } from '../text/cause';
import type { ClientMessage, ServerMessage, SnapshotBody } from '../wire/wire';
import { PROTOCOL } from '../wire/contract';
import { parseForeign } from '../wire/foreign';
import { parseServerMessage } from '../wire/guard';
import { Emitter } from './emitter';
import type { ConnectionState, Host, Link, MachineHost, SocketHost } from './link';

/** Pause between two tries: the other end is the window's own process, so no back-off is needed. */
const RETRY_MS = 1_000;

export class TauriLink implements Link {
  readonly #emitter = new Emitter();
  #session = '';
  #sending: Promise<unknown> = Promise.resolve();
  #wake: (() => void) | null = null;
  #closed = false;

  constructor() {
    void this.#run();
  }

  send(message: ClientMessage): void {
    const session = this.#session;
    const body = new TextEncoder().encode(JSON.stringify(message));
    // One after the other: two commands in flight may overtake each other.
    this.#sending = this.#sending.then(() => invoke('send', body, { headers: { session } })).catch(() => undefined);
  }

  onMessage(f: (message: ServerMessage) => void): () => void {
    return this.#emitter.onMessage(f);
  }

  onState(f: (state: ConnectionState) => void): () => void {
    return this.#emitter.onState(f);
  }

  retryNow(): void {
    this.#wake?.();
  }

  /** This machine's clock is this page's. */
  onTiming(): () => void {
    return () => undefined;
  }

  hurry(): void {
    this.#wake?.();
  }

  setPace(): void {
    // IPC has no WebSocket that could be switched off.
  }

  refresh(): void {
    // IPC does not poll.
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      this.#session = crypto.randomUUID();
      const startedMs = Date.now();
      try {
        await this.#pull(this.#session);
      } catch (error) {
        this.#emitter.setState({ kind: 'reconnecting', retryAtMs: Date.now() + RETRY_MS, why: thrownCause(error) });
      }
      if (this.#closed) return;
      // A session that was up and ended (the machine slept) is opened again at once; one that failed to open after a pause.
      if (Date.now() - startedMs > RETRY_MS) continue;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, RETRY_MS);
      });
    }
  }

  /** Until the session ends: `next` answers with all waiting messages, a line each. */
  async #pull(session: string): Promise<void> {
    const decoder = new TextDecoder();
    while (!this.#closed) {
      const body = await invoke<ArrayBuffer | number[]>('next', { session });
      const text = decoder.decode(body instanceof ArrayBuffer ? body : Uint8Array.from(body));
      for (const line of text.split('\n')) {
        const message = line === '' ? null : parseServerMessage(line);
        if (!message) continue;
        if (message.type === 'connected') {
          if (message.protocol !== PROTOCOL) {
            this.#closed = true;
            this.#emitter.setState({ kind: 'incompatible', theirs: message.protocol });
            return;
          }
          this.#emitter.setState({ kind: 'live' });
        }
        this.#emitter.message(message);
        if (message.type === 'goodbye') {
          this.#emitter.setState({ kind: 'ended', reason: message.reason });
          return;
        }
      }
    }
  }
}

const sockets: SocketHost = {
  open: (page, socket, id, address) => invoke('machine_socket_open', { page, socket, id, address }),
  send: (page, socket, text) => invoke('machine_socket_send', new TextEncoder().encode(text), { headers: { page, socket: String(socket) } }),
  next: async (page) => {
    const body = await invoke<ArrayBuffer | number[]>('machine_socket_next', { page });
    return body instanceof ArrayBuffer ? new Uint8Array(body) : Uint8Array.from(body);
  },
  close: (page, socket) => invoke('machine_socket_close', { page, socket }),
};

const machineHost: MachineHost = {
  read: () => invoke('machines_read'),
  save: (machines) => invoke('machines_save', { machines }),
  take: () => invoke('machines_take'),
  exportList: () => invoke('machines_export'),
  importList: () => invoke('machines_import'),
  pair: (link) => invoke('machine_pair', { link }),
  compare: (address) => invoke('machine_compare', { address }),
  compareEnd: (ticket, same) => invoke('machine_compare_end', { ticket, same }),
  probe: (id, address) => invoke('machine_probe', { id, address }),
  poll: async (id) => {
    const body = await invoke<ArrayBuffer | number[]>('machine_poll', { id });
    return parseForeign(new TextDecoder().decode(body instanceof ArrayBuffer ? body : Uint8Array.from(body))) as SnapshotBody;
  },
  found: (after) => invoke('machines_found', { after }),
  sockets,
};

export const tauriHost: Host = {
  readPreferences: () => invoke('preferences_read'),
  writePreferences: (preferences) => invoke('preferences_write', { preferences }),
  signalProcess: ({ pid, startedAtMs, signal, name }) => invoke('process_signal', { pid, startedAtMs, signal, name }),
  windowReady: () => invoke('window_ready'),
  machines: machineHost,
};
