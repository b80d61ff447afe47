import { expect, test } from 'vitest';
import { seenText, viewerAbout, viewerIcon } from './viewer-messages';

const NOW = new Date(2026, 10, 21, 17, 0, 30).getTime();

test('when a device was seen, to the minute', () => {
  const seen = (lastSeenAtMs: number | null, connected = 0) => seenText({ lastSeenAtMs, connected }, NOW);
  expect(seen(NOW - 3_600_000, 1)).toBe('viewing now');
  expect(seen(null)).toBe('not yet');
  expect(seen(NOW - 59_000)).toBe('just now');
  // Its clock runs ahead of this page's.
  expect(seen(NOW + 90_000)).toBe('just now');
  expect(seen(NOW - 12 * 60_000 - 20_000)).toBe('12 min ago');
  expect(seen(NOW - 3_720_000)).toBe('1 h 2 min ago');
  expect(seen(new Date(2026, 10, 20, 23, 40).getTime())).toMatch(/20.*23:40$/);
});

test('what a device is', () => {
  expect(viewerIcon({ kind: 'browser', client: 'Safari on iPhone' })).toBe('phone');
  expect(viewerIcon({ kind: 'browser', client: 'Chrome on Android tablet' })).toBe('tablet');
  expect(viewerIcon({ kind: 'browser', client: 'Firefox on Windows' })).toBe('laptop');
  expect(viewerIcon({ kind: 'app', client: 'Sightline 1.0' })).toBe('desk');
  expect(viewerAbout({ name: 'Phone', client: 'Safari\u202e', address: '192.168.1.64' })).toBe('Safari\\u202e · 192.168.1.64');
  expect(viewerAbout({ name: 'Safari', client: 'Safari', address: '192.168.1.64' })).toBe('192.168.1.64');
  expect(viewerAbout({ name: 'backup', client: '', address: null })).toBe('Not seen yet');
});
