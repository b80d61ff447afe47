/** Where this page finds its machine: at its own address, or where whoever built the page said (`VITE_WS_URL`,
 *  `VITE_ENABLE_WS`), for people who host the page elsewhere. */

const STREAM = 'api/v1/stream';

export interface Hosted {
  /** Of the stream, `ws:` or `wss:`. */
  streamUrl: string;
  /** Of the whole last sample, `http:` or `https:`. */
  snapshotUrl: string;
  /** `false`: built to poll only. */
  socket: boolean;
}

/** What the page was built with; absent: nothing. */
export interface BuildOptions {
  VITE_WS_URL?: string | undefined;
  VITE_ENABLE_WS?: string | undefined;
}

/** `pageUrl`: where the page is. Throws a `TypeError` with a sentence for people where the address cannot be used. */
export function hosted({ VITE_WS_URL, VITE_ENABLE_WS }: BuildOptions, pageUrl: string): Hosted {
  const base = VITE_WS_URL === undefined || VITE_WS_URL.trim() === '' ? new URL('.', pageUrl) : baseOf(VITE_WS_URL.trim(), new URL(pageUrl));
  const secure = base.protocol === 'https:' || base.protocol === 'wss:';
  const at = (path: string, scheme: string): string => {
    const url = new URL(path, base);
    url.protocol = secure ? `${scheme}s:` : `${scheme}:`;
    return url.href;
  };
  return { streamUrl: at(STREAM, 'ws'), snapshotUrl: at('api/v1/snapshot', 'http'), socket: !/^(false|0|no|off)$/i.test(VITE_ENABLE_WS?.trim() ?? '') };
}

/** Whether the address of the stream or of the door is given; the door's, always ending in a slash. */
function baseOf(given: string, page: URL): URL {
  const problem = (why: string) => new TypeError(`This page was built with the address “${given}” (VITE_WS_URL), which cannot be used: ${why}`);
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    throw problem('it is no whole address. Use one such as wss://host:7444/api/v1/stream.');
  }
  if (!['http:', 'https:', 'ws:', 'wss:'].includes(url.protocol)) throw problem('it has to begin with ws://, wss://, http:// or https://.');
  if (url.username !== '' || url.password !== '') throw problem('it must not carry a user or a password.');
  if (page.protocol === 'https:' && (url.protocol === 'http:' || url.protocol === 'ws:') && !isHere(url.hostname)) throw problem('a page that came encrypted may open encrypted addresses only. Use wss://.');
  url.search = url.hash = '';
  url.pathname = url.pathname.replace(new RegExp(`${STREAM}/?$`), '').replace(/\/*$/, '/');
  return url;
}

/** Browsers let an encrypted page open plain connections to the computer it is on. */
function isHere(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || hostname.startsWith('127.');
}
