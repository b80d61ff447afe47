import { describe, expect, test } from 'vitest';
import type { ConnectionState } from '../../state/machines/machine.svelte';
import type { Cause } from '../../text/cause';
import type { Goodbye } from '../../wire/wire';
import { awayMessage, type Subject } from './away-messages';
import { announcement, awayText, connectionLabel } from './connection-messages';

const NOW = new Date(2026, 10, 21, 12, 5, 0).getTime();
const at = (day: number, hours: number, minutes: number, seconds = 0) => new Date(2026, 10, day, hours, minutes, seconds).getTime();
/** The day's name as this computer writes it. */
const THU = new Intl.DateTimeFormat(undefined, { weekday: 'short' }).format(at(19, 19, 4));
const SEEN = at(21, 12, 4, 10);
const forge: Subject = { name: 'forge', address: '192.168.1.31:7444', lastSeenMs: SEEN };
const why: Cause = { code: 'noAnswer' };
const OTHER_KEY: Cause = { code: 'probed', probe: { kind: 'tls', address: '192.168.1.31:7444', diagnosis: { code: 'otherKey' }, retryAfterMs: null, machineId: null, protocol: null } };
const FULL: Cause = { code: 'probed', probe: { kind: 'busy', address: '192.168.1.31:7444', diagnosis: { code: 'full' }, retryAfterMs: null, machineId: null, protocol: null } };
const REFUSED: Cause = { code: 'probed', probe: { kind: 'refused', address: 'forge:7444', diagnosis: { code: 'refused', host: 'forge', port: 7444 }, retryAfterMs: null, machineId: null, protocol: null } };

const ENDINGS: Record<Goodbye, string> = {
  shutdown: 'Shut down since 01:12',
  suspend: 'Asleep since 01:12',
  update: 'Updating since 01:12',
  changed: 'Access changed',
  revoked: 'Access ended',
  unauthorized: 'Not allowed',
  protocol: 'Refused',
  tooLarge: 'Refused',
  slow: 'Too slow',
  tooMany: 'Too many viewers',
};

describe('the pill', () => {
  const states: [ConnectionState, string, string][] = [
    [{ kind: 'connecting' }, 'reconnecting', 'Connecting'],
    [{ kind: 'live' }, 'live', 'Live'],
    [{ kind: 'polling', everyMs: 10_000 }, 'polling', 'Polling every 10 s'],
    [{ kind: 'polling' }, 'polling', 'Polling every 5 s'],
    [{ kind: 'reconnecting', retryAtMs: NOW + 3_200, why }, 'reconnecting', 'Reconnecting in 4 s'],
    [{ kind: 'reconnecting', retryAtMs: NOW - 1, why }, 'reconnecting', 'Reconnecting'],
    [{ kind: 'stale', sinceMs: SEEN, retryAtMs: null, why }, 'stale', 'Stale, data from 12:04'],
    [{ kind: 'offline', sinceMs: at(19, 19, 4), retryAtMs: null, why }, 'offline', `Offline since ${THU} 19:04`],
    [{ kind: 'offline', sinceMs: null, retryAtMs: null, why }, 'offline', 'Offline'],
    [{ kind: 'toPair' }, 'toPair', 'To pair'],
    [{ kind: 'incompatible', theirs: 2 }, 'critical', 'Refused: too old'],
    [{ kind: 'incompatible', theirs: 0 }, 'critical', 'Refused: machine too old'],
    [{ kind: 'wrongMachine', foundId: null }, 'critical', 'Refused: another machine'],
    ...Object.entries(ENDINGS).map(([reason, text]): [ConnectionState, string, string] => [{ kind: 'ended', reason: reason as Goodbye, atMs: at(21, 1, 12) }, connectionLabel({ kind: 'ended', reason: reason as Goodbye }, 1, NOW).mark, text]),
  ];

  test.each(states)('%j', (state, mark, text) => {
    const label = connectionLabel(state, 1, NOW);
    expect([label.mark, `${label.text} ${label.detail}`.trim()]).toEqual([mark, text]);
    // The tooltip of every state that is not live has the cause.
    if (state.kind !== 'live' && state.kind !== 'connecting') expect(label.why).not.toBe('');
  });

  test('sleep, shutdown, update and silence have marks of their own', () => {
    const mark = (state: ConnectionState) => connectionLabel(state, 1, NOW).mark;
    expect(mark({ kind: 'ended', reason: 'suspend' })).toBe('asleep');
    expect(mark({ kind: 'ended', reason: 'shutdown' })).toBe('offline');
    expect(mark({ kind: 'ended', reason: 'update' })).toBe('reconnecting');
    expect(mark({ kind: 'ended', reason: 'revoked' })).toBe('critical');
  });

  test('in a row it is lower case', () => {
    expect(awayText({ kind: 'ended', reason: 'suspend', atMs: at(21, 1, 12) }, 1, NOW)).toBe('asleep since 01:12');
  });

  test('every state but the beginning is announced', () => {
    for (const [state] of states) expect(announcement(state, 'forge') === '', JSON.stringify(state)).toBe(state.kind === 'connecting');
  });
});

