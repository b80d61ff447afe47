/** State of the pairing code that is shown: how long it is valid, and whether it was used. */
import type { Invitation, Sharing } from '../../wire/wire';

/** A code as this page knows it. */
export interface ShownCode {
  invitation: Invitation;
  /** This page's clock, Unix milliseconds. */
  endsAtMs: number;
  /** Ids of those who were paired before it. */
  pairedBefore: ReadonlySet<string>;
  /** The machine does not accept it any more. */
  gone: boolean;
  /** Name of the device that used it; `null`: none, as far as is known. */
  usedBy: string | null;
}

/** The code after an update of the machine's state; `null`: no code was shown yet. */
export function nextCode(before: ShownCode | null, { reach, invitation, viewers, requests }: Sharing, nowMs: number): ShownCode | null {
  if (reach !== 'lan') return null;
  if (invitation !== null) {
    const same = before !== null && !before.gone && before.invitation.digits === invitation.digits;
    return { invitation, endsAtMs: nowMs + invitation.leftMs, pairedBefore: same ? before.pairedBefore : new Set(viewers.map(({ id }) => id)), gone: false, usedBy: null };
  }
  if (before === null) return null;
  const newcomer = viewers.findLast(({ id }) => !before.pairedBefore.has(id)) ?? requests.findLast(({ compare }) => !compare);
  return { ...before, gone: true, usedBy: newcomer?.name ?? before.usedBy };
}

export type CodeState =
  | { kind: 'none' }
  | { kind: 'good'; invitation: Invitation; leftMs: number; ratio: number }
  | { kind: 'used'; by: string }
  | { kind: 'ended' };

/** State of the code at `nowMs`, this page's clock. */
export function codeState(shown: ShownCode | null, nowMs: number): CodeState {
  if (shown === null) return { kind: 'none' };
  const { invitation, endsAtMs, gone, usedBy } = shown;
  if (gone && usedBy !== null) return { kind: 'used', by: usedBy };
  const leftMs = Math.min(invitation.lastsMs, endsAtMs - nowMs);
  if (gone || leftMs <= 0) return { kind: 'ended' };
  return { kind: 'good', invitation, leftMs, ratio: invitation.lastsMs > 0 ? leftMs / invitation.lastsMs : 0 };
}
