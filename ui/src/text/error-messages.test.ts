import { expect, test } from 'vitest';
import type { Reason } from '../wire/wire';
import { errorMessage } from './error-messages';

test('a sentence is made of the reason, whatever the message says', () => {
  expect(errorMessage({ message: 'x', reason: { is: 'wrongCode', left: 1 } })).toBe('Wrong code. 1 try left, then this device waits 15 min.');
  expect(errorMessage({ message: 'x', reason: { is: 'wrongCode', left: 2 } })).toBe('Wrong code. 2 tries left, then this device waits 15 min.');
  expect(errorMessage({ message: 'x', reason: { is: 'badHost', text: 'a\u202eb' } })).toBe('“a\\u202eb” is no host name. One looks like nas.example.org.');
});

test('without a known reason the message is used', () => {
  expect(errorMessage({ message: 'nothing was sampled yet' })).toBe('Nothing was sampled yet.');
  expect(errorMessage({ message: 'not on Sundays', reason: { is: 'sunday' } as unknown as Reason })).toBe('Not on Sundays.');
});
