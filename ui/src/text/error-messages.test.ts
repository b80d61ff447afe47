import { expect, test } from 'vitest';
import type { HttpReason, Reason } from '../wire/wire';
import { errorMessage } from './error-messages';

test('a sentence is made of the reason, whatever the message says', () => {
  expect(errorMessage({ message: 'x', reason: { is: 'wrongCode', left: 1 } })).toBe('Wrong code. 1 try left, then this device waits 15 min.');
  expect(errorMessage({ message: 'x', reason: { is: 'wrongCode', left: 2 } })).toBe('Wrong code. 2 tries left, then this device waits 15 min.');
  expect(errorMessage({ message: 'x', reason: { is: 'badHost', text: 'a\u202eb' } })).toBe('“a\\u202eb” is no host name. One looks like nas.example.org.');
});

test('a refusal of HTTP itself is a sentence, too', () => {
  expect(errorMessage({ message: 'x', reason: { is: 'http', why: { is: 'revoked' } } })).toBe("This computer's access to that machine was revoked; its owner can pair it again.");
  expect(errorMessage({ message: 'not at night', reason: { is: 'http', why: { is: 'night' } as unknown as HttpReason } })).toBe('Not at night.');
});

test('without a known reason the message is used', () => {
  expect(errorMessage({ message: 'nothing was sampled yet' })).toBe('Nothing was sampled yet.');
  expect(errorMessage({ message: 'not on Sundays', reason: { is: 'sunday' } as unknown as Reason })).toBe('Not on Sundays.');
});
