import { expect, test } from 'vitest';
import { clockText, reachedAt, roundTrip } from './head-messages';

test('the address that answers is shown without the default port', () => {
  expect(reachedAt({ kind: 'live', address: '192.168.1.31:7444' }, ['10.0.0.1:7444'])).toBe('192.168.1.31');
  expect(reachedAt({ kind: 'live' }, ['nas.local:8000'])).toBe('nas.local:8000');
  expect(reachedAt({ kind: 'toPair' }, ['[fd00::1]:7444'])).toBe('fd00::1');
  expect(reachedAt({ kind: 'toPair' }, [])).toBeNull();
});

test('a clock offset is shown from two seconds on', () => {
  expect(clockText(1_999)).toBeNull();
  expect(clockText(3_600_000)).toBe('1 h ahead');
  expect(clockText(-5_000)).toBe('5 s behind');
});

test('a round trip is a whole number', () => {
  expect([roundTrip(0.4), roundTrip(2.6), roundTrip(120)]).toEqual(['< 1', '3', '120']);
});
