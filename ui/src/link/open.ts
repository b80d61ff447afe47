/** Chooses the transport of this page: IPC in the window, a WebSocket in a browser. */
import { thrownCause } from '../text/cause';
import { foreignBody } from '../wire/foreign';
import type { ErrorBody, SnapshotBody } from '../wire/wire';
import type { Host, Link, OpenOther } from './link';
import { BadAddress, embeddedUrl } from './embedded-url';
import { SocketLink } from './socket';
import { UnusableLink } from './unusable';

/** A machine that takes longer to answer counts as unreachable. */
const ANSWER_WITHIN_MS = 10_000;

export interface Opened {
  link: Link;
  /** `null` in a browser. */
  host: Host | null;
  /** Opener of links to other machines, where it is not the default one. */
  openOther?: OpenOther;
}

export async function open(): Promise<Opened> {
  if ('__TAURI_INTERNALS__' in window) {
    const { TauriLink, tauriHost } = await import('./tauri');
    return { link: new TauriLink(), host: tauriHost };
  }
  // Vite leaves this branch out of a production build, and the build fails if a demo file is in it all the same.
  const replay = import.meta.env.DEV ? new URLSearchParams(location.search).get('replay') : null;
  if (import.meta.env.DEV && replay !== null) {
    const { openDemo } = await import('../demo/open-demo');
    return openDemo(replay);
  }
  return { link: openBrowser(), host: null };
}

/** The machine that served this page, or that it was built for. */
function openBrowser(): Link {
  try {
    const { streamUrl, snapshotUrl, socket } = embeddedUrl(import.meta.env, document.baseURI);
    return new SocketLink({ addresses: [streamUrl], url: (address) => address, machineId: null, probe: null, poll: () => snapshot(snapshotUrl), socket });
  } catch (error) {
    // eslint-disable-next-line no-console -- for whoever built the page, and looks there first.
    console.error(error instanceof Error ? error.message : String(error));
    return new UnusableLink(error instanceof BadAddress ? error.why : thrownCause(error));
  }
}

/** Rejects with an `ErrorBody` where the machine refuses. */
async function snapshot(url: string): Promise<SnapshotBody> {
  const response = await fetch(url, { credentials: 'same-origin', cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  if (response.ok) return (await foreignBody(response)) as SnapshotBody;
  const code = response.status === 401 ? 'unauthorized' : 'unavailable';
  throw { code, message: `The machine answers with status ${response.status}.` } satisfies ErrorBody;
}
