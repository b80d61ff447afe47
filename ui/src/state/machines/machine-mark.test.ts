import { expect, test } from 'vitest';
import type { ConnectionState } from '../../link/link';
import { byTag, countMarks, machineMark } from './machine-mark';

const LIVE: ConnectionState = { kind: 'live' };
const away = { retryAtMs: 0, why: { code: 'noAnswer' } } as const;
test.each<[ConnectionState, Parameters<typeof machineMark>[1], ReturnType<typeof machineMark>]>([
  [LIVE, null, 'live'],
  [LIVE, 'info', 'live'],
  [LIVE, 'warning', 'warning'],
  [LIVE, 'critical', 'critical'],
  [{ kind: 'polling' }, null, 'polling'],
  [{ kind: 'polling' }, 'critical', 'critical'],
  [{ kind: 'connecting' }, 'critical', 'reconnecting'],
  [{ kind: 'reconnecting', ...away }, 'warning', 'reconnecting'],
  [{ kind: 'stale', sinceMs: 0, ...away }, 'critical', 'stale'],
  [{ kind: 'offline', sinceMs: null, ...away }, null, 'offline'],
  [{ kind: 'ended', reason: 'suspend' }, null, 'asleep'],
  [{ kind: 'ended', reason: 'shutdown' }, null, 'offline'],
  [{ kind: 'ended', reason: 'update' }, null, 'reconnecting'],
  [{ kind: 'ended', reason: 'revoked' }, null, 'toPair'],
  [{ kind: 'toPair' }, null, 'toPair'],
  [{ kind: 'incompatible', theirs: 2 }, null, 'critical'],
  [{ kind: 'wrongMachine', foundId: null }, null, 'critical'],
])('%o with alert %s is %s', (connection, worst, expected) => {
  expect(machineMark(connection, worst)).toBe(expected);
});

test('counts are sorted worst first, without zeros', () => {
  expect(countMarks(['live', 'asleep', 'live', 'critical'])).toEqual([{ mark: 'critical', count: 1 }, { mark: 'asleep', count: 1 }, { mark: 'live', count: 2 }]);
});

test('machines stand under their first tag, in the order of the tags', () => {
  const machine = (name: string, ...tags: string[]) => ({ name, known: { tags } });
  const here = { name: 'here', known: null };
  expect(byTag([here, machine('nas', 'home', 'disk'), machine('ci', 'work'), machine('pi', 'home'), machine('loose')]).map(({ tag, machines }) => `${tag}: ${machines.map(({ name }) => name).join(' ')}`)).toEqual([': here loose', 'home: nas pi', 'work: ci']);
  expect(byTag([machine('nas', 'home')])).toEqual([{ tag: 'home', machines: [machine('nas', 'home')] }]);
});
