/** Address of this page's machine: the page's own, or the one it was built with (`VITE_WS_URL`, `VITE_ENABLE_WS`), for
 *  people who host the page elsewhere. */
import { type AddressFlaw, type Cause, causeMessage } from '../text/cause';

const STREAM = 'api/v1/stream';

export interface EmbeddedUrl {
  /** Of the stream, `ws:` or `wss:`. */
  streamUrl: string;
  /** Of the whole last sample, `http:` or `https:`. */
  snapshotUrl: string;
  /** `false`: built to poll only. */
  socket: boolean;
}

/** Build-time settings; absent: none. */
export interface BuildOptions {
  VITE_WS_URL?: string | undefined;
  VITE_ENABLE_WS?: string | undefined;
}

/** `pageUrl`: where the page is. Throws a `BadAddress` where the address cannot be used. */
export function embeddedUrl({ VITE_WS_URL, VITE_ENABLE_WS }: BuildOptions, pageUrl: string): EmbeddedUrl {
  const base = VITE_WS_URL === undefined || VITE_WS_URL.trim() === '' ? new URL('.', pageUrl) : baseOf(VITE_WS_URL.trim(), new URL(pageUrl));
  const secure = base.protocol === 'https:' || base.protocol === 'wss:';
  const at = (path: string, scheme: string): string => {
    const url = new URL(path, base);
    url.protocol = secure ? `${scheme}s:` : `${scheme}:`;
    return url.href;
  };
  return { streamUrl: at(STREAM, 'ws'), snapshotUrl: at('api/v1/snapshot', 'http'), socket: !/^(false|0|no|off)$/i.test(VITE_ENABLE_WS?.trim() ?? '') };
}

/** The address that the page was built with cannot be used. */
export class BadAddress extends Error {
  readonly why: Cause;

  constructor(why: Cause) {
    super(causeMessage(why).text);
    this.name = 'BadAddress';
    this.why = why;
  }
}

/** Base address of the server, ending in a slash, from its own address or from that of its stream. */
function baseOf(given: string, page: URL): URL {
  const problem = (flaw: AddressFlaw) => new BadAddress({ code: 'badAddress', given, flaw });
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    throw problem('notWhole');
  }
  if (!['http:', 'https:', 'ws:', 'wss:'].includes(url.protocol)) throw problem('scheme');
  if (url.username !== '' || url.password !== '') throw problem('credentials');
  if (page.protocol === 'https:' && (url.protocol === 'http:' || url.protocol === 'ws:') && !isHere(url.hostname)) throw problem('plain');
  url.search = url.hash = '';
  url.pathname = url.pathname.replace(new RegExp(`${STREAM}/?$`), '').replace(/\/*$/, '/');
  return url;
}

/** Browsers allow an encrypted page plain connections to the computer it is on. */
function isHere(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || hostname.startsWith('127.');
}
