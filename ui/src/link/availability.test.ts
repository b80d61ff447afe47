import { expect, test } from 'vitest';
import { type Absence, availability, changesInMs } from './availability';

const NOW = 1_800_000_000_000;
const absence = (change: Partial<Absence>): Absence => ({ why: { code: 'noAnswer' }, retryAtMs: NOW + 1, tries: 1, heardMs: null, seenMs: null, ...change });
const kind = (change: Partial<Absence>) => availability(absence(change), NOW).kind;

test('a machine that answered this page is reconnecting, then stale, then offline', () => {
  expect(kind({ heardMs: NOW - 29_999 })).toBe('reconnecting');
  expect(availability(absence({ heardMs: NOW - 30_000 }), NOW)).toEqual({ kind: 'stale', sinceMs: NOW - 30_000, retryAtMs: NOW + 1, why: { code: 'noAnswer' } });
  expect(kind({ heardMs: NOW - 15 * 60_000 + 1 })).toBe('stale');
  expect(availability(absence({ heardMs: NOW - 15 * 60_000 }), NOW)).toEqual({ kind: 'offline', sinceMs: NOW - 15 * 60_000, retryAtMs: NOW + 1, why: { code: 'noAnswer' } });
});

test('one that never answered this page is offline after three rounds, since it was last seen', () => {
  expect(kind({ tries: 2 })).toBe('reconnecting');
  expect(availability(absence({ tries: 3, seenMs: 7 }), NOW)).toMatchObject({ kind: 'offline', sinceMs: 7 });
  expect(availability(absence({ tries: 3 }), NOW)).toMatchObject({ kind: 'offline', sinceMs: null });
});

test('the machine that served the page is never offline', () => {
  expect(kind({ tries: 99, seenMs: undefined })).toBe('reconnecting');
  expect(kind({ heardMs: 1, seenMs: undefined })).toBe('stale');
});

test('the cause is the one that was found', () => {
  expect(availability(absence({ why: { code: 'failed', detail: 'a' } }), NOW)).toMatchObject({ why: { code: 'failed', detail: 'a' }, tries: 1 });
});

test('the time of the next change is known', () => {
  expect(changesInMs(absence({}), NOW)).toBeNull();
  expect(changesInMs(absence({ heardMs: NOW - 10_000 }), NOW)).toBe(20_000);
  expect(changesInMs(absence({ heardMs: NOW - 30_000 }), NOW)).toBe(15 * 60_000 - 30_000);
  expect(changesInMs(absence({ heardMs: NOW - 30_000, seenMs: undefined }), NOW)).toBeNull();
  expect(changesInMs(absence({ heardMs: 1 }), NOW)).toBeNull();
});
