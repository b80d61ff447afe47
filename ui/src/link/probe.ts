/** A raw WebSocket for the protocol console: nothing is interpreted, retried or hidden here. */
import { foreignBody } from '../wire/foreign';

export interface ProbeEvents {
  onopen: (protocol: string) => void;
  onmessage: (data: string | ArrayBuffer) => void;
  /** `opened`: whether it had been connected. */
  onclose: (code: number, reason: string, opened: boolean) => void;
}

export class Probe {
  readonly #socket: WebSocket;

  /** @throws where the address or the subprotocol cannot be used at all. */
  constructor(url: string, protocol: string, events: ProbeEvents) {
    const socket = protocol === '' ? new WebSocket(url) : new WebSocket(url, protocol);
    let opened = false;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      opened = true;
      events.onopen(socket.protocol);
    };
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => events.onmessage(event.data);
    socket.onclose = (event) => events.onclose(event.code, event.reason, opened);
    this.#socket = socket;
  }

  /** Whether it was sent. */
  send(data: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(data);
    return true;
  }

  close(): void {
    this.#socket.close(1000);
  }
}

/** URL of `path` on this server; never of another one. */
const onThisServer = (path: string) => new URL(`./${path}`, document.baseURI);

/** WebSocket URL of `path` on this server. */
export function probeUrl(path: string): string {
  const url = onThisServer(path);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.hash = '';
  return url.href;
}

/** Answer of the path to a plain GET: a browser does not tell a page why an upgrade failed. */
export async function plainAnswer(path: string): Promise<{ status: number; message: string }> {
  const response = await fetch(onThisServer(path), { headers: { accept: 'application/json' }, cache: 'no-store' });
  const body: unknown = await foreignBody(response).catch(() => null);
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : null;
  const message = typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : response.statusText;
  return { status: response.status, message };
}

/** The machine's own id, which is part of a path; its name. */
export async function thisMachine(): Promise<{ id: string; name: string }> {
  const response = await fetch(new URL('api/v1/devices', document.baseURI));
  if (!response.ok) throw new Error(`the machine answers ${response.status}`);
  const { devices } = (await foreignBody(response)) as { devices: { uuid: string; name: string }[] };
  const [device] = devices;
  if (!device) throw new Error('the machine names no device');
  return { id: device.uuid, name: device.name };
}
