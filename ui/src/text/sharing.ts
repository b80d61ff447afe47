/** Texts of sharing, and checks of what a person types about it. */
import { NAME_CHARS, SCOPES } from '../wire/contract';
import type { PairingRequest, Scope, Sharing } from '../wire/wire';
import { count, whole } from './format';
import { visible } from './visible';

/** Exposure and number of viewers, short enough for the sidebar; `inFull` is the whole text. */
export function sharedLabel({ reach, open, viewing }: Pick<Sharing, 'reach' | 'open' | 'viewing'>): { how: string; who: string; inFull: string } {
  if (reach === 'off') return { how: 'Not shared', who: '', inFull: 'Not shared' };
  const viewers = viewing === 0 ? 'no viewers' : count(viewing, 'viewer', 'viewers');
  if (reach === 'local') return { how: 'Shared on this computer', who: viewing === 0 ? '' : whole(viewing), inFull: `Shared on this computer, ${viewers}` };
  return { how: open ? 'Open to LAN' : 'Shared on LAN', who: viewers, inFull: `${open ? 'Open to anyone on the network' : 'Shared on the network'}, ${viewers}` };
}

/** What a person may type as a port; a sentence where it is none. */
export function checkedPort(text: string): { port: number } | { problem: string } {
  const trimmed = text.trim();
  const port = Number(trimmed);
  if (!/^\d+$/.test(trimmed) || port < 1 || port > 65_535) return { problem: 'A port is a whole number from 1 to 65535.' };
  return { port };
}

/** Why a name cannot be taken; `null`: it can. */
export function nameProblem(name: string): string | null {
  const characters = [...name.trim()].length;
  if (characters === 0) return 'Give it a name.';
  return characters > NAME_CHARS ? `A name has at most ${NAME_CHARS} characters.` : null;
}

/** Time left of a code, always to the second: `3 min 12 s`, `0 s`. */
export function timeLeft(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Digits as they are read out: `4 1 7, 9 0 2`. */
export function spokenDigits(digits: string): string {
  return (digits.match(/.{1,3}/gu) ?? []).map((three) => [...three].join(' ')).join(', ');
}

/** Announcement of a device that waits for approval. */
export function requestMessage({ name, client, address, compare }: PairingRequest): string {
  const who = `${visible(name)} (${visible(client)}, ${address})`;
  return compare ? `${who} asks to pair. Allow it only if its own screen shows ${spokenDigits(compare)}.` : `${who} typed the code. Allow it?`;
}

export const SCOPE_LABELS: Record<Scope, string> = { view: 'View', processes: 'View + processes', control: 'Control' };

/** Scopes to choose from. A session without encryption has `processes` at most, which the option says. */
export function scopeChoices(encrypted: boolean): { value: Scope; text: string; short: string }[] {
  return SCOPES.map((value) => ({ value, short: SCOPE_LABELS[value], text: value === 'control' && !encrypted ? 'Control (over https only)' : SCOPE_LABELS[value] }));
}
