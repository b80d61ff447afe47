/** Messages on pairing, where the machine sends none. Pure. */
import { moment } from '../../text/time';

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]', 'tauri.localhost']);

/** The page comes from this very computer. */
export const isHere = (hostname: string): boolean => LOOPBACK.has(hostname);

/** The page came over a connection that others on the network can read. */
export const isOpenLink = ({ protocol, hostname }: Pick<Location, 'protocol' | 'hostname'>): boolean => protocol === 'http:' && !isHere(hostname);

export const OPEN_LINK = 'This link is not encrypted: others on this network could read along. Up to View + processes can be seen.';

/** What to do when nothing answers there. */
export function unreachableMessage(hostname: string): string {
  return isHere(hostname)
    ? 'Sightline on this computer does not answer. It may have been stopped, or sharing may be off: start it, or check its Settings, Sharing.'
    : `${hostname} does not answer. It may be asleep, have stopped sharing, or have a new address: check Settings, Sharing on the machine.`;
}

/** What to do after a refusal, by HTTP status; shown after the machine's own message. */
export function nextAfter(status: number): string {
  switch (status) {
    case 401:
      return 'Compare it with the code on the screen of that machine.';
    case 403:
      return '';
    case 404:
    case 410:
      return 'Scan the new one, or type its six digits here.';
    case 429:
      return 'Other devices are not affected.';
    default:
      return 'Try again in a moment.';
  }
}

/** After the close reason `shutdown`, which does not tell whether it was stopped or only stopped sharing. */
export function shutDownMessage(name: string): string {
  return `${name} was shut down, or stopped sharing. This page reconnects when it is back; if it does not come back, check Settings, Sharing on the machine.`;
}

export const BROKEN_LINK = 'This link is not whole.';
export const BROKEN_LINK_NEXT = 'Scan it again, or type the six digits shown beside it.';

export const STILL_UNKNOWN = 'The machine still does not know this browser.';
export const STILL_UNKNOWN_NEXT = 'Scan the link that it shows, or type the code.';

export const NO_DECISION = 'Nobody approved it in time.';

/** The machine paired this browser, and then did not recognise it. */
export function cookiesBlocked(name: string): string {
  return `${name} paired this browser, but the browser keeps no cookies of this page.`;
}
export const COOKIES_OFF = 'This browser keeps no cookies of this page, and its access would be one.';
export const cookiesNext = (host: string): string => `Allow cookies for ${host} in the settings of the browser, load this page again, and pair it with a new code.`;

/** After a revocation. `atMs`: when the page was told, if it was open. */
export function revokedMessage(name: string, atMs: number | undefined, nowMs: number): string {
  const when = atMs === undefined ? '' : ` at ${moment(atMs, nowMs).replace(/:\d\d$/, '')}`;
  return `This device's access to ${name} was revoked${when}. Its owner can pair it again.`;
}

export const LOST = 'This browser is not paired any more, or its cookies were cleared.';
export const REVOKED_HERE = 'The access of this browser was revoked here, and the machine was told to forget it.';
