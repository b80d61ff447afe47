/** Chooses how messages travel: IPC in the window, a WebSocket in a browser. */
import type { Host, Link, OpenOther } from './link';
import { SocketLink } from './socket';

export interface Opened {
  link: Link;
  /** `null` in a browser. */
  host: Host | null;
  /** How other machines are reached, where it is not as usual. */
  openOther?: OpenOther;
}

export async function open(): Promise<Opened> {
  if ('__TAURI_INTERNALS__' in window) {
    const { TauriLink, tauriHost } = await import('./tauri');
    return { link: new TauriLink(), host: tauriHost };
  }
  const replay = import.meta.env.DEV ? new URLSearchParams(location.search).get('replay') : null;
  if (import.meta.env.DEV && replay?.startsWith('fleet')) {
    const { openDemoFleet } = await import('./demo-fleet');
    return openDemoFleet(replay);
  }
  if (import.meta.env.DEV && replay !== null) {
    const { DemoLink } = await import('./demo');
    return { link: new DemoLink(), host: null };
  }
  const url = new URL('api/v1/stream', document.baseURI);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.search = url.hash = '';
  return { link: new SocketLink(url.href), host: null };
}
