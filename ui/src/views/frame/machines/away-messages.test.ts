import { expect, test } from 'vitest';
import type { ConnectionState } from '../../../state/machines/machine.svelte';
import { when, whyShort } from './away-messages';

const now = new Date(2026, 10, 21, 17, 8, 42).getTime();
const at = (day: number, hours: number, minutes: number) => new Date(2026, 10, day, hours, minutes).getTime();
const why = (connection: ConnectionState, lastSeenMs: number | null = null) => whyShort(connection, lastSeenMs, now);

test('a moment is as short as it can be said', () => {
  expect(when(at(21, 1, 12), now)).toBe('01:12');
  expect(when(at(19, 19, 4), now)).toMatch(/^\S+ 19:04$/);
  expect(when(at(3, 19, 4), now)).not.toMatch(/:/);
});
test('the reason is shown in place of the load bars', () => {
  expect(why({ kind: 'live' })).toBe('');
  expect(why({ kind: 'ended', reason: 'suspend', atMs: at(21, 1, 12) })).toBe('since 01:12');
  expect(why({ kind: 'ended', reason: 'suspend' }, at(21, 1, 12))).toBe('since 01:12');
  expect(why({ kind: 'ended', reason: 'suspend' })).toBe('asleep');
  expect(why({ kind: 'ended', reason: 'revoked' })).toBe('not paired');
  expect(why({ kind: 'offline', sinceMs: null, retryAtMs: null, why: { code: 'noAnswer' } })).toBe('never seen');
  expect(why({ kind: 'offline', sinceMs: null, retryAtMs: null, why: { code: 'noAnswer' } }, at(21, 12, 4))).toBe('12:04');
  expect(why({ kind: 'reconnecting', retryAtMs: now + 11_500, why: { code: 'noAnswer' } })).toBe('in 12 s');
  expect(why({ kind: 'reconnecting', retryAtMs: now - 1, why: { code: 'noAnswer' } })).toBe('trying');
  expect(why({ kind: 'incompatible', theirs: 99 })).toBe('too new');
});
