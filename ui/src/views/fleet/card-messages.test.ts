import { expect, test } from 'vitest';
import type { ConnectionState } from '../../state/machines/machine.svelte';
import { machineMark } from '../../state/machines/machine-mark';
import type { Cause } from '../../text/cause';
import type { KnownMachine, Severity } from '../../wire/wire';
import { cardText, type CardFacts } from './card-messages';

const silent: Cause = { code: 'probed', probe: { kind: 'noAnswer', address: 'nas', diagnosis: { code: 'silent' }, retryAfterMs: null, machineId: null, protocol: null } };
const otherKey: Cause = { code: 'probed', probe: { kind: 'tls', address: 'nas', diagnosis: { code: 'otherKey' }, retryAfterMs: null, machineId: null, protocol: null } };
const now = new Date(2026, 10, 21, 17, 8, 42).getTime();
const at = (hours: number, minutes: number) => new Date(2026, 10, 21, hours, minutes).getTime();
const known = { lastSeenMs: at(12, 0), lastGoodbye: null } as KnownMachine;
const say = (connection: ConnectionState, rest: Partial<CardFacts> = {}, worst: Severity | null = null) => {
  const { strong, rest: after, body, dim, acts } = cardText({ connection, mark: machineMark(connection, worst), known, os: 'Debian GNU/Linux 13 (trixie)', alerts: [], roundTripMs: 2, lastSeenMs: at(12, 0), hasPast: true, ...rest }, now);
  return `${[strong, after].filter((part) => part !== '').join(' · ')} | ${body ?? (dim ? 'old plots' : 'plots')} | ${acts.join(' ')}`;
};

test('the card of a machine that answers shows its system and round-trip time', () => {
  expect(say({ kind: 'live' })).toBe('Debian 13 · 2 ms | plots | ');
  expect(say({ kind: 'live' }, { known: null })).toBe('Debian 13 · this machine | plots | ');
  expect(say({ kind: 'polling', everyMs: 10_000 })).toBe('Debian 13 · polled every 10 s | plots | ');
});
test('an active alert is shown with its own title', () => {
  const event = (title: string, severity: Severity) => ({ id: 1, atMs: at(16, 58), severity, title, message: '', source: '' });
  expect(say({ kind: 'live' }, { alerts: [event('/tank 97 % full', 'critical'), event('low', 'info')] }, 'critical')).toBe('/tank 97 % full · since 16:58 | plots | ');
  expect(say({ kind: 'live' }, { alerts: [event('a\u202eb', 'warning')] }, 'warning')).toBe('a\\u202eb · since 16:58 | plots | ');
  expect(say({ kind: 'live' }, {}, 'warning')).toBe('Warning · within the last hour | plots | ');
});
test('the card of a machine that does not answer shows why, and what to do', () => {
  expect(say({ kind: 'reconnecting', retryAtMs: now + 12_000, why: { code: 'noAnswer' }, tries: 4 })).toBe('Reconnecting in 12 s · 4th try | old plots | try');
  expect(say({ kind: 'reconnecting', retryAtMs: now, why: { code: 'noAnswer' }, tries: 1 }, { hasPast: false })).toBe('Reconnecting | No answer. | try');
  expect(say({ kind: 'stale', sinceMs: at(12, 4), retryAtMs: null, why: { code: 'noAnswer' } })).toBe('Stale, data from 12:04 | old plots | try');
  expect(say({ kind: 'ended', reason: 'suspend', atMs: at(1, 12) }, { hasPast: false })).toBe('Asleep since 01:12 | Its history stays with it and comes back when it wakes. | try');
  expect(say({ kind: 'offline', sinceMs: null, retryAtMs: null, why: silent })).toBe('Last seen 12:00 · disconnected unexpectedly | nas takes the connection and says nothing. The machine may be overloaded, or a firewall may stand between. | last forget');
  expect(say({ kind: 'toPair' })).toMatch(/^Not paired \| It no longer knows this device\..*\| pair forget$/);
  expect(say({ kind: 'offline', sinceMs: null, retryAtMs: null, why: { code: 'noAnswer' } })).toBe('Last seen 12:00 · disconnected unexpectedly | No answer. See whether it is on, and on this network. | last forget');
  expect(say({ kind: 'stale', sinceMs: at(12, 4), retryAtMs: null, why: { code: 'broke' } }, { hasPast: false })).toBe('Stale, data from 12:04 | The connection broke. See whether it is on, and on this network. | try');
  expect(say({ kind: 'incompatible', theirs: 99 })).toMatch(/^Refused · newer Sightline \| It speaks protocol 99, .*Update this one/);
});
test('what only pairing again ends is said in place of the plots', () => {
  const body = 'The machine at nas shows another key than when it was paired. Nothing was sent to it. Was its certificate replaced? Then pair with it again. Otherwise the connection may be intercepted.';
  expect(say({ kind: 'reconnecting', retryAtMs: now + 12_000, why: otherKey, tries: 4 })).toBe(`Reconnecting in 12 s · 4th try | ${body} | pair`);
  expect(say({ kind: 'stale', sinceMs: at(12, 4), retryAtMs: null, why: otherKey })).toBe(`Stale, data from 12:04 | ${body} | pair`);
  expect(say({ kind: 'offline', sinceMs: null, retryAtMs: null, why: otherKey })).toBe(`Last seen 12:00 | ${body} | pair forget`);
  expect(say({ kind: 'wrongMachine', foundId: null })).toMatch(/^Not proven \| What answers at its address cannot prove .*\| pair forget$/);
});
