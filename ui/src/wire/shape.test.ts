import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseServerMessage } from './guard';
import { CHANNELS, METHODS } from './contract';
import { fits, fitsResult } from './shape';
import { FRAMES, MESSAGES, RESULTS } from './validators';
import type { ServerMessage } from './wire';

const GOLDEN = readFileSync('../src-tauri/crates/wire/golden/server.jsonl', 'utf8');
const messages = GOLDEN.trim().split('\n').flatMap((line) => parseServerMessage(line) ?? []);

test('the golden messages are valid', () => {
  expect(messages.length).toBeGreaterThan(10);
  for (const message of messages) expect(fits(message), JSON.stringify(message)).toBe(true);
});

test('additional fields of a newer machine are no error', () => {
  for (const message of messages) expect(fits(Object.assign({ more: { of: 'it' } }, message))).toBe(true);
});

describe('messages of the wrong shape are invalid', () => {
  const overview = messages.find((message) => message.type === 'frame' && message.channel === 'overview' && message.key) as { data: Record<string, unknown> } & ServerMessage;
  const spoilt: [string, unknown][] = [
    ['no data', { ...overview, data: null }],
    ['a list for data', { ...overview, data: [] }],
    ['values that are text', { ...overview, data: { ...overview.data, values: 'xxxx' } }],
    ['a value that is text', { ...overview, data: { ...overview.data, values: ['1'] } }],
    ['series that are numbers', { ...overview, data: { ...overview.data, series: [1, 2] } }],
    ['facts without lists', { ...overview, data: { ...overview.data, facts: { intervalMs: 1 } } }],
    ['a time that is text', { ...overview, sampledAtMs: '1' }],
    ['rows that are no lists', { type: 'frame', channel: 'processes', seq: 1, sampledAtMs: 1, key: true, data: { columns: ['pid'], rows: {} } }],
    ['cells that are objects', { type: 'frame', channel: 'processes', seq: 1, sampledAtMs: 1, key: true, data: { columns: ['pid'], rows: [[{}]] } }],
    ['a summary that is a list', { type: 'frame', channel: 'summary', seq: 1, sampledAtMs: 1, key: true, data: [] }],
    ['top that is a number', { type: 'frame', channel: 'top', seq: 1, sampledAtMs: 1, key: true, data: 3 }],
    ['no event', { type: 'alert', event: null }],
    ['an answer to no question', { type: 'response', id: 'x' }],
    ['a machine without a name', { ...messages.find(({ type }) => type === 'connected'), machine: {} }],
  ];
  test.each(spoilt)('%s', (_, message) => {
    expect(fits(message as ServerMessage)).toBe(false);
  });
});

describe('everything that may arrive has a validator', () => {
  /** The names of a union in the generated types, which are written by another generator. */
  const names = (type: string, tag?: string): string[] => {
    const wire = readFileSync('src/wire/wire.ts', 'utf8');
    const body = new RegExp(`export type ${type} = ([^;]*(?:;[^;]*)*?);\\n\\n`).exec(`${wire}\n\n`)?.[1] ?? '';
    return [...body.matchAll(tag === undefined ? /"([^"]+)"/g : new RegExp(`"${tag}": "([^"]+)"`, 'g'))].map(([, name]) => name ?? '').sort();
  };

  test('every message', () => {
    expect(Object.keys(MESSAGES).sort()).toEqual(names('ServerMessage', 'type'));
    expect(names('ServerMessage', 'type').length).toBeGreaterThan(5);
  });

  test('every channel', () => {
    expect(Object.keys(FRAMES).sort()).toEqual(names('Channel'));
    expect(Object.keys(FRAMES).sort()).toEqual(Object.keys(CHANNELS).sort());
    expect(Object.entries(FRAMES).flatMap(([channel, checks]) => (checks === null ? [channel] : []))).toEqual(['alerts']);
  });

  test('every method', () => {
    expect(Object.keys(RESULTS).sort()).toEqual(names('Method'));
    expect(Object.keys(RESULTS).sort()).toEqual(Object.keys(METHODS).sort());
    for (const check of Object.values(RESULTS)) expect([check(null), check('text'), check(1)]).toEqual([false, false, false]);
  });
});

describe('a field that an older machine leaves out', () => {
  test('is null, where it may be null', () => {
    const summary = { cpuRatio: 0.5, memoryRatio: null };
    const message = { type: 'frame', channel: 'summary', seq: 1, sampledAtMs: 1, key: true, data: summary } as ServerMessage;
    expect(fits(message)).toBe(true);
    expect(summary).toMatchObject({ cpuRatio: 0.5, diskBytesPerS: null, worstAlert: null });
  });

  test('of its description, all but id and name may be absent', () => {
    const connected = messages.find(({ type }) => type === 'connected');
    expect(fits({ ...connected, machine: { id: 'a', name: 'b' } } as ServerMessage)).toBe(true);
  });
});

test('a channel of a newer machine, whatever it is called, is no error', () => {
  for (const channel of ['containers', 'constructor', '__proto__']) {
    expect(fits({ type: 'frame', channel, seq: 1, sampledAtMs: 1, key: true, data: 7 } as unknown as ServerMessage), channel).toBe(true);
  }
});

test('a key frame has to be whole', () => {
  const change = { columns: ['pid'], changing: [], added: [], changed: [], gone: [] };
  const frame = (key: boolean) => ({ type: 'frame', channel: 'processes', seq: 1, sampledAtMs: 1, key, data: change }) as unknown as ServerMessage;
  expect([fits(frame(false)), fits(frame(true))]).toEqual([true, false]);
});

test('a result is one of its method', () => {
  expect(fitsResult('alerts.list', { events: [] })).toBe(true);
  expect(fitsResult('alerts.list', [])).toBe(false);
  expect(fitsResult('history.query', { stepMs: 1, t: [1], columns: { 'cpu.busy': { min: [null], avg: [0.5], max: [1] } } })).toBe(true);
  expect(fitsResult('history.query', { stepMs: 1, t: [1], columns: { 'cpu.busy': { min: ['x'], avg: [0.5], max: [1] } } })).toBe(false);
});
