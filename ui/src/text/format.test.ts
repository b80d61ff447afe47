import { describe, expect, test } from 'vitest';
import { celsius, count, fixed, gibibytes, gigahertz, linkSpeed, memory, percent, perSecond, plain, rate, roundRate, rpm, storage, storageOf, whole } from './format';
import { clock, clockShort, date, dayShort, duration, lastTime, machineTime, moment, uptime } from './time';

const table = <T>(f: (value: T) => string, ...rows: [T, string][]) => test.each(rows)('%j is %s', (value, text) => expect(f(value)).toBe(text));

describe('percent', () => table((value: number | null) => plain(percent(value)), [null, '–'], [0, '0.0 %'], [0.3031, '30.3 %'], [1, '100.0 %'], [12.19, '1\u2009219 %']));
describe('rate', () =>
  table((value: number | null) => plain(rate(value)), [null, '–'], [0, '0 B/s'], [999, '999 B/s'], [999.6, '1.0 kB/s'], [9_940, '9.9 kB/s'], [878_000, '878 kB/s'], [999_700, '1.0 MB/s'], [3_900_000, '3.9 MB/s'], [167e6, '167 MB/s'], [1.25e9, '1.25 GB/s']));
describe('top of a rate axis', () => table((value: number) => plain(roundRate(value)), [1e6, '1 MB/s'], [2.5e6, '2.5 MB/s'], [200e6, '200 MB/s'], [1e9, '1 GB/s'], [500, '500 B/s']));
describe('memory', () => table((value: number | null) => plain(memory(value)), [0, '0 B'], [613 * 2 ** 20, '613 MiB'], [1.85 * 2 ** 30, '1.85 GiB'], [null, '–']));
describe('GiB', () => table((value: number) => plain(gibibytes(value)), [15.6 * 2 ** 30, '15.6 GiB'], [2 ** 28, '0.3 GiB']));
describe('storage', () => table((value: number) => plain(storage(value)), [412e9, '412 GB'], [3.64e12, '3.64 TB'], [5.2e9, '5.2 GB'], [999.7e9, '1.00 TB']));
describe('link speed', () => table((value: number | null) => plain(linkSpeed(value)), [866e6, '866 Mb/s'], [1e9, '1 Gb/s'], [2.5e9, '2.5 Gb/s'], [null, '–']));
describe('a second', () => table((value: number) => plain(perSecond(value)), [0, '0 /s'], [1.25, '1.3 /s'], [16_028, '16\u2009028 /s']));
describe('duration', () => table(duration, [0, '0 s'], [12_000, '12 s'], [135_000, '2 min 15 s'], [3_600_000, '1 h'], [(12 * 24 + 4) * 3_600_000 + 120_000, '12 d 4 h']));
describe('uptime', () => table(uptime, [30, 'less than 1 min'], [95, '1 min'], [3_700, '1 h 1 min']));

/** What a machine may say and what cannot be, each as it may arrive. */
const ABSURD = [1e308, -1e308, Infinity, -Infinity, NaN, 9.007e15 * 1024, -1e16];

test.each([
  ['percent', (value: number) => plain(percent(value))],
  ['rate', (value: number) => plain(rate(value))],
  ['roundRate', (value: number) => plain(roundRate(value))],
  ['memory', (value: number) => plain(memory(value))],
  ['gibibytes', (value: number) => plain(gibibytes(value))],
  ['storage', (value: number) => plain(storage(value))],
  ['used', (value: number) => storageOf(value, 1e12).used],
  ['total', (value: number) => plain(storageOf(1, value).total)],
  ['link speed', (value: number) => plain(linkSpeed(value))],
  ['gigahertz', (value: number) => plain(gigahertz(value))],
  ['celsius', (value: number) => plain(celsius(value))],
  ['perSecond', (value: number) => plain(perSecond(value))],
  ['rpm', (value: number) => plain(rpm(value))],
  ['whole', (value: number) => whole(value)],
  ['fixed', (value: number) => fixed(value)],
  ['clock', clock],
  ['clockShort', clockShort],
  ['date', date],
  ['dayShort', dayShort],
  ['moment', (value: number) => moment(value, 0)],
  ['lastTime', (value: number) => lastTime(value, 0)],
  ['duration', duration],
  ['uptime', (value: number) => uptime(Math.abs(value))],
] as const)('%s of what cannot be is unknown', (_, text) => {
  for (const value of ABSURD) expect(text(value), String(value)).toBe('–');
});

test('negative amounts are unknown, cold is not', () => {
  expect([plain(percent(-0.5)), plain(rate(-1)), plain(memory(-1)), plain(celsius(-40)), whole(-5)]).toEqual(['–', '–', '–', '-40.0 °C', '-5']);
  expect([machineTime(1e16), machineTime(0)]).toEqual([undefined, '1970-01-01T00:00:00.000Z']);
});

test('used storage takes the unit of the whole', () => {
  expect(storageOf(3.64e12, 4e12)).toEqual({ used: '3.64', total: { figure: '4.00', unit: 'TB' } });
  expect(storageOf(1.2e9, 930e9)).toEqual({ used: '1.2', total: { figure: '930', unit: 'GB' } });
  expect(storageOf(null, 930e9).used).toBe('–');
});

test('counts take their word', () => {
  expect(count(1, 'thread', 'threads')).toBe('1 thread');
  expect(whole(2204)).toBe('2\u2009204');
  expect(count(2204, 'thread', 'threads')).toBe('2\u2009204 threads');
});
