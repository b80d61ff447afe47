import { describe, expect, test } from 'vitest';
import { queryStretches } from '../../text/query/ink';
import { parseFleetFilter, type FleetRow } from './filter';

const row = (key: string, rest: Partial<FleetRow> = {}): FleetRow => ({ key, name: key, tags: [], family: 'linux', os: 'Debian GNU/Linux 13', addresses: [], mark: 'live', cpu: 0.1, memory: 0.5, diskFull: 0.4, memoryTotalBytes: 16 * 2 ** 30, disk: 0, net: 0, temperature: 40, ...rest });
const FLEET = [
  row('forge', { tags: ['rack', 'gpu'], cpu: 0.62, memory: 0.58, temperature: 84, mark: 'warning', net: 3e6 }),
  row('build-2', { tags: ['rack'], cpu: 0.88, temperature: null, os: 'Fedora Linux 43' }),
  row('studio-pc', { tags: ['desk'], family: 'windows', os: 'Windows 11', memory: 0.81, addresses: ['192.168.1.12:7444'] }),
  row('mini', { family: 'macos', os: 'macOS 26', mark: 'toPair', cpu: null, memory: null }),
];
const found = (text: string) => {
  const query = parseFleetFilter(text);
  return query.ok ? FLEET.filter((one) => query.filter?.(one) ?? true).map(({ key }) => key).join(' ') : query.error.message;
};
const check = (text: string, expected: string) => expect(found(text), text).toBe(expected);

describe('parseFleetFilter', () => {
  test('nothing asked for is everything', () => check('  ', 'forge build-2 studio-pc mini'));
  test('words are parts of names, or whole tags', () => {
    check('forge', 'forge');
    check('I', 'build-2 studio-pc mini');
    check('GPU', 'forge');
  });
  test('fields', () => {
    check('tag:rack', 'forge build-2');
    check('tag:ra os:fed', 'build-2');
    check('os:windows', 'studio-pc');
    check('os:mac', 'mini');
    check('state:warning', 'forge');
    check('state:pair', 'mini');
    check('state!=live', 'forge mini');
    check('name:build', 'build-2');
    check('host=build', 'build-2');
    check('address:192.168', 'studio-pc');
  });
  test('figures, of machines that have them', () => {
    check('cpu>50', 'forge build-2');
    check('cpu>50% tag:rack mem>55', 'forge');
    check('mem>80', 'studio-pc');
    check('mem>12GiB', 'studio-pc');
    check('mem<100', 'forge build-2 studio-pc');
    check('temp>=84', 'forge');
    check('net>1MB', 'forge');
    check('cpu=62', 'forge');
  });
  test('or, not and parentheses, as everywhere', () => {
    check('tag:rack (cpu>80 or temp>80)', 'forge build-2');
    check('not tag:rack', 'studio-pc mini');
    check('not cpu>50', 'studio-pc');
    check('name~^(forge|mini)$', 'forge mini');
  });
  test('what cannot be read is said', () => {
    check('nmae:x', '“nmae” is not a field. Did you mean name?');
    check('flurb=x', '“flurb” is not a field. Fields: tag, os, state, name, host, address, cpu, mem, disk, io, net, temp.');
    check('user=ana', '“user” is not a field of a machine. Fields: tag, os, state, name, host, address, cpu, mem, disk, io, net, temp.');
    check('tag>x', '“>” does not go with tag. It takes = == != ~');
    check('cpu>lots', '“lots” is not a percentage. Write 5 or 12.5%.');
    check('state:ofline', '“ofline” is not a state. Did you mean offline?');
    check('temp>hot', '“hot” is not a temperature. Write 80 or 80C.');
    check('a'.repeat(501), 'A filter has at most 500 characters.');
  });
  test('an error stands where it is, and a value that is still to come is no error yet', () => {
    const bad = parseFleetFilter('forge nmae:x');
    expect(bad.ok ? null : bad.error).toMatchObject({ from: 6, to: 10, meant: 'name', unfinished: false });
    const open = parseFleetFilter('forge cpu>');
    expect(open.ok ? null : open.error.unfinished).toBe(true);
  });
  test('it never throws', () => {
    for (const text of [':', '::', 'tag:', '>5', 'cpu>', '☂:☂', 'cpu>5>5', 'toString:1', 'constructor', '__proto__:x']) expect(() => parseFleetFilter(text)).not.toThrow();
  });
});

test('stretches are the text, inked', () => {
  const query = parseFleetFilter('nmae:x  y');
  const parts = queryStretches('nmae:x  y', query.ok ? null : query.error);
  expect(parts.map(({ text }) => text).join('')).toBe('nmae:x  y');
  expect(parts.filter(({ wrong }) => wrong).map(({ text }) => text)).toEqual(['nmae']);
});
