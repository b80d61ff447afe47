import { expect, test } from 'vitest';
import { Backoff } from './backoff';

test('the ceiling doubles from half a second up to thirty', () => {
  const backoff = new Backoff(() => 1);
  expect(Array.from({ length: 8 }, () => backoff.nextMs())).toEqual([500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
});

test('a minute of health starts over, less does not', () => {
  const backoff = new Backoff(() => 1);
  backoff.nextMs();
  backoff.nextMs();
  backoff.ended(59_999);
  expect(backoff.nextMs()).toBe(2000);
  backoff.ended(60_000);
  expect(backoff.nextMs()).toBe(500);
});

test('the wait is anything between nothing and the ceiling', () => {
  expect(new Backoff(() => 0).nextMs()).toBe(0);
  expect(new Backoff(() => 0.5).nextMs()).toBe(250);
});

test('each wait is within its ceiling, and spread over all of it', () => {
  const waits = Array.from({ length: 400 }, () => {
    const backoff = new Backoff();
    return Array.from({ length: 8 }, () => backoff.nextMs());
  });
  for (let n = 0; n < 8; n++) {
    const ceiling = Math.min(30_000, 500 * 2 ** n);
    const nth = waits.map((series) => series[n] as number);
    expect(Math.min(...nth)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...nth)).toBeLessThanOrEqual(ceiling);
    // 400 of them leave a tenth of the room empty with a chance of 10⁻¹⁸.
    for (let tenth = 0; tenth < 10; tenth++) expect(nth.some((wait) => wait >= (tenth * ceiling) / 10 - 1 && wait <= ((tenth + 1) * ceiling) / 10 + 1)).toBe(true);
  }
});
