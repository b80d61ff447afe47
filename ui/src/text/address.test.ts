import { expect, test } from 'vitest';
import { typedAddress } from './address';

test.each([
  ['nas-01', 'nas-01:7444', false],
  [' 192.168.1.20 ', '192.168.1.20:7444', false],
  ['nas.local:8000', 'nas.local:8000', false],
  ['fd00::1', '[fd00::1]:7444', false],
  ['[fd00::1]:7445', '[fd00::1]:7445', false],
  ['http://192.168.1.20:7444/', '192.168.1.20:7444', false],
  ['https://atlas.local:7444/#/overview', 'atlas.local:7444', true],
  ['https://atlas.example', 'atlas.example:443', true],
  ['http://10.0.0.1:80', '10.0.0.1:80', false],
])('%j is %j', (text, address, secure) => {
  expect(typedAddress(text)).toEqual({ address, secure });
});

test.each(['', ' ', 'nas 01', 'nas:port', 'nas:0', 'nas:70000', 'ftp://nas', 'user@nas', '<b>', 'http://', ':7444', '[fd00::1'])('%j is no address', (text) => {
  expect(typedAddress(text)).toHaveProperty('problem');
});
