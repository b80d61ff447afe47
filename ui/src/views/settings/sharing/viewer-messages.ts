/** Icon and texts of a paired device. */
import type { IconName } from '../../../parts/icons';
import { clockShort, dayShort, duration } from '../../../text/time';
import { visible } from '../../../text/visible';
import type { Scope, ViewerInfo } from '../../../wire/wire';

export const SCOPE_ICONS: Record<Scope, IconName> = { view: 'eye', processes: 'eye', control: 'hand' };

/** Older than this, the day says more than a count of hours. */
const RECENT_MS = 12 * 3_600_000;

export function viewerIcon({ kind, client }: Pick<ViewerInfo, 'kind' | 'client'>): IconName {
  if (kind === 'app') return /script|token/i.test(client) || client === '' ? 'key' : 'desk';
  if (/ipad|tablet/i.test(client)) return 'tablet';
  if (/iphone|android|phone|mobile/i.test(client)) return 'phone';
  return 'laptop';
}

/** Its program, unless that is its name, and its address, as far as they are known. */
export function viewerAbout({ name, client, address }: Pick<ViewerInfo, 'name' | 'client' | 'address'>): string {
  return [client === name ? '' : visible(client), address ?? ''].filter((part) => part !== '').join(' · ') || 'Not seen yet';
}

/** When it was seen, to the minute: `viewing now`, `12 min ago`, `20 Nov 23:40`. */
export function seenText({ connected, lastSeenAtMs }: Pick<ViewerInfo, 'connected' | 'lastSeenAtMs'>, nowMs: number): string {
  if (connected > 0) return 'viewing now';
  if (lastSeenAtMs === null) return 'not yet';
  const agoMs = nowMs - lastSeenAtMs;
  if (agoMs < 60_000) return 'just now';
  if (agoMs > RECENT_MS) return `${dayShort(lastSeenAtMs)} ${clockShort(lastSeenAtMs)}`;
  return `${duration(Math.floor(agoMs / 60_000) * 60_000)} ago`;
}
