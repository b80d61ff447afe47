import { expect, test } from 'vitest';
import type { AccessEvent, AccessWhat } from '../wire/wire';
import { accessMessage, accessTone } from './access';

const event = (what: AccessWhat, rest: Partial<AccessEvent> = {}): AccessEvent => ({ atMs: 0, what, count: 1, ...rest });

test.each<[AccessEvent, string]>([
  [event('sharedOff'), 'Sharing was turned off'],
  [event('sharedLocal'), 'Shared on this computer only'],
  [event('sharedLan', { count: 2 }), 'Shared on the network, 2 times'],
  [event('opened'), 'Opened: anyone on the network may view'],
  [event('openEnded'), 'No longer open to anyone on the network'],
  [event('networkNew', { who: '192.168.43.0/24' }), 'This machine joined a new network, 192.168.43.0/24'],
  [event('networkAllowed', { who: '192.168.43.0/24' }), 'Network 192.168.43.0/24 was allowed'],
  [event('networkRefused', { who: '192.168.43.0/24' }), 'Network 192.168.43.0/24 was refused'],
  [event('paired', { who: 'studio-pc', scope: 'processes' }), 'studio-pc paired, view + processes'],
  [event('paired', { who: 'Phone', address: '192.168.1.64', scope: 'view' }), 'Phone paired from 192.168.1.64, view'],
  [event('compared', { who: 'Laptop', address: '192.168.1.12', scope: 'processes' }), 'Laptop paired by comparing digits from 192.168.1.12, view + processes'],
  [event('pairingUnanswered', { who: 'Laptop', address: '192.168.1.12' }), 'Laptop at 192.168.1.12 asked to pair, and nobody answered'],
  [event('pairingRefused', { who: 'Phone', address: '192.168.1.64' }), 'Phone at 192.168.1.64 was refused'],
  [event('wrongCode', { address: '192.168.1.99', count: 4 }), '192.168.1.99 entered 4 wrong codes'],
  [event('wrongCode', { address: '192.168.1.99' }), '192.168.1.99 entered a wrong code'],
  [event('blocked', { address: '192.168.1.99' }), '192.168.1.99 entered too many wrong codes and has to wait'],
  [event('wrongToken', { address: '192.168.1.99', count: 12 }), '192.168.1.99 sent an invalid token, 12 times'],
  [event('came', { who: 'Phone', address: '192.168.1.64', count: 3 }), 'Phone connected from 192.168.1.64, 3 times'],
  [event('scopeChanged', { who: 'Phone', scope: 'view' }), 'Phone may see view now'],
  [event('renamed', { who: 'Hall' }), 'A device is called Hall now'],
  [event('revoked', { who: 'Phone' }), 'Access of Phone was revoked'],
  [event('left', { who: 'Phone' }), 'Phone removed its own access'],
  [event('changed'), 'Sharing settings were changed'],
])('%o as a sentence', (given, text) => {
  expect(accessMessage(given)).toBe(text);
});

test('a name cannot hide or reorder the text beside it', () => {
  expect(accessMessage(event('paired', { who: 'a\u202eb\n' }))).toBe('a\\u202eb\\u000a paired');
});

test('a kind that is not known is shown as it is called', () => {
  expect(accessMessage(event('teleported' as AccessWhat, { who: 'Phone' }))).toBe('Phone: teleported');
});

test('wrong codes are warnings, connections are not', () => {
  expect([accessTone(event('wrongCode')), accessTone(event('blocked')), accessTone(event('came'))]).toEqual(['warn', 'warn', 'plain']);
});
