import { expect, test } from 'vitest';
import type { NetworkInfo } from '../../../wire/wire';
import { firstChoice, listed, networkLabel, networkLines, toggled } from './networks';

const network = (name: string, rest: Partial<NetworkInfo> = {}): NetworkInfo => ({ id: name, interface: name, address: '192.168.1.20', prefix: '192.168.1.0/24', local: true, allowed: true, listening: true, ...rest });

test('the last interface is not taken away: nothing chosen would mean all of them', () => {
  expect(toggled(['wlp1s0', 'enp5s0'], 'wlp1s0')).toEqual(['enp5s0']);
  expect(toggled(['enp5s0'], 'enp5s0')).toBeNull();
  expect(toggled(['enp5s0'], 'wlp1s0')).toEqual(['enp5s0', 'wlp1s0']);
});

test('a choice begins with what it listens on', () => {
  expect(firstChoice([network('wlp1s0'), network('enp5s0', { listening: false })])).toEqual(['wlp1s0']);
  expect(firstChoice([network('wlp1s0', { listening: false }), network('docker0', { listening: false, local: false })])).toEqual(['wlp1s0']);
  expect(firstChoice([])).toEqual([]);
});

test('a chosen interface that is gone stays in the list', () => {
  expect(networkLines({ networks: [network('wlp1s0')], interfaces: ['wlp1s0', 'usb0'] }).map((line) => [line.interface, line.network !== null])).toEqual([['wlp1s0', true], ['usb0', false]]);
});

test('this computer itself is no network, and an interface is chosen once', () => {
  const own = [network('lo', { address: '127.0.0.1', local: false }), network('lo6', { address: '::1', local: false }), network('eth0', { id: 'link', address: 'fe80::1', local: false, listening: false })];
  const networks = [...own, network('eth0', { id: 'v4' }), network('eth0', { id: 'v6', address: 'fd00::2' })];
  expect(networkLines({ networks, interfaces: null }).map((line) => [line.key, line.first])).toEqual([['v4', true], ['v6', false]]);
  expect(firstChoice(networks)).toEqual(['eth0']);
  expect(firstChoice(own)).toEqual([]);
});

test('each network says where it stands', () => {
  const label = (rest: Partial<NetworkInfo>) => networkLabel(network('wlp1s0', { listening: false, ...rest }));
  expect([label({ listening: true }), label({ allowed: null }), label({ allowed: false }), label({}), label({ local: false })]).toEqual(['listening', 'not asked yet', 'not here, as you chose', 'not listening', 'not a local network: left out']);
  expect([listed([]), listed(['a']), listed(['a', 'b', 'c'])]).toEqual(['', 'a', 'a, b and c']);
});
