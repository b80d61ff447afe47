import { expect, test } from 'vitest';
import { typedAddress } from './address';

test.each([
  ['nas-01', 'nas-01:7444'],
  [' 192.168.1.20 ', '192.168.1.20:7444'],
  ['nas.local:8000', 'nas.local:8000'],
  ['fd00::1', '[fd00::1]:7444'],
  ['[fd00::1]:7445', '[fd00::1]:7445'],
  ['http://192.168.1.20:7444/', '192.168.1.20:7444'],
  ['https://atlas.local:7444/#/overview', 'atlas.local:7444'],
  ['https://atlas.example', 'atlas.example:443'],
  ['http://10.0.0.1:80', '10.0.0.1:80'],
])('%j is %j', (text, address) => {
  expect(typedAddress(text)).toEqual({ address });
});

test.each(['', ' ', 'nas 01', 'nas:port', 'nas:0', 'nas:70000', 'ftp://nas', 'user@nas', '<b>', 'http://', ':7444', '[fd00::1'])('%j is no address', (text) => {
  expect(typedAddress(text)).toHaveProperty('problem');
});