describe('the banner of another machine', () => {
  const said = (state: ConnectionState, subject = forge): string | null => {
    const message = awayMessage(state, subject, 1, NOW);
    return message && `${message.text} ${message.remedy} [${message.act ?? ''}]`.replace(/ +/g, ' ');
  };

  test.each<[ConnectionState, string | null]>([
    [{ kind: 'live' }, null],
    [{ kind: 'polling' }, null],
    [{ kind: 'connecting' }, null],
    [{ kind: 'reconnecting', retryAtMs: NOW + 4_000, why, tries: 1 }, null],
    [{ kind: 'reconnecting', retryAtMs: NOW + 4_000, why, tries: 2 }, 'No answer since 12:04:10, disconnected unexpectedly. Third try in 4 s. [try]'],
    [{ kind: 'reconnecting', retryAtMs: NOW + 4_000, why: REFUSED, tries: 11 }, 'No answer since 12:04:10, disconnected unexpectedly. forge is there, and nothing listens at its port 7444. Try 12 in 4 s. Start Sightline there and share it: Settings, Sharing, or sightline-agent share. [try]'],
    [{ kind: 'stale', sinceMs: SEEN, retryAtMs: NOW + 20_000, why }, 'No answer since 12:04:10, disconnected unexpectedly. Next try in 20 s. What forge records meanwhile is filled in when it is back. [try]'],
    [{ kind: 'offline', sinceMs: at(19, 19, 4), retryAtMs: null, why }, `Last seen ${THU} 19:04, disconnected unexpectedly. See whether forge is on, and on this network. [try]`],
    [{ kind: 'ended', reason: 'suspend', atMs: at(21, 1, 12) }, 'forge is asleep since 01:12. It is shown again as soon as it wakes. [try]'],
    [{ kind: 'ended', reason: 'shutdown', atMs: at(21, 1, 12) }, 'forge was shut down, or stopped sharing (01:12). It is shown again when it is back. If it does not come back, check Settings, Sharing on forge. [try]'],
    [{ kind: 'ended', reason: 'update', atMs: at(21, 12, 4) }, 'Sightline on forge is being updated since 12:04. It reconnects automatically. [try]'],
    [{ kind: 'ended', reason: 'revoked', atMs: at(21, 12, 4) }, 'The owner of forge revoked the access of this computer at 12:04. To see it again, pair it again. [pair]'],
    [{ kind: 'ended', reason: 'unauthorized' }, 'This computer has no access to forge. Pair it again; somebody there has to approve. [pair]'],
    [{ kind: 'toPair' }, 'forge is not paired with this computer (192.168.1.31:7444). Pair it: both screens show the same digits, and somebody there approves. [pair]'],
    [{ kind: 'incompatible', theirs: 2 }, 'forge runs a newer Sightline (protocol 2, this is 1). Update this one to see it. []'],
    [{ kind: 'incompatible', theirs: 0 }, 'forge runs an older Sightline (protocol 0, this is 1). Update the one on forge to see it. [try]'],
    [{ kind: 'wrongMachine', foundId: 'other' }, 'Another machine answers at 192.168.1.31:7444. Nothing was sent to it. forge may have a new address: look for it on the network. [find]'],
    [{ kind: 'wrongMachine', foundId: null }, 'What answers at 192.168.1.31:7444 says it is forge, and cannot prove it. Nothing was sent to it. Was Sightline set up again on forge? Then pair it again. Otherwise another machine poses as it. [pair]'],
    [{ kind: 'reconnecting', retryAtMs: NOW + 4_000, why: OTHER_KEY, tries: 1 }, 'Not connected since 12:04:10. The machine at 192.168.1.31:7444 shows another key than when it was paired. Nothing was sent to it. Second try in 4 s. Was its certificate replaced? Then pair with it again. Otherwise the connection may be intercepted. [pair]'],
    [{ kind: 'stale', sinceMs: SEEN, retryAtMs: NOW + 20_000, why: FULL }, 'Not connected since 12:04:10. 192.168.1.31:7444 has no room for another viewer now. Next try in 20 s. It is tried again automatically. [try]'],
    [{ kind: 'offline', sinceMs: at(19, 19, 4), retryAtMs: null, why: OTHER_KEY }, `Last seen ${THU} 19:04. The machine at 192.168.1.31:7444 shows another key than when it was paired. Nothing was sent to it. Was its certificate replaced? Then pair with it again. Otherwise the connection may be intercepted. [pair]`],
  ])('%j', (state, expected) => {
    expect(said(state)).toBe(expected);
  });

  test('every close reason has its message', () => {
    for (const reason of Object.keys(ENDINGS) as Goodbye[]) expect(awayMessage({ kind: 'ended', reason }, forge, 1, NOW)?.text, reason).toMatch(/forge/);
  });

  test('a machine that was never seen says so at the first try', () => {
    expect(said({ kind: 'reconnecting', retryAtMs: NOW + 1_000, why, tries: 0 }, { ...forge, lastSeenMs: null })).toBe('forge does not answer. First try in 1 s. [try]');
    expect(said({ kind: 'offline', sinceMs: null, retryAtMs: null, why }, { ...forge, lastSeenMs: null })).toBe('forge has not been seen yet. See whether forge is on, and on this network. [try]');
  });
});
