/** Chooses how messages travel: IPC in the window, a WebSocket in a browser. */
import type { Host, Link } from './link';
import { SocketLink } from './socket';

export interface Opened {
  link: Link;
  /** `null` in a browser. */
  host: Host | null;
}

export async function open(): Promise<Opened> {
  if ('__TAURI_INTERNALS__' in window) {
    const { TauriLink, tauriHost } = await import('./tauri');
    return { link: new TauriLink(), host: tauriHost };
  }
  if (import.meta.env.DEV && new URLSearchParams(location.search).has('replay')) {
    const { DemoLink } = await import('./demo');
    return { link: new DemoLink(), host: null };
  }
  const url = new URL('api/v1/stream', document.baseURI);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.search = url.hash = '';
  return { link: new SocketLink(url.href), host: null };
}
