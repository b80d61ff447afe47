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
